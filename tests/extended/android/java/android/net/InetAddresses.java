package android.net;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Replaces the platform's parser of numeric addresses, which is native code. */
public final class InetAddresses {
    private InetAddresses() {}

    public static boolean isNumericAddress(String address) {
        return address.matches("[0-9]{1,3}([.][0-9]{1,3}){3}") || address.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    }

    public static InetAddress parseNumericAddress(String address) {
        try {
            if (isNumericAddress(address)) {
                return InetAddress.getByName(address);
            }
        } catch (UnknownHostException error) {
            throw new IllegalArgumentException(error);
        }
        throw new IllegalArgumentException("Not a numeric address: " + address);
    }
}
