import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.io.entity.EntityUtils;

/** Sends one request over the classic HttpClient with a generated strategy: VARIANT URL CAFILE PROXY. */
public final class Classic {
  private Classic() {}

  public static void main(String[] arguments) throws Exception {
    Trial trial = new Trial(arguments);
    HttpClientConnectionManager connections =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setTlsSocketStrategy(Variants.tlsStrategy(trial.variant, trial.anchors))
            .build();
    HttpHost proxy = trial.proxy == null ? null : new HttpHost("http", trial.proxy.getHostString(), trial.proxy.getPort());
    try (CloseableHttpClient client =
        HttpClients.custom().setConnectionManager(connections).setProxy(proxy).build()) {
      int status =
          client.execute(
              new HttpGet(trial.url),
              response -> {
                EntityUtils.consume(response.getEntity());
                return response.getCode();
              });
      if (status >= 400) {
        throw new IllegalStateException("status " + status);
      }
    }
  }
}
