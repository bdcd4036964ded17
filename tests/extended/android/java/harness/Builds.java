package harness;

import android.net.http.X509TrustManagerExtensions;
import android.security.net.config.ApplicationConfig;
import android.security.net.config.RootTrustManager;
import android.security.net.config.RootTrustManagerFactorySpi;
import android.security.net.config.SystemCertificateSource;
import android.security.net.config.UserCertificateSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Prints what a build of an app does. A line of input contains the path of its configuration, "debug" or "release", a
 * host, and the paths of the chain as the server sends it, of the trust anchors of the system, and of those of the user.
 * A line of output contains whether the host may be reached without TLS, the decision of the trust manager of a factory
 * that was given no key store, which is that of the app, and the decision of one that was given all anchors as a store.
 */
public final class Builds {
    private Builds() {}

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
            String host = parts[2];
            X509Certificate[] chain = Chains.read(parts[3]).toArray(new X509Certificate[0]);
            SystemCertificateSource.getInstance().trust(Chains.read(parts[4]));
            UserCertificateSource.getInstance().trust(Chains.read(parts[5]));
            byte[] content = Files.readAllBytes(Path.of(parts[0]));
            ApplicationConfig config = new ApplicationConfig(Pins.source(content, parts[1].equals("debug")));
            ApplicationConfig.setDefaultInstance(config);
            System.out.println(
                    String.join(
                            "\t",
                            Boolean.toString(config.isCleartextTrafficPermitted(host)),
                            decision(manager(null), chain, host),
                            decision(manager(store(parts[4], parts[5])), chain, host)));
        }
    }

    private static X509TrustManager manager(KeyStore store) throws Exception {
        RootTrustManagerFactorySpi factory = new RootTrustManagerFactorySpi();
        Method initialise = RootTrustManagerFactorySpi.class.getDeclaredMethod("engineInit", KeyStore.class);
        initialise.setAccessible(true);
        initialise.invoke(factory, store);
        Method managers = RootTrustManagerFactorySpi.class.getDeclaredMethod("engineGetTrustManagers");
        managers.setAccessible(true);
        return (RootTrustManager) ((TrustManager[]) managers.invoke(factory))[0];
    }

    private static KeyStore store(String... paths) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (String path : paths) {
            for (X509Certificate anchor : Chains.read(path)) {
                store.setCertificateEntry("anchor-" + store.size(), anchor);
            }
        }
        return store;
    }

    private static String decision(X509TrustManager manager, X509Certificate[] chain, String host) throws Exception {
        X509TrustManagerExtensions extensions = new X509TrustManagerExtensions(manager);
        return Chains.decision(() -> extensions.checkServerTrusted(chain, "UNKNOWN", host));
    }
}
