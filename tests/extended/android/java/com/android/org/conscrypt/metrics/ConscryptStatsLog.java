package com.android.org.conscrypt.metrics;

/** Stands for the way to the device's statistics, which is native code. Android 17 counts refusals there. */
public final class ConscryptStatsLog {
    private ConscryptStatsLog() {}

    public static void write(int atom, int reason, int depth, int uid) {}
}
