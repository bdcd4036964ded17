package proof;

import java.io.IOException;
import okhttp3.Request;
import okhttp3.Response;
import pins.Pins;

/** Sends one request with a generated client whose hook is set: URL CAFILE. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    Pins.setListener(
        (host, mismatch) ->
            System.out.println("reported " + host + ": " + mismatch.getMessage().split("\n")[0]));
    Request request = new Request.Builder().url(arguments[0]).build();
    try (Response response =
        Pins.client(PlainKt.plain(arguments[1], "")).newCall(request).execute()) {
      if (!response.isSuccessful()) {
        throw new IOException(response.toString());
      }
    }
    System.exit(0);
  }
}
