package android.system;

/** Replaces system calls, which are native code. Android 17 counts refusals by app; no verdict needs it. */
public final class Os {
    private Os() {}

    public static int getuid() {
        return 10_000;
    }
}
