"""Options and output that the commands of a bundle share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from pinsmith.cli import _clock, _options, _output
from pinsmith.cli._command import PATH, number
from pinsmith.errors import UsageError
from pinsmith.updates.published import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from securesystemslib.signer import SSlibKey

    from pinsmith.cli._command import Declared
    from pinsmith.pinfile import PinFile
    from pinsmith.policy import Policy
    from pinsmith.updates.content import Content
    from pinsmith.updates.directory import Directory
    from pinsmith.updates.suspension import Suspension

bundle_option: Final = click.option(
    "--bundle", type=PATH, metavar="FOLDER", help="The bundle. Default: the folder `bundle` beside the pin file."
)


def days_option(least: int, most: int, default: int, help: str) -> Callable[[Declared], Declared]:  # noqa: A002 - as in click
    """Declare --days."""
    return click.option(
        "--days", type=number(int, least, most), default=default, show_default=True, metavar="DAYS", help=help
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """The pin file and its bundle."""

    path: Path
    pin_file: PinFile
    directory: Directory

    @property
    def update_hosts(self) -> tuple[str, ...]:
        """The hosts that programs get the bundle from."""
        updates = self.pin_file.updates
        return () if updates is None else tuple(urlsplit(url).hostname or "" for url in updates.addresses)

    def published(self) -> Content | None:
        """
        Read what clients have; None if nothing was published.

        Raises:
            BundleError: If it cannot be read.
        """
        from pinsmith.updates.content import read_content

        targets = self.directory.targets_metadata()
        return None if targets is None else read_content(targets.signed, self.directory.target)

    def earlier(self, now: datetime) -> dict[int, Policy]:
        """
        Read the published policies before the newest one that have not expired at *now*, by version.

        Raises:
            BundleError: If one of them cannot be read.
        """
        from pinsmith.updates.content import read_content

        return {
            targets.signed.version: read_content(targets.signed, self.directory.target).policy
            for targets in self.directory.earlier_targets()
            if not targets.signed.is_expired(now)
        }

    def proposed(self) -> Content | None:
        """
        Read what is proposed; None if no policy is.

        Raises:
            BundleError: If it cannot be read.
        """
        from pinsmith.updates.content import read_content

        targets = self.directory.proposed_targets()
        return None if targets is None else read_content(targets.signed, self.directory.proposed_target)


def open_bundle(file: Path | None, folder: Path | None) -> Opened:
    """
    Open the bundle of a pin file. It need not exist yet.

    Raises:
        FileError: If the pin file cannot be read.
        ParseError: If it is not one.
        UsageError: If an extra is missing.
    """
    from pinsmith import pinfile

    path = _options.find_pin_file(file)
    require_extra()
    from pinsmith.updates.directory import Directory

    return Opened(path, pinfile.load_file(path), Directory(folder or path.parent / FOLDER))


def require_extra() -> None:
    """
    Raise if python-tuf is not installed.

    Raises:
        UsageError: If it is not.
    """
    try:
        import tuf.ngclient  # noqa: F401 - only to see whether it is there
    except ImportError as error:
        raise UsageError(f"bundles need {error.name}", hint="pip install 'pinsmith[updates]'") from error


def read_keys(texts: Iterable[str]) -> list[SSlibKey]:
    """
    Read public keys, each as ``NAME=FILE``.

    Raises:
        FileError: If a file cannot be read.
        SigningError: If it is not a public key.
        UsageError: If a text has another form.
    """
    found = []
    for text in texts:
        name, sign, file = text.partition("=")
        if not (name and sign and file):
            raise UsageError(f"--key {text!r} is not NAME=FILE", hint="write --key ada=ada.pub")
        found.append(read_key(name, Path(file)))
    return found


def read_key(name: str, file: Path) -> SSlibKey:
    """Read the public key in *file*, with the name of its owner; the errors are those of `read_keys`."""
    from pinsmith import files
    from pinsmith.updates.signing import read_public_key

    return read_public_key(files.read(file, most_bytes=64 * 1024), name)


def tell_progress(directory: Directory) -> None:
    """Print how many signatures each proposal needs, and of whom."""
    from pinsmith.updates.proposal import more_people, progress

    ready = True
    for state in progress(directory):
        signed = f"signed by {', '.join(state.signed_by)}" if state.signed_by else "not signed yet"
        if state.missing:
            ready = False
            more = f"{more_people(state.missing)} of {', '.join(state.may_sign)}"
            _output.note(f"{state.role} version {state.version} is {signed}; it needs {more}")
        else:
            _output.note(f"{state.role} version {state.version} is {signed}")
    if ready:
        _output.success("enough people have signed; `pinsmith bundle publish` publishes it")


def latest(opened: Opened) -> Content:
    """
    Read what is proposed, or else what is published.

    Raises:
        BundleError: If there is neither.
    """
    from pinsmith.errors.updates import BundleError

    content = opened.proposed() or opened.published()
    if content is None:
        raise BundleError(f"{opened.directory.path} has no policy yet", hint="propose one with `pinsmith bundle sign`")
    return content


def propose_suspensions(opened: Opened, content: Content, host: str, suspension: Suspension | None) -> None:
    """Propose *content* with this suspension of *host*, in place of an earlier one; None for no suspension."""
    from pinsmith.updates.content import Content, write_content
    from pinsmith.updates.proposal import propose_targets

    now = _clock.now()
    others = (one for one in content.suspensions if one.host != host and now < one.until)
    changed = Content(content.policy, (*others, *([suspension] if suspension else [])))
    propose_targets(opened.directory, write_content(changed), now=now)
