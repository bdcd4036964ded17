import java.io.InputStream;
import java.net.Proxy;
import java.net.URI;
import javax.net.ssl.HttpsURLConnection;

/** Sends one request over HttpsURLConnection with a generated context: VARIANT URL CAFILE PROXY. */
public final class UrlConnection {
  private UrlConnection() {}

  public static void main(String[] arguments) throws Exception {
    Trial trial = new Trial(arguments);
    Proxy proxy = trial.proxy == null ? Proxy.NO_PROXY : new Proxy(Proxy.Type.HTTP, trial.proxy);
    HttpsURLConnection connection =
        (HttpsURLConnection) URI.create(trial.url).toURL().openConnection(proxy);
    connection.setSSLSocketFactory(
        Variants.sslContext(trial.variant, trial.anchors).getSocketFactory());
    try (InputStream answer = connection.getInputStream()) {
      byte[] read = new byte[4096];
      while (answer.read(read) >= 0) {}
    }
    if (connection.getResponseCode() >= 400) {
      throw new IllegalStateException("status " + connection.getResponseCode());
    }
  }

  /** Does the same in an app whose own verifier accepts every name. */
  public static final class Lax {
    private Lax() {}

    public static void main(String[] arguments) throws Exception {
      HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true);
      UrlConnection.main(arguments);
    }
  }
}
