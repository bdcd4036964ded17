package android.os;

/** Stands for the device's description, which is native code: the version is what the harness says. */
public final class Build {
    private Build() {}

    /** The version, with the platform's name for it. */
    public static final class VERSION {
        public static final int SDK_INT = Integer.getInteger("ro.build.version.sdk");

        private VERSION() {}
    }
}
