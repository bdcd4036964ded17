package proof;

import java.io.IOException;
import java.util.Map;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.json.JSONObject;
import pins.Pins;

/** Asks a server with the sender of a page in place, and waits until its input ends: URL CAFILE. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws IOException {
    // SENDER
    Request asked = new Request.Builder().url(arguments[0]).build();
    try (Response response = Pins.client(PlainKt.plain(arguments[1], "")).newCall(asked).execute()) {
      System.out.println(response.code());
    } catch (IOException failure) {
      System.out.println(failure);
    }
    System.in.read();
    System.exit(0);
  }
}
