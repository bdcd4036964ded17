package android.app.compat;

/** Replaces the platform's list of changes by target version, which asks the system; here no app opts out of any. */
public final class CompatChanges {
    private CompatChanges() {}

    public static boolean isChangeEnabled(long changeId) {
        return true;
    }
}
