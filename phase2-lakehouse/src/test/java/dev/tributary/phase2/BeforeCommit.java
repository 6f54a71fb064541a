package dev.tributary.phase2;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.spark.sql.delta.NoOpTransactionExecutionObserver$;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.TransactionExecutionObserver;
import org.apache.spark.sql.delta.TransactionExecutionObserver$;
import scala.Function0;
import scala.Option;

/**
 * Does something between the reading and the committing of one Delta transaction of this thread, in
 * the middle of it: what another writer's commit would be.
 */
final class BeforeCommit implements TransactionExecutionObserver {
  private final TestSpark.Work action;
  private Option<TransactionExecutionObserver> next = Option.empty();
  private boolean done;

  private BeforeCommit(TestSpark.Work action) {
    this.action = action;
  }

  /**
   * Runs the work, and in it the action before its first commit.
   *
   * @return whether the action was run
   */
  static boolean during(TestSpark.Work work, TestSpark.Work action) throws Exception {
    BeforeCommit observer = new BeforeCommit(action);
    TransactionExecutionObserver$.MODULE$.setObserver(observer);
    try {
      work.run();
    } finally {
      TransactionExecutionObserver$.MODULE$.setObserver(NoOpTransactionExecutionObserver$.MODULE$);
    }
    return observer.done;
  }

  @Override
  public void beginDoCommit() {
    if (done) {
      return;
    }
    done = true;
    // In a thread of its own, since Delta and Spark keep the transaction and the session by thread.
    CompletableFuture.runAsync(
            () -> {
              try {
                action.run();
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            })
        .join();
  }

  @Override
  public TransactionExecutionObserver createChild() {
    return this;
  }

  @Override
  public OptimisticTransaction startingTransaction(Function0<OptimisticTransaction> transaction) {
    return transaction.apply();
  }

  @Override
  public <T> T preparingCommit(Function0<T> commit) {
    return commit.apply();
  }

  @Override
  public void beginBackfill() {}

  @Override
  public void beginPostCommit() {}

  @Override
  public void transactionCommitted() {}

  @Override
  public void transactionAborted() {}

  @Override
  public Option<TransactionExecutionObserver> nextObserver() {
    return next;
  }

  @Override
  public void nextObserver_$eq(Option<TransactionExecutionObserver> following) {
    next = following;
  }
}
