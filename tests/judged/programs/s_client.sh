#!/bin/sh
# openssl s_client with a TLSA record instead of DNS: USAGE PIN-HEX HOST PORT CAFILE
#
# The record comes from the command line, so that no DNSSEC is needed. Usage 3 (DANE-EE) checks only the key; usage 1
# (PKIX-EE) checks the key besides the usual checks (RFC 6698 section 2.1.1). s_client completes the handshake before it
# reads the request from its input. With -verify_return_error it ends instead if a check fails.
set -u
usage=$1 hex=$2 host=$3 port=$4 cafile=$5
printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$host" |
    timeout 8 openssl s_client -quiet -connect "$host:$port" -servername "$host" \
        -no-CAstore -no-CApath -CAfile "$cafile" -verify_return_error -verify_hostname "$host" \
        -dane_tlsa_domain "$host" -dane_tlsa_rrdata "$usage 1 1 $hex" 2>&1 |
    grep -a '^HTTP/1\.[01] [23]'
