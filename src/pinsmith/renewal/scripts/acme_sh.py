"""
acme.sh, with ``--sign-csr``, and ``--cron`` for renewals.

It takes the request only while it has no private key of the same host: with one, it makes a request of its own, with
that key. So the script gives it a folder for this key alone. ``--cron`` asks for ARI, and copies the certificate to the
file of ``--fullchain-file`` again.

Source:
    ``signcsr``, ``issue``, ``renew`` and ``_installcert`` in acme.sh of https://github.com/acmesh-official/acme.sh,
    commit 001d62522b49a89c70297e6e05d995545103767e
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.renewal.scripts._script import DAILY, Script

if TYPE_CHECKING:
    from pinsmith.renewal.scripts._script import Order

_REMARK: Final = """\
Arguments go to the first `acme.sh --sign-csr`, such as `--webroot /var/www/html`.
A certificate that was refused is tried again at each run."""


def _write(order: Order) -> str:
    return f"""\
{order.head("acme.sh", _REMARK, DAILY)}
folder="${{ACME_SH_FOLDER:-/var/lib/acme.sh}}"/{shlex.quote(f"{order.host}-{order.key_name}")}
mkdir -p "$folder"
if [ -f "$folder/fullchain.pem" ]; then
  acme.sh --cron --cert-home "$folder"
else
  acme.sh --sign-csr --csr {shlex.quote(order.request)} --cert-home "$folder" \\
    --fullchain-file "$folder/fullchain.pem" "$@"
fi
{order.deploy('"$folder/fullchain.pem"')}
"""


SCRIPT: Final = Script(id="acme-sh", title="acme.sh", spec="https://github.com/acmesh-official/acme.sh", write=_write)
