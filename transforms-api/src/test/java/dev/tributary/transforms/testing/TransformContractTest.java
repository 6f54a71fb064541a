package dev.tributary.transforms.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.tributary.transforms.Transform;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

final class TransformContractTest {
  private static final TransformTrial TRIAL =
      TransformTrial.of("id bigint", Map.of("key", "env:KEY"))
          .secret("key", "a-secret-of-some-length")
          .good("{\"id\":1}")
          .good("{\"id\":2}");

  /** What the suite is run with; tests run one after the other. */
  private static Supplier<Transform> transform = BrokenTransforms.Right::new;

  private static TransformTrial trial = TRIAL;

  static final class Contract extends TransformContract {
    @Override
    protected Transform transform() {
      return transform.get();
    }

    @Override
    protected TransformTrial trial() {
      return trial;
    }
  }

  @Test
  void aTransformThatIsRightPasses() {
    TestExecutionSummary summary =
        run(BrokenTransforms.Right::new, TRIAL.bad("{\"id\":-1}"), selectClass(Contract.class));
    assertThat(messages(summary)).isEmpty();
    assertThat(summary.getTestsSucceededCount()).isEqualTo(13);
  }

  @Test
  void eachWayToGetItWrongIsNamed() {
    fails(BrokenTransforms.Unknown::new, "isFoundByTheServiceLoader", "is not named in META-INF");
    fails(BrokenTransforms.Clock::new, "givesTheSameForTheSame", "current_timestamp");
    fails(BrokenTransforms.Numbered::new, "givesTheSameForTheSame", "Over several tasks");
    fails(BrokenTransforms.Selected::new, "keepsThePlatformsColumns", "drops the column _key");
    fails(BrokenTransforms.Moved::new, "keepsTheCoordinates", "changes coordinates");
    fails(BrokenTransforms.Filtering::new, "keepsTheCoordinates", "declared one-to-one and is not");
    fails(BrokenTransforms.Eager::new, "isLazy", "Make it lazy");
    fails(BrokenTransforms.Asking::new, "givesTheSameForTheSame", "the option 'by', which it does");
    fails(BrokenTransforms.Indiscreet::new, "showsNoSecret", "A secret stands in the plan");
    fails(BrokenTransforms.Lambda::new, "travelsToExecutors", "BrokenTransforms$Lambda");
    fails(BrokenTransforms.Sure::new, "takesEmptyRecords", "");
    fails(BrokenTransforms.Scribbling::new, "givesTheSameForTheSame", "changes the payload");
  }

  @Test
  void aStepThatExplodesMakesTheRowsOfARecordWhereItStands() {
    assertThat(
            messages(
                run(
                    BrokenTransforms.Explodes::new,
                    TRIAL,
                    selectMethod(Contract.class, "explodesARecordWhereItStands"))))
        .isEmpty();
    fails(
        BrokenTransforms.United::new,
        "explodesARecordWhereItStands",
        "by more than select, filter, explode and flatMap");
    fails(
        BrokenTransforms.Swapped::new,
        "explodesARecordWhereItStands",
        "do not come one after the other");
    fails(
        BrokenTransforms.ExplodesNothing::new,
        "keepsTheCoordinates",
        "makes several rows of no record of the trial");
  }

  @Test
  void whatTheTrialCallsBadMustBeSetAside() {
    assertThat(
            messages(
                run(
                    BrokenTransforms.Right::new,
                    TRIAL.bad("{\"id\":3}"),
                    selectMethod(Contract.class, "setsBadRecordsAsideAndNoOthers"))))
        .singleElement()
        .asString()
        .contains("The bad record {\"id\":3} is not set aside");
    assertThat(
            messages(
                run(
                    BrokenTransforms.Right::new,
                    TRIAL.good("{\"id\":-3}"),
                    selectMethod(Contract.class, "setsBadRecordsAsideAndNoOthers"))))
        .singleElement()
        .asString()
        .contains("A good record is set aside: negative-id: The id is negative.");
  }

  private static void fails(Supplier<Transform> broken, String test, String message) {
    assertThat(messages(run(broken, TRIAL, selectMethod(Contract.class, test))))
        .as(test)
        .singleElement()
        .asString()
        .contains(message);
  }

  private static TestExecutionSummary run(
      Supplier<Transform> tried, TransformTrial with, DiscoverySelector selector) {
    transform = tried;
    trial = with;
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(LauncherDiscoveryRequestBuilder.request().selectors(selector).build(), listener);
    return listener.getSummary();
  }

  private static List<String> messages(TestExecutionSummary summary) {
    return summary.getFailures().stream()
        .map(failure -> failure.getTestIdentifier().getDisplayName() + " " + failure.getException())
        .toList();
  }
}
