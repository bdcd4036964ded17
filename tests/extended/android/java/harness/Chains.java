package harness;

import android.net.http.X509TrustManagerExtensions;
import android.security.net.config.ApplicationConfig;
import android.security.net.config.RootTrustManager;
import android.security.net.config.SystemCertificateSource;
import com.android.okhttp.internal.tls.OkHostnameVerifier;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Says what the platform makes of chains. Reads lines of a path of a configuration, a host, a path of the chain as the
 * server sends it, and a path of the trust anchors; writes a line for each: what a socket's handshake, a caller that
 * names the host, and the comparison of names say. Each is "accept" or the error.
 *
 * <p>The platform's own are the parser and all of android.security.net.config but the certificates of the device;
 * Conscrypt's TrustManagerImpl, which builds the chain, with what it uses; OkHostnameVerifier, which
 * HttpsURLConnection asks. The JDK's are the certificates and keys, which Conscrypt reads with native code, and the
 * validator of paths, which libcore took from OpenJDK. No list of transparency logs is there.
 */
public final class Chains {
    private static final Map<String, RootTrustManager> KNOWN = new HashMap<>();

    private Chains() {}

    /** One thing that may refuse. */
    interface Check {
        void run() throws Exception;
    }

    public static void main(String[] arguments) {
        try {
            answer();
        } catch (Throwable error) {
            error.printStackTrace();
            System.exit(1);
        }
        System.exit(0); // the platform's own threads would go on
    }

    private static void answer() throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            String host = parts[1];
            X509Certificate[] chain = read(parts[2]).toArray(new X509Certificate[0]);
            SystemCertificateSource.getInstance().trust(read(parts[3]));
            RootTrustManager manager = manager(parts[0]);
            String socket = told(() -> manager.checkServerTrusted(chain, "UNKNOWN", new Handshake(host, chain)));
            X509TrustManagerExtensions extensions = new X509TrustManagerExtensions(manager);
            String named = told(() -> extensions.checkServerTrusted(chain, "UNKNOWN", host));
            String name = OkHostnameVerifier.INSTANCE.verify(host, chain[0]) ? "accept" : "another name";
            System.out.println(String.join("\t", socket, named, name));
        }
    }

    /** An app's trust manager: it remembers intermediates, so a file that comes again gets the same. */
    static RootTrustManager manager(String path) throws Exception {
        RootTrustManager known = KNOWN.get(path);
        if (known == null) {
            Constructor<RootTrustManager> make = RootTrustManager.class.getDeclaredConstructor(ApplicationConfig.class);
            make.setAccessible(true);
            known = make.newInstance(new ApplicationConfig(Pins.source(Files.readAllBytes(Path.of(path)))));
            KNOWN.put(path, known);
        }
        return known;
    }

    /** Runs a check; what is no verdict of it ends the run. */
    static String told(Check check) throws Exception {
        try {
            check.run();
            return "accept";
        } catch (CertificateException error) {
            StringBuilder told = new StringBuilder();
            for (Throwable each = error; each != null; each = each.getCause()) {
                told.append(each.getMessage()).append("; ");
            }
            return told.toString().replaceAll("\\s+", " ").trim();
        }
    }

    static List<X509Certificate> read(String path) throws Exception {
        List<X509Certificate> all = new ArrayList<>();
        try (InputStream content = Files.newInputStream(Path.of(path))) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(content)) {
                all.add((X509Certificate) each);
            }
        }
        return all;
    }
}
