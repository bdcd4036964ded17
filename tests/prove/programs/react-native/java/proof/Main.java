package proof;

import com.criticalblue.reactnative.CertPinnerPackage;
import com.facebook.react.bridge.JavaOnlyArray;
import com.facebook.react.bridge.JavaOnlyMap;
import com.facebook.react.bridge.Promise;
import com.facebook.react.bridge.ReactApplicationContext;
import com.facebook.react.modules.network.NetworkingModule;
import com.facebook.react.modules.network.OkHttpClientProvider;
import com.sslpublickeypinning.SslPublicKeyPinningModule;
import com.toyberman.RNSslPinningModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import tech.bam.rnas.SSLPinning;

/**
 * Pins through a library, and sends a request as JavaScript does: LIBRARY SENDER URL HOST CAFILE PINS.
 *
 * <p>The exit code is 0 if the status is 200. All code that pins belongs to the library.
 */
final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        String url = arguments[2];
        String host = arguments[3];
        String[] pins = arguments[5].split(",");
        trust(Path.of(arguments[4]));
        System.setProperty("proof.host", host);
        System.setProperty("proof.pins", arguments[5]);
        switch (arguments[0]) {
            case "none" -> {}
            case "react-native-ssl-public-key-pinning" -> startHashes(host, pins);
            case "react-native-cert-pinner" -> new CertPinnerPackage();
            case "react-native-app-security" -> OkHttpClientProvider.setOkHttpClientFactory(new SSLPinning());
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        int status = switch (arguments[1]) {
            case "xhr" -> ask(networking(), url);
            case "expo" -> ask(OkHttpClientProvider.createClient().newBuilder().build(), url);
            case "react-native-ssl-pinning" -> ownFetch(url, pins);
            default -> throw new IllegalArgumentException(arguments[1]);
        };
        System.exit(status == 200 ? 0 : 1);
    }

    /** Makes the client of XMLHttpRequest and React Native's fetch as NetworkingModule.sendRequestInternal does. */
    private static OkHttpClient networking() throws ReflectiveOperationException {
        OkHttpClient.Builder builder = OkHttpClientProvider.createClient().newBuilder();
        for (Class<?> each : Arrays.asList(NetworkingModule.class, NetworkingModule.Companion.getClass())) {
            for (Method method : each.getDeclaredMethods()) {
                if (method.getName().equals("applyCustomBuilder")) {
                    method.setAccessible(true);
                    boolean isStatic = Modifier.isStatic(method.getModifiers());
                    method.invoke(isStatic ? null : NetworkingModule.Companion, builder);
                    return builder.build();
                }
            }
        }
        throw new NoSuchMethodException("applyCustomBuilder");
    }

    private static void startHashes(String host, String[] pins) throws Exception {
        JavaOnlyArray hashes = new JavaOnlyArray();
        for (String pin : pins) {
            hashes.pushString(pin.substring("sha256/".length()));
        }
        JavaOnlyMap domain = new JavaOnlyMap();
        domain.putArray("publicKeyHashes", hashes);
        JavaOnlyMap options = new JavaOnlyMap();
        options.putMap(host, domain);
        CompletableFuture<Object> done = new CompletableFuture<>();
        new SslPublicKeyPinningModule(context()) {
            @Override
            public void emitPinningErrorEvent(Request request, String message) {
                System.err.println(message);
            }
        }.initialize(options, promise(done));
        done.join();
    }

    private static Promise promise(CompletableFuture<Object> done) {
        return (Promise) Proxy.newProxyInstance(
                Main.class.getClassLoader(), new Class<?>[] {Promise.class}, (self, method, given) -> {
                    if (method.getName().equals("resolve")) {
                        done.complete(given[0]);
                    } else {
                        done.completeExceptionally((Throwable) given[0]);
                    }
                    return null;
                });
    }

    private static int ownFetch(String url, String[] pins) throws ReflectiveOperationException {
        JavaOnlyArray certs = new JavaOnlyArray();
        for (String pin : pins) {
            certs.pushString(pin);
        }
        JavaOnlyMap pinning = new JavaOnlyMap();
        pinning.putArray("certs", certs);
        JavaOnlyMap options = new JavaOnlyMap();
        options.putMap("sslPinning", pinning);
        options.putBoolean("pkPinning", true);
        CompletableFuture<Integer> done = new CompletableFuture<>();
        new RNSslPinningModule(context()).fetch(url, options, given -> {
            if (given[0] != null) {
                System.err.println(given[0]);
            }
            done.complete(given[0] == null ? 200 : 0);
        });
        return done.join();
    }

    private static int ask(OkHttpClient client, String url) {
        try (Response answer = client.newCall(new Request.Builder().url(url).build()).execute()) {
            return answer.code();
        } catch (IOException error) {
            System.err.println(error.getMessage());
            return 0;
        }
    }

    /** A context of React Native without its set-up, which needs native code; nothing here uses it. */
    private static ReactApplicationContext context() throws ReflectiveOperationException {
        Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
        field.setAccessible(true);
        Method allocate = field.getType().getMethod("allocateInstance", Class.class);
        Class<?> wanted = Class.forName("com.facebook.react.runtime.BridgelessReactContext");
        return (ReactApplicationContext) allocate.invoke(field.get(null), wanted);
    }

    /** Makes every client of this JVM trust the authorities of the lab. */
    private static void trust(Path pem) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(pem)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry(String.valueOf(store.size()), each);
            }
        }
        Path file = Files.createTempFile("trusted", ".p12");
        file.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "trusted".toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", file.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", "trusted");
    }
}
