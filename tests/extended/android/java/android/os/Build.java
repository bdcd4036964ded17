package android.os;

/** Replaces the description of the device, which is native code; the harness chooses the version. */
public final class Build {
    private Build() {}

    /** The version, under the name that the platform uses. */
    public static final class VERSION {
        public static final int SDK_INT = Integer.getInteger("ro.build.version.sdk");

        private VERSION() {}
    }
}
