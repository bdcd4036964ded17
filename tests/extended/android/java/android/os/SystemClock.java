package android.os;

/** Replaces the clock of the device, which is native code; the tested parser does not use it, but other classes do. */
public final class SystemClock {
    private SystemClock() {}

    public static long uptimeMillis() {
        return System.nanoTime() / 1_000_000;
    }

    public static long elapsedRealtime() {
        return uptimeMillis();
    }
}
