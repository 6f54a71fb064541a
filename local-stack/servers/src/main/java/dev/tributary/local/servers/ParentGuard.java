package dev.tributary.local.servers;

import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * The first class of a server's own JVM: runs the server's main class and halts when the process
 * that started it is gone, however that died. Its class file is copied next to the server's jars,
 * so it stands alone.
 */
public final class ParentGuard {
  private ParentGuard() {}

  /**
   * @param arguments the parent's process id, the main class, and its arguments
   */
  public static void main(String[] arguments) throws Throwable {
    ProcessHandle.of(Long.parseLong(arguments[0]))
        .ifPresentOrElse(
            parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(143)),
            () -> Runtime.getRuntime().halt(143));
    try {
      Class.forName(arguments[1])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(arguments, 2, arguments.length));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
