"""
cert-manager, with a ``CertificateRequest``, which is used once.

The certificate stands in its status, with the chain. It is deployed to files, and the secret is written from them, so
that the next certificate can be compared with the one in service.

Source:
    https://cert-manager.io/docs/usage/certificaterequest/, and
    deploy/crds/cert-manager.io_certificaterequests.yaml of https://github.com/cert-manager/cert-manager, release 1.21.2
"""

from __future__ import annotations

import base64
import re
import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.renewal.scripts._script import THIRD, Script

if TYPE_CHECKING:
    from pinsmith.renewal.scripts._script import Order

_REMARK: Final = """\
Arguments: the name of the issuer, its kind (Issuer or ClusterIssuer), and the name of the secret, which gets a copy.
A CertificateRequest is used once, and cert-manager does not renew its certificate.
Delete a Certificate for the same secret first, because it would write a key of its own there."""


def _write(order: Order) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", order.host)[:50].strip("-")
    certificate, key = shlex.quote(order.certificate_to), shlex.quote(order.key.to or "")
    return f"""\
{order.head("cert-manager", _REMARK, THIRD)}
issuer=$1 kind=$2 secret=$3
folder=$(mktemp -d)
echo "the new certificate is in $folder"
request=$(kubectl create -o name -f - <<END
apiVersion: cert-manager.io/v1
kind: CertificateRequest
metadata:
  generateName: {name}-
spec:
  request: {base64.b64encode(order.request_pem).decode()}
  issuerRef:
    group: cert-manager.io
    kind: $kind
    name: $issuer
  usages:
    - digital signature
    - key encipherment
    - server auth
END
)
kubectl wait --for=condition=Ready --timeout=10m "$request"
kubectl get -o 'jsonpath={{.status.certificate}}' "$request" | base64 -d >"$folder/fullchain.pem"
{order.deploy('"$folder/fullchain.pem"')}
kubectl create secret tls "$secret" --cert {certificate} --key {key} --dry-run=client -o yaml | kubectl apply -f -
rm -r "$folder"
"""


SCRIPT: Final = Script(
    id="cert-manager",
    title="cert-manager",
    spec="https://cert-manager.io/docs/usage/certificaterequest/",
    write=_write,
    copies_key=True,
)
