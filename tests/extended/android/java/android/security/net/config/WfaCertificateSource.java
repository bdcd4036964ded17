package android.security.net.config;

import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Set;

/** Replaces certificates of the device, because a JVM has none. The tested parser only passes this object on. */
public final class WfaCertificateSource implements CertificateSource {
    private static final WfaCertificateSource INSTANCE = new WfaCertificateSource();

    private WfaCertificateSource() {}

    public static WfaCertificateSource getInstance() {
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
