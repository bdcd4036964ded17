#!/bin/sh
# openssl s_client with a TLSA record instead of DNS: USAGE PIN-HEX HOST PORT CAFILE
#
# The record comes from the command line, so that no DNSSEC is needed: usage 3 is DANE-EE, the key and nothing else;
# usage 1 is PKIX-EE, the key besides what is checked anyway (RFC 6698 section 2.1.1). s_client offers the handshake
# first and reads what to send afterwards; with -verify_return_error it ends instead.
set -u
usage=$1 hex=$2 host=$3 port=$4 cafile=$5
printf 'GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$host" |
    timeout 5 openssl s_client -quiet -connect "$host:$port" -servername "$host" \
        -no-CAstore -no-CApath -CAfile "$cafile" -verify_return_error -verify_hostname "$host" \
        -dane_tlsa_domain "$host" -dane_tlsa_rrdata "$usage 1 1 $hex" 2>&1 |
    grep -a '^HTTP/1\.[01] [23]'
