"""Files of renewal automation, and what each says about hosts and their keys."""

from __future__ import annotations

from typing import Final, NamedTuple


class Said(NamedTuple):
    """What a file says about a renewal."""

    hosts: tuple[str, ...]
    keeps_key: bool | None
    line: int


class Sample(NamedTuple):
    """A file, with the id of its tool."""

    tool: str
    name: str
    text: str
    said: tuple[Said, ...]


API: Final = ("api.example.com",)

_CERTBOT: Final = """# renew_before_expiry = 30 days
version = 2.11.0
cert = /etc/letsencrypt/live/example.com-0001/cert.pem
privkey = /etc/letsencrypt/live/example.com-0001/privkey.pem

[renewalparams]
authenticator = webroot
{}
webroot_path = /var/www,
[[webroot_map]]
example.com = /var/www
api.example.com = /var/www
"""
_BOTH: Final = ("example.com", "api.example.com")

_CERTIFICATE: Final = """apiVersion: v1
kind: Namespace
metadata: {{name: web}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: api
spec:
  secretName: api-tls
  dnsNames: [api.example.com, "*.example.com"]
  {}
  issuerRef: {{name: letsencrypt}}
"""
_WILD: Final = ("api.example.com", "*.example.com")
_INGRESS: Final = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
    {}
spec:
  tls:
    - hosts: [api.example.com]
      secretName: api-tls
"""
_GATEWAY: Final = """apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  annotations:
    cert-manager.io/issuer: letsencrypt
spec:
  listeners:
    - {name: http, hostname: www.example.com, port: 80}
    - name: https
      hostname: api.example.com
      tls: {mode: Terminate}
"""

_CADDY: Final = """{
\temail admin@example.com
}
(keep) {
\ttls {
\t\treuse_private_keys
\t}
}
# an API
api.example.com,
https://www.example.com:8443/path {
\treverse_proxy localhost:9000 {
\t\theader_up Host {host}
\t}
}
keep.example.com {
\timport keep
}
else.example.com {
\timport sites/*
}
own.example.com {
\ttls cert.pem key.pem
}
http://plain.example.com, {$DOMAIN}, :8080 {
\ttls internal
}
"""

_ACM: Final = """# resource "aws_acm_certificate" "no" {
locals { text = <<-EOT
  resource "aws_acm_certificate" "no" { domain_name = "no.example.com" }
  EOT
}
resource "aws_acm_certificate" "api" {
  domain_name               = "api.example.com" // the API
  subject_alternative_names = ["*.example.com", "${var.zone}.example.com"]
  validation_option {
    domain_name       = "zone.example.com"
    validation_domain = "example.com"
  }
  validation_method         = "DNS"
  tags = { Name = "www.example.com" }
}
resource "aws_acm_certificate" "own" {
  domain_name = "own.example.com"
  private_key = file("key.pem")
}
resource "aws_acm_certificate" "private" {
  domain_name               = "internal.example.com"
  certificate_authority_arn = var.authority
}
resource "aws_acm_certificate" "variable" {
  domain_name       = var.domain
  validation_method = "EMAIL"
}
"""

_LEGO: Final = """#!/bin/sh
# lego renew -d comment.example.com
lego --email a@example.com --domains api.example.com -d=www.example.com \\
    --http renew --days 30 && systemctl reload nginx
/usr/bin/lego --domains keep.example.com renew --reuse-key
docker run --rm goacme/lego:v5 run -d run.example.com
lego -d "$DOMAIN" renew
echo 'lego
renew'
"""

SAMPLES: Final = (
    Sample("certbot", "example.com.conf", _CERTBOT.format("server = x"), (Said(_BOTH, keeps_key=False, line=6),)),
    Sample("certbot", "example.com.conf", _CERTBOT.format("reuse_key = True"), (Said(_BOTH, keeps_key=True, line=8),)),
    Sample("certbot", "a.conf", _CERTBOT.format("reuse_key = False"), (Said(_BOTH, keeps_key=False, line=8),)),
    Sample("certbot", "a.conf", _CERTBOT.format("reuse_key = maybe"), (Said(_BOTH, keeps_key=None, line=8),)),
    Sample("certbot", "a.conf", _CERTBOT.format("autorenew = False"), ()),
    Sample("certbot", "api.example.com-0002.conf", "[renewalparams]\n", (Said(API, keeps_key=False, line=1),)),
    Sample(
        "cert-manager", "api.yaml", _CERTIFICATE.format("duration: 2160h"), (Said(_WILD, keeps_key=False, line=10),)
    ),
    Sample(
        "cert-manager",
        "api.yaml",
        _CERTIFICATE.format("privateKey: {rotationPolicy: Never}"),
        (Said(_WILD, keeps_key=True, line=12),),
    ),
    Sample(
        "cert-manager",
        "api.yaml",
        _CERTIFICATE.format("privateKey:\n    rotationPolicy: ${POLICY}"),
        (Said(_WILD, keeps_key=None, line=13),),
    ),
    Sample("cert-manager", "ingress.yml", _INGRESS.format("x: y"), (Said(API, keeps_key=False, line=5),)),
    Sample(
        "cert-manager",
        "ingress.yml",
        _INGRESS.format('cert-manager.io/private-key-rotation-policy: "Never"'),
        (Said(API, keeps_key=True, line=6),),
    ),
    Sample("cert-manager", "gateway.yaml", _GATEWAY, (Said(API, keeps_key=False, line=5),)),
    Sample(
        "caddy",
        "Caddyfile",
        _CADDY,
        (
            Said(("api.example.com", "www.example.com"), keeps_key=False, line=10),
            Said(("keep.example.com",), keeps_key=True, line=16),
            Said(("else.example.com",), keeps_key=None, line=19),
        ),
    ),
    Sample("caddy", "Caddyfile.prod", "api.example.com\n\ntls a@example.com\n", (Said(API, keeps_key=False, line=1),)),
    Sample("caddy", "site.caddyfile", "{\n\tauto_https off\n}\napi.example.com {\n}\n", ()),
    Sample(
        "acm",
        "main.tf",
        _ACM,
        (
            Said(_WILD, keeps_key=False, line=6),
            Said(("own.example.com",), keeps_key=True, line=16),
            Said(("internal.example.com",), keeps_key=None, line=20),
        ),
    ),
    Sample(
        "lego",
        "renew.sh",
        _LEGO,
        (
            Said(("api.example.com", "www.example.com"), keeps_key=False, line=3),
            Said(("keep.example.com",), keeps_key=True, line=5),
            Said(("run.example.com",), keeps_key=None, line=6),
        ),
    ),
    Sample(
        "lego",
        "renew.service",
        "[Service]\nExecStart=/usr/bin/lego -d api.example.com renew --reuse-key=false\n",
        (Said(API, keeps_key=False, line=2),),
    ),
    Sample(
        "acme-sh",
        "example.com.conf",
        "Le_Domain='example.com'\nLe_Alt='api.example.com'\nLe_Keylength='ec-256'\n",
        (Said(_BOTH, keeps_key=True, line=1),),
    ),
    Sample(
        "acme-sh",
        "api.example.com.conf",
        "Le_Domain='api.example.com'\nLe_Alt='no'\nLe_ForceNewDomainKey='1'\n",
        (Said(API, keeps_key=False, line=3),),
    ),
)
