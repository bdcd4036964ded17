package harness;

import android.content.ContextWrapper;
import android.net.http.X509TrustManagerExtensions;
import android.security.net.config.RootTrustManager;
import android.security.net.config.SystemCertificateSource;
import com.android.okhttp.internal.tls.OkHostnameVerifier;
import com.datatheorem.android.trustkit.config.DomainPinningPolicy;
import com.datatheorem.android.trustkit.config.TrustKitConfiguration;
import com.datatheorem.android.trustkit.pinning.PinningValidationResult;
import com.datatheorem.android.trustkit.pinning.TrustManagerBuilder;
import com.datatheorem.android.trustkit.reporting.BackgroundReporter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;

/**
 * Lets TrustKit decide about chains. Reads the same lines as Chains. A line of output contains "accept" or the error,
 * the result of the comparison of names, and the result that TrustKit would report.
 *
 * <p>These parts belong to TrustKit: the parser, the choice of the host's policy, and PinningTrustManager with its
 * comparison of names. It uses the platform's own trust manager, as Chains does. No report is sent.
 */
public final class TrustKitChains {
    private static PinningValidationResult reported;

    private TrustKitChains() {}

    public static void main(String[] arguments) {
        System.setProperty("ro.build.version.sdk", "34"); // from 24 on, TrustKit lets the platform compare the pins
        try {
            answer();
        } catch (Throwable error) {
            error.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }

    private static void answer() throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            String host = parts[1];
            X509Certificate[] chain = Chains.read(parts[2]).toArray(new X509Certificate[0]);
            SystemCertificateSource.getInstance().trust(Chains.read(parts[3]));
            DomainPinningPolicy policy =
                    TrustKitConfiguration.fromXmlPolicy(
                                    new ContextWrapper(null), CompiledXml.parser(Files.readAllBytes(Path.of(parts[0]))))
                            .getPolicyForHostname(host);
            RootTrustManager platform = Chains.manager(parts[0]);
            begin(platform);
            // TrustManagerBuilder makes the same choice: for a host without a policy, only the platform decides.
            Chains.Check check =
                    policy == null
                            ? () -> new X509TrustManagerExtensions(platform).checkServerTrusted(chain, "UNKNOWN", host)
                            : () -> pinning(host, policy, platform).checkServerTrusted(chain, "UNKNOWN");
            String decision = Chains.decision(check);
            String name = OkHostnameVerifier.INSTANCE.verify(host, chain[0]) ? "accept" : "another name";
            System.out.println(String.join("\t", decision, name, reported == null ? "nothing" : reported.name()));
        }
    }

    private static X509TrustManager pinning(String host, DomainPinningPolicy policy, RootTrustManager platform)
            throws ReflectiveOperationException {
        Constructor<?> make =
                Class.forName("com.datatheorem.android.trustkit.pinning.PinningTrustManager")
                        .getDeclaredConstructor(String.class, DomainPinningPolicy.class, X509TrustManager.class);
        make.setAccessible(true);
        return (X509TrustManager) make.newInstance(host, policy, platform);
    }

    /** Gives TrustKit a reporter, as its initialisation does. */
    private static void begin(RootTrustManager platform) throws Exception {
        reported = null;
        set("baselineTrustManager", platform);
        set(
                "backgroundReporter",
                new BackgroundReporter(null, "", "", "") {
                    @Override
                    public void pinValidationFailed(
                            String host,
                            Integer port,
                            List<X509Certificate> presented,
                            List<X509Certificate> verified,
                            DomainPinningPolicy policy,
                            PinningValidationResult result) {
                        reported = result;
                    }
                });
    }

    private static void set(String name, Object value) throws Exception {
        Field field = TrustManagerBuilder.class.getDeclaredField(name);
        field.setAccessible(true);
        field.set(null, value);
    }
}
