package com.facebook.react.bridge;

/** Stands for React Native's maker of maps, whose maps are native code. */
public final class Arguments {
    private Arguments() {}

    public static WritableMap createMap() {
        return new JavaOnlyMap();
    }
}
