import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.nio.AsyncClientConnectionManager;
import org.apache.hc.core5.http.HttpHost;

/** Sends one request over the asynchronous HttpClient with a generated strategy: VARIANT URL CAFILE PROXY. */
public final class Async {
  private Async() {}

  public static void main(String[] arguments) throws Exception {
    Trial trial = new Trial(arguments);
    AsyncClientConnectionManager connections =
        PoolingAsyncClientConnectionManagerBuilder.create()
            .setTlsStrategy(Variants.tlsStrategy(trial.variant, trial.anchors))
            .build();
    HttpHost proxy = trial.proxy == null ? null : new HttpHost("http", trial.proxy.getHostString(), trial.proxy.getPort());
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom().setConnectionManager(connections).setProxy(proxy).build()) {
      client.start();
      SimpleHttpRequest request = SimpleRequestBuilder.get(trial.url).build();
      SimpleHttpResponse response = client.execute(request, null).get();
      if (response.getCode() >= 400) {
        throw new IllegalStateException("status " + response.getCode());
      }
    }
  }
}
