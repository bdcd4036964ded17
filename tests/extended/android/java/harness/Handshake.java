package harness;

import java.lang.reflect.Proxy;
import java.security.cert.X509Certificate;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** Replaces Conscrypt's socket in the middle of a handshake, which is native code: it knows a host and a chain. */
final class Handshake extends SSLSocket {
    private final SSLSession session;

    Handshake(String host, X509Certificate[] chain) {
        session =
                (SSLSession)
                        Proxy.newProxyInstance(
                                Handshake.class.getClassLoader(),
                                new Class<?>[] {SSLSession.class},
                                (proxy, method, arguments) ->
                                        switch (method.getName()) {
                                            case "getPeerHost" -> host;
                                            case "getPeerCertificates" -> chain;
                                            default -> throw new UnsupportedOperationException(method.toString());
                                        });
    }

    @Override
    public SSLSession getHandshakeSession() {
        return session;
    }

    @Override
    public SSLSession getSession() {
        return session;
    }

    @Override
    public SSLParameters getSSLParameters() {
        return new SSLParameters(); // names are compared after the handshake, as by HttpsURLConnection and OkHttp
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return new String[0];
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return new String[0];
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {}

    @Override
    public String[] getSupportedProtocols() {
        return new String[0];
    }

    @Override
    public String[] getEnabledProtocols() {
        return new String[0];
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {}

    @Override
    public void addHandshakeCompletedListener(HandshakeCompletedListener listener) {}

    @Override
    public void removeHandshakeCompletedListener(HandshakeCompletedListener listener) {}

    @Override
    public void startHandshake() {}

    @Override
    public void setUseClientMode(boolean mode) {}

    @Override
    public boolean getUseClientMode() {
        return true;
    }

    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
        return false;
    }

    @Override
    public void setWantClientAuth(boolean want) {}

    @Override
    public boolean getWantClientAuth() {
        return false;
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {}

    @Override
    public boolean getEnableSessionCreation() {
        return true;
    }
}
