package libcore.io;

import java.io.FileNotFoundException;
import java.io.IOException;

/**
 * Replaces the platform's access to files, which is native code. Android 7 looks for pins of the device's maker in a
 * file, which does not exist here, as on most devices.
 */
public final class IoUtils {
    private IoUtils() {}

    public static String readFileAsString(String path) throws IOException {
        throw new FileNotFoundException(path);
    }

    public static void closeQuietly(AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (RuntimeException error) {
            throw error;
        } catch (Exception error) {
            // quietly, as the name of the method promises
        }
    }
}
