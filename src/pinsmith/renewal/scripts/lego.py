"""
lego from version 5, with ``run --csr``, which orders the first certificate and renews later ones.

It asks when a renewal is due by ARI, for requests too. It saves the new certificate before it runs a hook, and does not
run the hook again if that fails, so the script deploys after each run instead.

Source:
    cmd/cmd_run.go, ``renewForCSR`` in cmd/cmd_run_renew.go and ``GetFileName`` in
    cmd/internal/storage/storage_certificates.go of https://github.com/go-acme/lego, release 5.6.0
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.renewal.scripts._script import DAILY, Script

if TYPE_CHECKING:
    from pinsmith.renewal.scripts._script import Order

_REMARK: Final = """\
It needs lego 5. Arguments go to `lego run`, such as `--accept-tos --http --http.webroot /var/www/html`.
A certificate that was refused is tried again at each run."""


def _write(order: Order) -> str:
    # A name of its own for each key: lego keeps a certificate that is not due, even if the request has another key.
    name = shlex.quote(f"{order.host}-{order.key_name}")
    return f"""\
{order.head("lego", _REMARK, DAILY)}
export LEGO_PATH="${{LEGO_PATH:-/var/lib/lego}}"
lego run --csr {shlex.quote(order.request)} --cert.name {name} "$@"
{order.deploy(f'"$LEGO_PATH/certificates/"{name}.crt')}
"""


SCRIPT: Final = Script(
    id="lego", title="lego", spec="https://go-acme.github.io/lego/references/ref-flags/", write=_write
)
