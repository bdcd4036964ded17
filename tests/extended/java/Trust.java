import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Lets the JDK's default trust manager decide about chains. A line of input contains the path of the chain as the server
 * sends it, and the path of the trust anchors. A line of output is "accept" or the error.
 */
final class Trust {
    private Trust() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
            anchors.load(null, null);
            int number = 0;
            for (X509Certificate root : read(parts[1])) {
                anchors.setCertificateEntry("root" + number++, root);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(anchors);
            X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
            String answer = "accept";
            try {
                manager.checkServerTrusted(read(parts[0]).toArray(new X509Certificate[0]), "ECDHE_ECDSA");
            } catch (CertificateException error) {
                answer = error.toString().replaceAll("\\s+", " ");
            }
            System.out.println(answer);
        }
    }

    private static List<X509Certificate> read(String path) throws Exception {
        List<X509Certificate> all = new ArrayList<>();
        try (InputStream content = Files.newInputStream(Path.of(path))) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(content)) {
                all.add((X509Certificate) certificate);
            }
        }
        return all;
    }
}
