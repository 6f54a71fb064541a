package dev.tributary.transforms.testing;

import java.net.URL;
import java.net.URLClassLoader;

/**
 * Loads what lies beside a class anew, and the rest as the platform has it: a plug-in's JAR in a
 * class loader of its own.
 */
final class IsolatedClasses extends URLClassLoader {
  IsolatedClasses(Class<?> plugin) {
    super(
        new URL[] {plugin.getProtectionDomain().getCodeSource().getLocation()},
        plugin.getClassLoader());
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (findResource(name.replace('.', '/') + ".class") == null) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      Class<?> found = loaded == null ? findClass(name) : loaded;
      if (resolve) {
        resolveClass(found);
      }
      return found;
    }
  }
}
