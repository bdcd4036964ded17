// Go's net/http with each of the callbacks that crypto/tls offers for pinning: MODE URL CAFILE PINS PROXY
//
// It uses only the standard library. Each mode is our own code for the practice that its comment names.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

var pins = map[string]bool{}
var errPin = errors.New("not pinned")

// patience is how long to wait for a silent server.
func patience() time.Duration {
	if duration, err := time.ParseDuration(os.Getenv("SECONDS_TO_WAIT") + "s"); err == nil {
		return duration
	}
	return 5 * time.Second
}

func pinned(certificate *x509.Certificate) bool {
	digest := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return pins["sha256/"+base64.StdEncoding.EncodeToString(digest[:])]
}

func anyPinned(chains [][]*x509.Certificate) error {
	for _, chain := range chains {
		for _, certificate := range chain {
			if pinned(certificate) {
				return nil
			}
		}
	}
	return errPin
}

func configure(mode string, config *tls.Config) {
	switch mode {
	case "unpinned": // the control, without pins
	case "verify-connection": // compares the verified chains, also on resumed connections
		config.VerifyConnection = func(state tls.ConnectionState) error { return anyPinned(state.VerifiedChains) }
	case "verify-peer": // compares the verified chains; not called for a resumed connection
		config.VerifyPeerCertificate = func(_ [][]byte, verified [][]*x509.Certificate) error { return anyPinned(verified) }
	case "presented": // accepts any certificate that the server sent
		config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			for _, der := range raw {
				certificate, err := x509.ParseCertificate(der)
				if err == nil && pinned(certificate) {
					return nil
				}
			}
			return errPin
		}
	case "insecure": // "the pin is enough": compares the leaf's key, with every other check switched off
		config.InsecureSkipVerify = true
		config.VerifyPeerCertificate = func(raw [][]byte, _ [][]*x509.Certificate) error {
			certificate, err := x509.ParseCertificate(raw[0])
			if err != nil {
				return err
			}
			if !pinned(certificate) {
				return errPin
			}
			return nil
		}
	}
}

func main() {
	mode, target, cafile, proxy := os.Args[1], os.Args[2], os.Args[3], os.Args[5]
	for _, pin := range strings.Split(os.Args[4], ",") {
		pins[pin] = true
	}
	pem, err := os.ReadFile(cafile)
	if err != nil {
		fail(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	transport.Proxy = nil
	if proxy != "" {
		address, err := url.Parse(proxy)
		if err != nil {
			fail(err)
		}
		transport.Proxy = http.ProxyURL(address)
	}
	configure(mode, transport.TLSClientConfig)
	client := &http.Client{Transport: transport, Timeout: patience()}
	response, err := client.Get(target)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		fail(err)
	}
	if response.StatusCode >= 400 {
		fail(errors.New(response.Status))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
