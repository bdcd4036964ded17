package com.appmattus.certificatetransparency;

import okhttp3.Interceptor;

/** Replaces a library that the plugin uses on Android 8 and later; it is never called here. */
public final class CTInterceptorBuilder {
    public Interceptor build() {
        throw new UnsupportedOperationException();
    }
}
