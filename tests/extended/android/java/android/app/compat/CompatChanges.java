package android.app.compat;

/** Stands for the platform's list of changes by target version, which asks the system; no app opted out of any here. */
public final class CompatChanges {
    private CompatChanges() {}

    public static boolean isChangeEnabled(long changeId) {
        return true;
    }
}
