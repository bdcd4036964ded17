// Sends one request with a generated transport: VARIANT URL CAFILE PROXY
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

func main() {
	variant, target, cafile, proxy := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	pem, err := os.ReadFile(cafile)
	if err != nil {
		fail(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := made[variant](&tls.Config{RootCAs: roots})
	transport.Proxy = nil
	if proxy != "" {
		address, err := url.Parse(proxy)
		if err != nil {
			fail(err)
		}
		transport.Proxy = http.ProxyURL(address)
	}
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
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
