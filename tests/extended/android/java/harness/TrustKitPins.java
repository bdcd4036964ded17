package harness;

import android.content.ContextWrapper;
import com.datatheorem.android.trustkit.config.DomainPinningPolicy;
import com.datatheorem.android.trustkit.config.TrustKitConfiguration;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

/**
 * Prints the policies that TrustKit reads. A line of input begins with a path and a tab. The output has a line for each
 * policy (path, host, whether it is enforced, whether it includes subdomains, expiry in milliseconds or "never", pins,
 * addresses for reports), one line for a file without policies (path, "none"), or one line for a file that crashes the
 * app (path, "crash", the error).
 */
public final class TrustKitPins {
    private TrustKitPins() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String path = line.split("\t")[0];
            try {
                System.out.print(answer(path));
            } catch (Exception error) {
                System.out.println(path + "\tcrash\t" + error.toString().replaceAll("\\s+", " "));
            }
        }
    }

    private static String answer(String path) throws Exception {
        byte[] content = Files.readAllBytes(Path.of(path));
        TrustKitConfiguration read =
                TrustKitConfiguration.fromXmlPolicy(new ContextWrapper(null), CompiledXml.parser(content));
        StringBuilder lines = new StringBuilder();
        for (DomainPinningPolicy each : read.getAllPolicies()) {
            TreeSet<String> pins = new TreeSet<>();
            each.getPublicKeyPins().forEach(pin -> pins.add(pin.toString().replaceAll("\\s+", "_")));
            TreeSet<String> uris = new TreeSet<>();
            for (URL uri : each.getReportUris()) {
                uris.add(uri.toString());
            }
            String day = each.getExpirationDate() == null ? "never" : Long.toString(each.getExpirationDate().getTime());
            lines.append(
                    String.join(
                            "\t",
                            path,
                            each.getHostname(),
                            Boolean.toString(each.shouldEnforcePinning()),
                            Boolean.toString(each.shouldIncludeSubdomains()),
                            day,
                            String.join(",", pins),
                            String.join(",", uris) + "\n"));
        }
        return lines.isEmpty() ? path + "\tnone\n" : lines.toString();
    }
}
