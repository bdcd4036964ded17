package harness;

import android.net.http.X509TrustManagerExtensions;
import android.security.net.config.SystemCertificateSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Lets the platform build a chain, as it compares pins with it. A line of input is the one of {@link Chains}. A line of
 * output contains the SHA-256 of each SubjectPublicKeyInfo of the chain, leaf first, or nothing if there is no chain.
 */
public final class Built {
    private Built() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            X509Certificate[] chain = Chains.read(parts[2]).toArray(new X509Certificate[0]);
            SystemCertificateSource.getInstance().trust(Chains.read(parts[3]));
            X509TrustManagerExtensions extensions = new X509TrustManagerExtensions(Chains.manager(parts[0]));
            List<String> digests = new ArrayList<>();
            try {
                for (X509Certificate built : extensions.checkServerTrusted(chain, "UNKNOWN", parts[1])) {
                    byte[] spki = built.getPublicKey().getEncoded();
                    digests.add(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(spki)));
                }
            } catch (CertificateException error) {
                digests.clear();
            }
            System.out.println(String.join(",", digests));
        }
        System.exit(0); // threads of the platform would keep the process alive
    }
}
