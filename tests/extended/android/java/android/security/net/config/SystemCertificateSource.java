package android.security.net.config;

/** The certificates that come with the device, as far as the harness trusts any. */
public final class SystemCertificateSource extends DeviceCertificates {
    private static final SystemCertificateSource INSTANCE = new SystemCertificateSource();

    private SystemCertificateSource() {}

    public static SystemCertificateSource getInstance() {
        return INSTANCE;
    }
}
