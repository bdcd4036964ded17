// Makes two calls with generated credentials: VARIANT URL ADDRESS CAFILE
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	if err := call(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func call(variant, target, address, cafile string) error {
	pem, err := os.ReadFile(cafile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	server, err := url.Parse(target)
	if err != nil {
		return err
	}
	channel, err := grpc.NewClient(
		"passthrough:///"+net.JoinHostPort(address, server.Port()),
		grpc.WithAuthority(server.Host),
		grpc.WithTransportCredentials(made[variant](&tls.Config{RootCAs: roots})),
	)
	if err != nil {
		return err
	}
	defer channel.Close()
	patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	health := healthpb.NewHealthClient(channel)
	for range 2 {
		answer, err := health.Check(patience, &healthpb.HealthCheckRequest{})
		if err != nil {
			return err
		}
		if answer.Status != healthpb.HealthCheckResponse_SERVING {
			return fmt.Errorf("the server is %s", answer.Status)
		}
	}
	return nil
}
