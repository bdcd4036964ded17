// A minimal client: for each name of a list it shakes hands with crypto/tls, and prints the pins of the presented chain.
//
// With -verify it verifies chain and name against -cafile, and prints the pins of the verified chain too. Without, it
// verifies nothing. It keeps as many connections open as -concurrency allows, and stops at the first failure.
package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

func pins(chain []*x509.Certificate) string {
	found := make([]string, len(chain))
	for i, certificate := range chain {
		digest := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
		found[i] = "sha256/" + base64.StdEncoding.EncodeToString(digest[:])
	}
	return strings.Join(found, ",")
}

func ask(address, name string, config *tls.Config) (string, error) {
	plain, err := net.DialTimeout("tcp", address, 60*time.Second)
	if err != nil {
		return "", err
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(60 * time.Second))
	own := config.Clone()
	own.ServerName = name
	secure := tls.Client(plain, own)
	if err := secure.Handshake(); err != nil {
		return "", err
	}
	state, verified := secure.ConnectionState(), ""
	if len(state.VerifiedChains) > 0 {
		verified = pins(state.VerifiedChains[0])
	}
	return name + "\t" + pins(state.PeerCertificates) + "\t" + verified, nil
}

func main() {
	address := flag.String("address", "", "where all names are served")
	list := flag.String("names", "", "a file with a name on each line")
	cafile := flag.String("cafile", "", "the PEM certificates to trust")
	concurrency := flag.Int("concurrency", 100, "connections at once")
	verify := flag.Bool("verify", false, "verify chain and name")
	flag.Parse()
	config := &tls.Config{InsecureSkipVerify: !*verify}
	if *verify {
		pem, err := os.ReadFile(*cafile)
		if err != nil {
			log.Fatal(err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			log.Fatal("no certificate in ", *cafile)
		}
	}
	text, err := os.ReadFile(*list)
	if err != nil {
		log.Fatal(err)
	}
	names, lines := make(chan string), make(chan string, 1000)
	var workers sync.WaitGroup
	for range *concurrency {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for name := range names {
				line, err := ask(*address, name, config)
				if err != nil {
					log.Fatal(name, ": ", err)
				}
				lines <- line
			}
		}()
	}
	go func() {
		for _, name := range strings.Fields(string(text)) {
			names <- name
		}
		close(names)
		workers.Wait()
		close(lines)
	}()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for line := range lines {
		fmt.Fprintln(out, line)
	}
}
