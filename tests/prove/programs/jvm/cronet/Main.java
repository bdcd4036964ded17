package proof;

import android.net.connectivity.org.chromium.net.impl.Taken;
import android.net.http.HttpEngine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Instant;
import java.util.Collections;
import org.chromium.net.CronetEngine;

/** Builds an engine with generated code: CLASS VERSION; or asks the builder for names: name NAME... */
public final class Main {
  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("name")) {
      new Taken().build();
      for (int at = 1; at < arguments.length; at++) {
        System.out.println(isTaken(arguments[at]));
      }
      return;
    }
    Class<?> pins = Class.forName(arguments[0]);
    for (Method method : pins.getMethods()) {
      if (method.getName().equals("engine")) {
        call(method, arguments[1]);
      }
    }
  }

  private static boolean isTaken(String name) {
    try {
      new Taken().addPublicKeyPins(name, Collections.singleton(new byte[32]), false, Instant.now());
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  private static void call(Method method, String version) throws Exception {
    Object pins = null;
    try {
      pins = method.getDeclaringClass().getField("INSTANCE").get(null);
    } catch (NoSuchFieldException inJava) {
      // The method is static.
    }
    Object builder =
        method.getReturnType() == HttpEngine.class
            ? new HttpEngine.Builder(new Taken())
            : new CronetEngine.Builder(new Taken(), engine(version));
    try {
      System.out.println(method.invoke(pins, builder) == null ? "no engine" : "an engine");
    } catch (InvocationTargetException failed) {
      System.out.println(failed.getCause());
    }
  }

  private static CronetEngine engine(String version) {
    return new CronetEngine() {
      @Override
      public String getVersionString() {
        return version;
      }

      @Override
      public void shutdown() {
        System.out.println("shut down");
      }
    };
  }
}
