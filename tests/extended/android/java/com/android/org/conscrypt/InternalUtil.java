package com.android.org.conscrypt;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;

/** Replaces Conscrypt's parser of keys, which is native code. Only the list of transparency logs needs it. */
public final class InternalUtil {
    private InternalUtil() {}

    public static PublicKey logKeyToPublicKey(byte[] spki) throws NoSuchAlgorithmException {
        for (String algorithm : new String[] {"EC", "RSA"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
            } catch (GeneralSecurityException error) {
                // try the next algorithm
            }
        }
        throw new NoSuchAlgorithmException("neither EC nor RSA");
    }
}
