"""
step-ca, with ``step ca sign``. Each ACME client can use it as well, because it serves ACME.

Source:
    https://smallstep.com/docs/step-cli/reference/ca/sign/, and command/ca/sign.go of https://github.com/smallstep/cli,
    release 0.21.0
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from pinsmith.renewal.scripts._script import THIRD, Script

if TYPE_CHECKING:
    from pinsmith.renewal.scripts._script import Order

_REMARK: Final = """\
Arguments go to `step ca sign`, such as `--provisioner NAME --provisioner-password-file FILE`.
With an ACME provisioner of step-ca, the scripts for certbot, lego and acme.sh serve as well."""


def _write(order: Order) -> str:
    return f"""\
{order.head("step-ca", _REMARK, THIRD)}
folder=$(mktemp -d)
echo "the new certificate is in $folder"
step ca sign "$@" {shlex.quote(order.request)} "$folder/fullchain.pem"
{order.deploy('"$folder/fullchain.pem"')}
rm -r "$folder"
"""


SCRIPT: Final = Script(
    id="step-ca", title="step-ca", spec="https://smallstep.com/docs/step-cli/reference/ca/sign/", write=_write
)
