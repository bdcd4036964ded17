package org.chromium.net;

import android.content.Context;
import android.net.http.IHttpEngineBuilder;
import java.util.Date;
import java.util.Set;

/** A stand-in for Cronet's API with its signatures, in front of the builder in Android. */
public abstract class CronetEngine {
  public abstract String getVersionString();

  public abstract void shutdown();

  public static class Builder {
    private final IHttpEngineBuilder builder;
    private final CronetEngine engine;

    public Builder(Context context) {
      throw new UnsupportedOperationException();
    }

    public Builder(IHttpEngineBuilder builder, CronetEngine engine) {
      this.builder = builder;
      this.engine = engine;
    }

    public Builder enableBrotli(boolean value) {
      builder.enableBrotli(value);
      return this;
    }

    public Builder addPublicKeyPins(
        String hostName, Set<byte[]> pinsSha256, boolean includeSubdomains, Date expirationDate) {
      builder.addPublicKeyPins(
          hostName, pinsSha256, includeSubdomains, expirationDate.toInstant());
      return this;
    }

    public Builder enablePublicKeyPinningBypassForLocalTrustAnchors(boolean value) {
      builder.enablePublicKeyPinningBypassForLocalTrustAnchors(value);
      return this;
    }

    public CronetEngine build() {
      builder.build();
      return engine;
    }
  }
}
