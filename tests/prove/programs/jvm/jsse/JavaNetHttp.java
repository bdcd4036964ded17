import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Sends one request over java.net.http with a generated context: VARIANT URL CAFILE PROXY. */
public final class JavaNetHttp {
  private JavaNetHttp() {}

  public static void main(String[] arguments) throws Exception {
    Trial trial = new Trial(arguments);
    HttpClient client =
        HttpClient.newBuilder()
            .sslContext(Variants.sslContext(trial.variant, trial.anchors))
            .followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(trial.proxy == null ? HttpClient.Builder.NO_PROXY : ProxySelector.of(trial.proxy))
            .build();
    HttpRequest request = HttpRequest.newBuilder(URI.create(trial.url)).build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 400) {
      throw new IllegalStateException("status " + response.statusCode());
    }
    System.exit(0); // the client's selector thread would keep the process alive
  }
}
