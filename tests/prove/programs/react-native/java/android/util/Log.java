package android.util;

/** Replaces the log of a device, which is native code. */
public final class Log {
    private Log() {}

    public static int e(String tag, String text) {
        System.err.println(tag + ": " + text);
        return 0;
    }

    public static int e(String tag, String text, Throwable error) {
        return e(tag, text + ": " + error);
    }

    public static int i(String tag, String text) {
        return e(tag, text);
    }

    public static int w(String tag, String text) {
        return e(tag, text);
    }
}
