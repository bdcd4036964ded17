package tech.bam.rnas;

/** The class that Gradle writes: the configuration that the plugin made from app.json, with the pins of the trial. */
public final class BuildConfig {
    public static final String RNAS_PINNING_CONFIG = config();

    private BuildConfig() {}

    private static String config() {
        String pins = System.getProperty("proof.pins").replace("sha256/", "\"").replace(",", "\",") + "\"";
        return "{\"" + System.getProperty("proof.host") + "\": [" + pins + "]}";
    }
}
