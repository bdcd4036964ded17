package android.os;

/** Stands for the device's clock, which is native code; the parser under test does not ask it, its neighbours do. */
public final class SystemClock {
    private SystemClock() {}

    public static long uptimeMillis() {
        return System.nanoTime() / 1_000_000;
    }

    public static long elapsedRealtime() {
        return uptimeMillis();
    }
}
