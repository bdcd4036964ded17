package android.net.connectivity.org.chromium.net.impl;

import android.content.Context;
import android.content.ContextWrapper;
import android.net.http.ExperimentalHttpEngine;
import java.util.Base64;
import java.util.SortedSet;
import java.util.TreeSet;

/** Android's own builder. Instead of an engine, it makes a list of the pins that it has taken. */
public final class Taken extends CronetEngineBuilderImpl {
  public Taken() {
    super(
        new ContextWrapper(null) {
          @Override
          public Context getApplicationContext() {
            return this;
          }
        });
  }

  @Override
  public ExperimentalHttpEngine build() {
    for (Pkp pkp : publicKeyPins()) {
      SortedSet<String> pins = new TreeSet<>();
      for (byte[] hash : pkp.mHashes) {
        pins.add(Base64.getEncoder().encodeToString(hash));
      }
      String end = pkp.mExpirationInsant.toString();
      System.out.println(String.join(" ", pkp.mHost, "" + pkp.mIncludeSubdomains, end, String.join(" ", pins)));
    }
    System.out.println("bypass " + publicKeyPinningBypassForLocalTrustAnchorsEnabled());
    return null;
  }
}
