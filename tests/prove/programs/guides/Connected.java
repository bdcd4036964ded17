import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Does what common answers about pinning in Java advise: connect, then look for a pinned key among the certificates
 * that the server sent. URL CAFILE PINS
 */
public final class Connected {
  public static void main(String[] arguments) throws Exception {
    Set<String> pins = new HashSet<>(Arrays.asList(arguments[2].split(",")));
    HttpsURLConnection connection =
        (HttpsURLConnection) URI.create(arguments[0]).toURL().openConnection();
    connection.setSSLSocketFactory(trusting(Path.of(arguments[1])).getSocketFactory());
    connection.setConnectTimeout(5000);
    connection.setReadTimeout(5000);
    connection.connect();
    boolean found = false;
    for (Certificate certificate : connection.getServerCertificates()) {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(certificate.getPublicKey().getEncoded());
      found |= pins.contains("sha256/" + Base64.getEncoder().encodeToString(digest));
    }
    if (!found) {
      throw new IllegalStateException("not pinned");
    }
    try (InputStream answer = connection.getInputStream()) {
      answer.readAllBytes();
    }
  }

  private static SSLContext trusting(Path file) throws Exception {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    try (InputStream pem = Files.newInputStream(file)) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        anchors.setCertificateEntry("anchor-" + anchors.size(), each);
      }
    }
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }
}
