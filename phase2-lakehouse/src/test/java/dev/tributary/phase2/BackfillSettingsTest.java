package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.backfill.Selection.EntryBound;
import dev.tributary.phase2.backfill.Selection.OffsetBound;
import dev.tributary.phase2.plan.BackfillMode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BackfillSettingsTest {
  @Test
  void everyFlagIsUnderstoodAsTheGuideSaysIt() {
    BackfillRequest request =
        request(
            "--mode",
            "replace",
            "--from-date",
            "2026-11-01",
            "--to-date",
            "2026-11-07",
            "--from-time",
            "2026-11-21T08:30:00Z",
            "--to-time",
            "1763712000000",
            "--from-sequence",
            "15",
            "--from-sequence",
            "orders=17",
            "--to-sequence",
            "18",
            "--from-offsets",
            "0=17",
            "--to-offsets",
            "orders/1=18",
            "--incarnation",
            "2",
            "--version",
            "3",
            "--into",
            "s3a://bucket/lake/orders_again",
            "--id",
            "one",
            "--chunk.records",
            "1000",
            "--chunk.pause",
            "2s");

    assertThat(request.dataset()).isEqualTo("orders");
    assertThat(request.mode()).isEqualTo(BackfillMode.REPLACE);
    assertThat(request.selection().fromDate()).contains(LocalDate.parse("2026-11-01"));
    assertThat(request.selection().toDate()).contains(LocalDate.parse("2026-11-07"));
    assertThat(request.selection().fromTime()).contains(Instant.parse("2026-11-21T08:30:00Z"));
    assertThat(request.selection().toTime()).contains(Instant.ofEpochMilli(1763712000000L));
    assertThat(request.selection().fromSequence())
        .containsExactly(new EntryBound("", 15), new EntryBound("orders", 17));
    assertThat(request.selection().toSequence()).containsExactly(new EntryBound("", 18));
    assertThat(request.selection().fromOffsets()).containsExactly(new OffsetBound("", 0, 17));
    assertThat(request.selection().toOffsets()).containsExactly(new OffsetBound("orders", 1, 18));
    assertThat(request.selection().incarnation()).hasValue(2);
    assertThat(request.version()).hasValue(3);
    assertThat(request.into()).contains("s3a://bucket/lake/orders_again");
    assertThat(request.id()).contains("one");
    assertThat(request.chunkRecords()).hasValue(1000);
    assertThat(request.pause()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void withoutBoundsItIsAllThatTheTableIsMadeOf() {
    BackfillRequest request = request("--mode", "fill");

    assertThat(request.selection()).isEqualTo(Selection.ALL);
    assertThat(request.version()).isEmpty();
    assertThat(request.into()).isEmpty();
    assertThat(request.pause()).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void whatIsNoBoundIsRefusedWithWhatOneLooksLike() {
    assertThatThrownBy(
            () -> request("--mode", "redo", "--from-offsets", "orders", "--to-date", "today"))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("fill | replace")
        .hasMessageContaining("0=17, or orders/0=17")
        .hasMessageContaining("2026-11-21 (UTC)");
  }

  private static BackfillRequest request(String... flags) {
    List<String> all = new ArrayList<>(List.of("--dataset", "orders"));
    all.addAll(List.of("--metastore.url", "http://127.0.0.1:1"));
    all.addAll(List.of(flags));
    return BackfillSettings.request(
        BackfillSettings.PROGRAM.resolve(all, Map.of(), Path.of("target")));
  }
}
