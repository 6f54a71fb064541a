package dev.tributary.transforms.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.lang.invoke.SerializedLambda;
import java.util.Optional;

/** Serialises an object as Spark does, and finds lambdas of other than Spark's classes in it. */
final class LambdaFinder extends ObjectOutputStream {
  private Optional<String> found = Optional.empty();

  private LambdaFinder(ByteArrayOutputStream bytes) throws IOException {
    super(bytes);
    enableReplaceObject(true);
  }

  /** The class that holds the lambda, if there is one. */
  static Optional<String> lambdaIn(Object object) throws IOException {
    try (LambdaFinder finder = new LambdaFinder(new ByteArrayOutputStream())) {
      finder.writeObject(object);
      return finder.found;
    }
  }

  @Override
  protected Object replaceObject(Object object) {
    if (object instanceof SerializedLambda lambda) {
      String holder = lambda.getCapturingClass().replace('/', '.');
      if (!holder.startsWith("org.apache.spark.") && !holder.startsWith("scala.")) {
        found = Optional.of(holder);
      }
    }
    return object;
  }
}
