import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;

/**
 * Prints for each line of standard input whether Wultra's client for Android would accept the fingerprint. A line
 * contains NAME, FINGERPRINT, EXPIRES and SIGNATURE, separated by tabs. The only argument is the public key as an app
 * has it.
 *
 * <p>This is our own code that repeats the steps of the client's classes: they encode the bytes of the fingerprint
 * again, convert the time through milliseconds, take the key as a point of P-256, and let the platform verify.
 */
public final class Fingerprints {
  public static void main(String[] args) throws GeneralSecurityException {
    PublicKey key = key(Base64.getDecoder().decode(args[0]));
    Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
    while (lines.hasNextLine()) {
      System.out.println(isSigned(lines.nextLine().split("\t", -1), key) ? "taken" : "refused");
    }
  }

  private static boolean isSigned(String[] entry, PublicKey key) throws GeneralSecurityException {
    byte[] fingerprint = Base64.getDecoder().decode(entry[1]);
    Date expires = new Date(Long.parseLong(entry[2]) * 1000);
    String text = String.join("&", entry[0], Base64.getEncoder().encodeToString(fingerprint),
        Long.toString(TimeUnit.MILLISECONDS.toSeconds(expires.getTime())));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initVerify(key);
      signature.update(text.getBytes(StandardCharsets.UTF_8));
      return signature.verify(Base64.getDecoder().decode(entry[3]));
    } catch (GeneralSecurityException error) {
      return false;
    }
  }

  private static PublicKey key(byte[] point) throws GeneralSecurityException {
    if (point.length != 65 || point[0] != 4) {
      throw new GeneralSecurityException("not a point of P-256");
    }
    AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
    curve.init(new ECGenParameterSpec("secp256r1"));
    ECPoint where = new ECPoint(
        new BigInteger(1, Arrays.copyOfRange(point, 1, 33)), new BigInteger(1, Arrays.copyOfRange(point, 33, 65)));
    ECParameterSpec parameters = curve.getParameterSpec(ECParameterSpec.class);
    return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(where, parameters));
  }
}
