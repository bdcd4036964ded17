package android.security.net.config;

import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Set;

/** Stands for certificates of the device, of which a JVM has none. The parser under test only passes it around. */
public final class SystemCertificateSource implements CertificateSource {
    private static final SystemCertificateSource INSTANCE = new SystemCertificateSource();

    private SystemCertificateSource() {}

    public static SystemCertificateSource getInstance() {
        return INSTANCE;
    }

    @Override
    public Set<X509Certificate> getCertificates() {
        return Collections.emptySet();
    }

    @Override
    public X509Certificate findBySubjectAndPublicKey(X509Certificate certificate) {
        return null;
    }

    @Override
    public X509Certificate findByIssuerAndSignature(X509Certificate certificate) {
        return null;
    }

    @Override
    public Set<X509Certificate> findAllByIssuerAndSignature(X509Certificate certificate) {
        return Collections.emptySet();
    }

    @Override
    public void handleTrustStorageUpdate() {}
}
