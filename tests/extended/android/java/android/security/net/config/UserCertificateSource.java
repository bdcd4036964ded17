package android.security.net.config;

/** The certificates that its user installed, as far as the harness trusts any. */
public final class UserCertificateSource extends DeviceCertificates {
    private static final UserCertificateSource INSTANCE = new UserCertificateSource();

    private UserCertificateSource() {}

    public static UserCertificateSource getInstance() {
        return INSTANCE;
    }
}
