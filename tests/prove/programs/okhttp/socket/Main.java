package proof;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import pins.Pins;

/** Opens one web socket with a generated client, and prints its failure: URL CAFILE. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    WebSocketListener listener =
        new WebSocketListener() {
          @Override
          public void onFailure(WebSocket socket, Throwable error, Response response) {
            System.out.println(error.getMessage());
            ended.countDown();
          }
        };
    Pins.setListener(it -> System.out.println("reported " + it.host + " " + it.enforced));
    Request request = new Request.Builder().url(arguments[0]).build();
    Pins.client(PlainKt.plain(arguments[1], "")).newWebSocket(request, listener);
    ended.await(10, TimeUnit.SECONDS);
    System.exit(0);
  }
}
