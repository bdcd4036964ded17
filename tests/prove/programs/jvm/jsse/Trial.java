import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** The arguments of a program; it also ends the program if that does not end by itself. */
final class Trial {
  final String variant;
  final String url;
  final KeyStore anchors;
  final InetSocketAddress proxy;

  Trial(String[] arguments) throws Exception {
    variant = arguments[0];
    url = arguments[1];
    anchors = read(arguments[2]);
    URI address = arguments[3].isEmpty() ? null : URI.create(arguments[3]);
    proxy = address == null ? null : new InetSocketAddress(address.getHost(), address.getPort());
    Thread end = new Thread(Trial::end);
    end.setDaemon(true);
    end.start();
  }

  private static KeyStore read(String file) throws Exception {
    KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
    anchors.load(null, null);
    try (InputStream pem = Files.newInputStream(Paths.get(file))) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        anchors.setCertificateEntry("anchor" + anchors.size(), each);
      }
    }
    return anchors;
  }

  private static void end() {
    try {
      Thread.sleep(5000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println("no answer in time");
    Runtime.getRuntime().halt(1);
  }
}
