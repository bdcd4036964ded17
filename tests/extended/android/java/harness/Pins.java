package harness;

import android.content.ContextWrapper;
import android.content.pm.ApplicationInfo;
import android.content.res.Resources;
import android.content.res.XmlResourceParser;
import android.security.net.config.ApplicationConfig;
import android.security.net.config.ConfigSource;
import android.security.net.config.Pin;
import android.security.net.config.PinSet;
import android.security.net.config.XmlConfigSource;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.TreeSet;

/**
 * Prints the pins that the platform reads. A line of input contains a path, a tab and hosts, separated by commas. The
 * output has a line for each host (path, host, expiry in milliseconds or "never", pins), or one line for a file that
 * crashes the app (path, "crash", the error).
 */
public final class Pins {
    private Pins() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            try {
                System.out.print(answer(parts[0], parts[1].split(",")));
            } catch (Exception error) {
                Throwable cause = error;
                while (cause.getCause() != null) {
                    cause = cause.getCause();
                }
                System.out.println(parts[0] + "\tcrash\t" + cause.toString().replaceAll("\\s+", " "));
            }
        }
    }

    private static String answer(String path, String[] hosts) throws Exception {
        byte[] content = Files.readAllBytes(Path.of(path));
        ApplicationConfig config = new ApplicationConfig(source(content));
        StringBuilder lines = new StringBuilder();
        for (String host : hosts) {
            PinSet pins = config.getConfigForHostname(host).getPins();
            TreeSet<String> texts = new TreeSet<>();
            for (Pin pin : pins.pins) {
                texts.add(Base64.getEncoder().encodeToString(pin.digest));
            }
            String day = pins.expirationTime == Long.MAX_VALUE ? "never" : Long.toString(pins.expirationTime);
            lines.append(path + "\t" + host + "\t" + day + "\t" + String.join(",", texts) + "\n");
        }
        return lines.toString();
    }

    static ConfigSource source(byte[] content) throws Exception {
        return source(content, false);
    }

    static ConfigSource source(byte[] content, boolean debuggable) throws Exception {
        FileContext context = new FileContext(content);
        for (Constructor<?> each : XmlConfigSource.class.getConstructors()) {
            Class<?>[] types = each.getParameterTypes();
            if (types.length == 3 && types[2] == ApplicationInfo.class) {
                ApplicationInfo info = new ApplicationInfo();
                info.targetSdkVersion = 34;
                info.flags = debuggable ? ApplicationInfo.FLAG_DEBUGGABLE : 0;
                return (ConfigSource) each.newInstance(context, 1, info);
            }
            if (types.length == 4) {
                return (ConfigSource) each.newInstance(context, 1, debuggable, 24);
            }
        }
        throw new IllegalStateException("this platform's XmlConfigSource is not known");
    }

    private static final class FileContext extends ContextWrapper {
        private final Resources resources;

        FileContext(byte[] content) {
            super(null);
            resources = new FileResources(content);
        }

        @Override
        public Resources getResources() {
            return resources;
        }
    }

    private static final class FileResources extends Resources {
        private final byte[] content;

        FileResources(byte[] content) {
            super(FileResources.class.getClassLoader());
            this.content = content;
        }

        @Override
        public XmlResourceParser getXml(int id) {
            try {
                return CompiledXml.parser(content);
            } catch (Exception error) {
                throw new NotFoundException(error.toString());
            }
        }

        @Override
        public String getResourceEntryName(int id) {
            return "network_security_config";
        }
    }
}
