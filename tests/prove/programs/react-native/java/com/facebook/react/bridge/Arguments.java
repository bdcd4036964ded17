package com.facebook.react.bridge;

/** Replaces React Native's factory of maps, whose maps are native code. */
public final class Arguments {
    private Arguments() {}

    public static WritableMap createMap() {
        return new JavaOnlyMap();
    }
}
