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
 * Lets the platform decide about chains. A line of input contains the path of a configuration, a host, the path of the
 * chain as the server sends it, and the path of the trust anchors. A line of output contains three decisions, of the
 * handshake of a socket, of a caller that passes the host name, and of the comparison of names. A decision is "accept"
 * or the error.
 *
 * <p>These parts belong to the platform: the parser and all of android.security.net.config except for the certificates
 * of the device; Conscrypt's TrustManagerImpl, which builds the chain, with the classes that it uses; and
 * OkHostnameVerifier, which HttpsURLConnection uses. These belong to the JDK: the certificates and keys, which
 * Conscrypt reads with native code, and the path validator, which libcore took from OpenJDK. There is no list of
 * transparency logs.
 */
public final class Chains {
    private static final Map<String, RootTrustManager> KNOWN = new HashMap<>();

    private Chains() {}

    /** A check that may refuse a chain. */
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
        System.exit(0); // threads of the platform would keep the process alive
    }

    private static void answer() throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            String host = parts[1];
            X509Certificate[] chain = read(parts[2]).toArray(new X509Certificate[0]);
            SystemCertificateSource.getInstance().trust(read(parts[3]));
            RootTrustManager manager = manager(parts[0]);
            String socket = decision(() -> manager.checkServerTrusted(chain, "UNKNOWN", new Handshake(host, chain)));
            X509TrustManagerExtensions extensions = new X509TrustManagerExtensions(manager);
            String named = decision(() -> extensions.checkServerTrusted(chain, "UNKNOWN", host));
            String name = OkHostnameVerifier.INSTANCE.verify(host, chain[0]) ? "accept" : "another name";
            System.out.println(String.join("\t", socket, named, name));
        }
    }

    /** Returns the trust manager of an app; it remembers intermediates, so each configuration file has only one. */
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

    /** Runs a check; returns "accept" or its errors. Any exception that is not a refusal ends the run. */
    static String decision(Check check) throws Exception {
        try {
            check.run();
            return "accept";
        } catch (CertificateException error) {
            StringBuilder messages = new StringBuilder();
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                messages.append(cause.getMessage()).append("; ");
            }
            return messages.toString().replaceAll("\\s+", " ").trim();
        }
    }

    static List<X509Certificate> read(String path) throws Exception {
        List<X509Certificate> all = new ArrayList<>();
        try (InputStream content = Files.newInputStream(Path.of(path))) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(content)) {
                all.add((X509Certificate) certificate);
            }
        }
        return all;
    }
}
