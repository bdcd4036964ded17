package android.system;

/** Stands for system calls, which are native code. Android 17 counts refusals by the app's number; no verdict asks. */
public final class Os {
    private Os() {}

    public static int getuid() {
        return 10_000;
    }
}
