"""
Certbot, with ``certonly --csr``.

It keeps no settings of such a certificate, so ``certbot renew`` does not renew it, runs no hooks, and asks for no ARI.
It refuses to write to a file that exists.

Source:
    ``certonly`` and ``_csr_get_and_save_cert`` in certbot/src/certbot/_internal/main.py, ``_open_pem_file`` in
    client.py and ``safe_open`` in util.py of https://github.com/certbot/certbot, release 5.8.0
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.renewal.scripts._script import THIRD, Script

if TYPE_CHECKING:
    from pinsmith.renewal.scripts._script import Order

_REMARK: Final = """\
Arguments go to certbot, such as `--webroot --webroot-path /var/www/html`.
certbot does not renew certificates of requests by itself, and does not ask when they are due (ARI)."""


def _write(order: Order) -> str:
    return f"""\
{order.head("certbot", _REMARK, THIRD)}
folder=$(mktemp -d)
echo "the new certificate is in $folder"
certbot certonly --non-interactive --csr {shlex.quote(order.request)} \\
  --cert-path "$folder/cert.pem" --chain-path "$folder/chain.pem" --fullchain-path "$folder/fullchain.pem" "$@"
{order.deploy('"$folder/fullchain.pem"')}
rm -r "$folder"
"""


SCRIPT: Final = Script(
    id="certbot",
    title="Certbot",
    spec="https://eff-certbot.readthedocs.io/en/stable/using.html#certbot-command-line-options",
    write=_write,
)
