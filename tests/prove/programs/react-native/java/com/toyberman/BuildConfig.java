package com.toyberman;

/** The class that Gradle writes for a release of the library. */
public final class BuildConfig {
    public static final boolean DEBUG = false;

    private BuildConfig() {}
}
