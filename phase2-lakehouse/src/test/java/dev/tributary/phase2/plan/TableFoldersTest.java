package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableFoldersTest {
  private final TableFolders folders = TableFolders.of("s3a://lake/sales/orders");

  @Test
  void everyRunIdThatTheSettingAllowsHasASignOfLife() {
    assertThat(folders.alive("phase2__orders.scheduled__2026-11-21T03:30:00+00:00.1@a"))
        .hasToString(
            "s3a://lake/sales/_plans/orders/_alive/"
                + "phase2__orders.scheduled__2026-11-21T03=30=00+00=00.1@a.json");
  }

  @Test
  void whatBelongsToATableLiesBesideIt() {
    assertThat(folders.name()).isEqualTo("orders");
    assertThat(folders.generation(3)).hasToString("s3a://lake/sales/_plans/orders/00003");
    assertThat(folders.quarantine()).hasToString("s3a://lake/sales/_quarantine/orders");
    assertThat(folders.tombstones()).hasToString("s3a://lake/sales/_tombstones/orders");
  }
}
