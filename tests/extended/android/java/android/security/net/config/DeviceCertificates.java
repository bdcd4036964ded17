package android.security.net.config;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Replaces the certificates of the device, because a JVM has none; the harness chooses the trusted certificates. The
 * platform's own KeyStoreCertificateSource looks them up. A device looks in a folder, by native hashes of names.
 */
abstract class DeviceCertificates implements CertificateSource {
    private CertificateSource trusted;

    DeviceCertificates() {
        trust(List.of());
    }

    public void trust(Collection<X509Certificate> anchors) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (X509Certificate each : anchors) {
                store.setCertificateEntry("anchor-" + store.size(), each);
            }
            trusted = new KeyStoreCertificateSource(store);
        } catch (GeneralSecurityException | IOException error) {
            throw new IllegalStateException(error);
        }
    }

    @Override
    public Set<X509Certificate> getCertificates() {
        return trusted.getCertificates();
    }

    @Override
    public X509Certificate findBySubjectAndPublicKey(X509Certificate certificate) {
        return trusted.findBySubjectAndPublicKey(certificate);
    }

    @Override
    public X509Certificate findByIssuerAndSignature(X509Certificate certificate) {
        return trusted.findByIssuerAndSignature(certificate);
    }

    @Override
    public Set<X509Certificate> findAllByIssuerAndSignature(X509Certificate certificate) {
        return trusted.findAllByIssuerAndSignature(certificate);
    }

    @Override
    public void handleTrustStorageUpdate() {}
}
