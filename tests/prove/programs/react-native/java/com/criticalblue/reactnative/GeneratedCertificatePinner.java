package com.criticalblue.reactnative;

import okhttp3.CertificatePinner;

/** The class that `pinset gen` writes, with the pins of the trial. */
public final class GeneratedCertificatePinner {
    private GeneratedCertificatePinner() {}

    public static CertificatePinner instance() {
        String[] pins = System.getProperty("proof.pins").split(",");
        return new CertificatePinner.Builder().add(System.getProperty("proof.host"), pins).build();
    }
}
