"""
Write every output listed in pins.toml, or report which are out of date.

All files are written, or none. If the command is killed while it writes, the next one restores the old files. Missing
directories are created. The changes are printed as a patch that `git apply` accepts. With --check, nothing is written,
and the exit code is 3 if a file is not what pins.toml demands. Use that in CI, where --format writes a report or
annotations; --print-ci prints the job.

`sync` records in pins.lock, beside pins.toml, what it wrote: commit that file. It does not overwrite a file with other
pins until these pins are in pins.toml, or you pass --drop-foreign. It does not write pins that have ended, or end
within 30 days or within the lead-time of the output, unless you pass --allow-ending.

A signed output names its key in the option signing-key. If that is a public key, pass the private key with
--signing-key or --signing-command when the output changes. --check needs only the public key.

It also reads pins.releases.toml, and warns if a release pins no key that the pin file pins. If the pins differ from
those of the newest release, a note reminds you to record the next release when it ships.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Literal, get_args

import click

from pinsmith.cli import _output
from pinsmith.cli._ci import System, job
from pinsmith.cli._command import Command, choice_option
from pinsmith.cli._editing import editing
from pinsmith.cli._formats import allow_ending_option, drop_foreign_option
from pinsmith.cli._options import file_option, find_pin_file, format_option
from pinsmith.cli._signing import signing_options
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.cli._signing import SigningKey

Output = Literal["text", "json", "junit", "github", "markdown"]
EXAMPLES: Final = (
    ("Write every output of pins.toml:", "pinsmith sync"),
    ("Fail if a file was edited by hand, as in CI:", "pinsmith sync --check"),
    ("The same, with annotations on GitHub:", "pinsmith sync --check --format github"),
    ("Print a CI job that does so:", "pinsmith sync --print-ci github"),
)


@click.command("sync", Command, help=__doc__, examples=EXAMPLES)
@file_option
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 if a file is out of date.")
@click.option("--outside", is_flag=True, help="Allow outputs outside the repository.")
@drop_foreign_option
@allow_ending_option
@signing_options
@format_option(*get_args(Output), help="How to print the result of --check.")
@choice_option("--print-ci", choices=get_args(System), help="Print a job that runs the check, and do nothing else.")
def sync(
    *,
    file: Path | None,
    check: bool,
    outside: bool,
    drop_foreign: bool,
    allow_ending: bool,
    signing: SigningKey,
    output: Output,
    print_ci: System | None,
) -> int:
    """Compare, and write the files unless --check is given."""
    if print_ci is not None:
        _output.text(job("sync", print_ci))
        return ExitCode.OK
    if output != "text" and not check:
        raise UsageError(f"--format {output} needs --check", hint="add --check, or leave out --format")
    from pinsmith import pinfile
    from pinsmith.cli import _clock
    from pinsmith.cli._formats import warn_of_lock, warn_of_losses
    from pinsmith.cli._sync_result import all_is_well, conclude, say_of_releases, show
    from pinsmith.pinfile.releases import Releases
    from pinsmith.sync import Consent, apply, compare, require_consent
    from pinsmith.sync.released import release_findings

    path = find_pin_file(file)
    consent = Consent(drop_foreign, allow_ending)
    with nullcontext() if check else editing(path):
        pin_file = pinfile.load_file(path)
        if not pin_file.outputs:
            _output.warning(f"{path} lists no outputs, so nothing was written: `pinsmith setup` adds them")
            if output == "text":
                return ExitCode.OK
        compared = compare(pin_file, path, outside=outside, now=_clock.now(), opener=signing.opener)
        about_releases = [*release_findings(pin_file.policy, Releases.beside(path), now=_clock.now())]
        if check:
            return conclude(compared, consent, output, about_releases)
        warn_of_lock(compared)
        require_consent(compared, consent)
        show(compared.needed)
        apply(compared, consent)
    for change in compared.changes:
        warn_of_losses(change.losses)
    for change in compared.needed:
        _output.note(f"wrote {change.name}")
    if not compared.needed:
        _output.success(all_is_well(compared))
    if compared.lock.is_needed:
        _output.note(f"recorded the pins in {compared.lock.name}; commit it with {path.name}")
    say_of_releases(about_releases if compared.needed else [])
    return ExitCode.OK
