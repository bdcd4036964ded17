package proof;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import pins.Pins;

/**
 * Sends one request with a generated client whose hook is set, and fails: URL CAFILE.
 *
 * <p>Every name has two addresses, the first of which nobody listens at.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    Pins.setListener(
        mismatch -> {
          System.out.println("reported " + mismatch.host + " " + mismatch.enforced);
          throw new IllegalStateException("a hook changes nothing");
        });
    List<InetAddress> addresses =
        Arrays.asList(InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.1"));
    OkHttpClient base =
        PlainKt.plain(arguments[1], "").newBuilder().dns(host -> addresses).build();
    Request request = new Request.Builder().url(arguments[0]).build();
    try (Response response = Pins.client(base).newCall(request).execute()) {
      if (!response.isSuccessful()) {
        throw new IOException(response.toString());
      }
    }
    System.exit(0);
  }
}
