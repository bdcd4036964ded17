package com.android.org.conscrypt.metrics;

/** Replaces the log of the device's statistics, which is native code. Android 17 counts refusals there. */
public final class ConscryptStatsLog {
    private ConscryptStatsLog() {}

    public static void write(int atom, int reason, int depth, int uid) {}
}
