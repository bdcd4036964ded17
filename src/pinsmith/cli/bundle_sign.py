"""
Show what a proposal changes, and sign it.

Without a proposal, the policy of the pin file is proposed. Without a key, it is only shown: put the folder into a pull
request, so that others can read it. With a key, it is signed after all of this was checked:

- it keeps two pins for each host, and a pin of the policy that clients have now
- live hosts present a key that it pins; --offline asks none of them
- no release that is in use would refuse it, nor a client with an earlier policy that has not expired
- no client could be cut off from the next update
- every key in it is in the pin file, and none is compromised

Nothing that is refused is signed. --give-up and --leave-behind name what may be lost all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _bundle, _bundle_review, _clock, _complete_pin_file, _custody, _options
from pinsmith.cli._command import Command
from pinsmith.cli._editing import editing
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Propose the pin file, and look at what it changes:", "pinsmith bundle sign"),
    ("Sign it with a key in a file:", "pinsmith bundle sign ada.key"),
    ("Sign it with a key in a token:", "pinsmith bundle sign 'pkcs11:token=ada;object=bundle'"),
)


@click.command("sign", Command, help=__doc__, examples=EXAMPLES)
@_custody.reference_options()
@_bundle.bundle_option
@_options.file_option
@_options.cafile_option
@click.option("--renew", is_flag=True, help="Propose the pin file again; signatures of the proposal are lost.")
@_bundle.days_option(1, 366, 90, "After how many days clients stop to use a new proposal.")
@click.option("--offline", is_flag=True, help="Ask no live host whether it presents a pinned key.")
@click.option(
    "--give-up",
    "given_up",
    multiple=True,
    metavar="HOST",
    shell_complete=_complete_pin_file.hosts,
    help="This host may lose protection; may be repeated.",
)
@click.option(
    "--leave-behind",
    "left_behind",
    multiple=True,
    metavar="RELEASE",
    help="Clients of this release, such as 'android 4.1', or of 'policy 3', may keep the policy they have.",
)
def bundle_sign(
    *,
    reference: _custody.Reference,
    bundle: Path | None,
    file: Path | None,
    cafile: Path | None,
    renew: bool,
    days: int,
    offline: bool,
    given_up: tuple[str, ...],
    left_behind: tuple[str, ...],
) -> int:
    """Propose, show, check and sign."""
    opened = _bundle.open_bundle(file, bundle)
    opened.directory.require_exists()
    from pinsmith.errors.updates import RefusedUpdateError
    from pinsmith.host import canonical_host
    from pinsmith.updates.proposal import require_plain, sign
    from pinsmith.updates.signing import signer_of

    now = _clock.now()
    with editing(opened.path):
        content = _bundle_review.proposed_content(opened, now, days, renew=renew)
        require_plain(opened.directory, now)
        _bundle_review.show_keys(opened)
        if content is not None:
            _bundle_review.show(opened, content, now)
            found = _bundle_review.refusals_of(opened, content, now, tuple(map(canonical_host, given_up)))
            found = [refusal for refusal in found if refusal.release not in left_behind or not refusal.release]
            if not offline and not found:
                found += _bundle_review.live_refusals_of(opened, content, now, cafile, reference.timeout)
            if found:
                raise RefusedUpdateError(found)
        if reference.is_given:
            sign(opened.directory, signer_of(reference.open()))
            reference.warn(opened.path)
        _bundle.tell_progress(opened.directory)
    return ExitCode.OK
