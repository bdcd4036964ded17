package android.os;

/** Replaces the description of a device, which is native code: Android 7.1, without certificate transparency. */
public final class Build {
    private Build() {}

    public static final class VERSION {
        public static final int SDK_INT = 25;

        private VERSION() {}
    }

    public static final class VERSION_CODES {
        public static final int O = 26;

        private VERSION_CODES() {}
    }
}
