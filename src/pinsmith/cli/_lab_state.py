"""The options --state and --renew of the lab commands, and what is printed about the keys in the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pinsmith.cli import _clock, _output
from pinsmith.cli._command import PATH
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.pki.lab_pki import LabPKI
    from pinsmith.lab.state.validity import Origin

state_option = click.option(
    "--state",
    type=PATH,
    metavar="DIR",
    help="Keep keys and certificates in DIR, outside of every repository, so that the next start has the same ones.",
)
renew_option = click.option(
    "--renew", is_flag=True, help="Issue the certificates in DIR again, for another 30 days and the same keys."
)


def name_of(state: Path | None, name: str | None) -> str | None:
    """
    Return the name to serve: with *state* the domain of the lab, the only one that its authorities may certify.

    Raises:
        UsageError: If the user named another one.
    """
    from pinsmith.lab.pki.lab_pki import LAB_DOMAIN

    if state is None:
        return name
    if name not in {None, LAB_DOMAIN}:
        raise UsageError(
            f"--state keeps authorities for {LAB_DOMAIN} alone, so --name {name!r} cannot be served",
            hint="leave out one of them",
        )
    return LAB_DOMAIN


def lab_pki(state: Path | None, kind: KeyKind, *, renew: bool) -> LabPKI | None:
    """Read or make the keys of `lab serve`; return None without *state*. Errors are those of `lab_keys`."""
    if state is None:
        _require_no_renewal(renew=renew)
        return None
    from pinsmith.lab.state.lab_keys import lab_keys

    found = lab_keys(state, kind, renew=renew, now=_clock.now())
    _tell(found.path, found.origin, found.pki.root.ends, "build the app with their pins, and trust both roots")
    return found.pki


def rogue_authority(state: Path | None, *, renew: bool) -> Authority | None:
    """Read or make the authority of `lab proxy`; return None without *state*. Errors are those of `lab_keys`."""
    if state is None:
        _require_no_renewal(renew=renew)
        return None
    from pinsmith.lab.state import rogue_authority as kept

    found = kept.rogue_authority(state, renew=renew, now=_clock.now())
    _tell(found.path, found.origin, found.authority.ends, "install the certificate on the device")
    _output.warning(
        f"a person who gets {found.path} can pose as every host to devices that trust this authority, until "
        f"{found.authority.ends:%Y-%m-%d}; remove it from them afterwards"
    )
    return found.authority


def _require_no_renewal(*, renew: bool) -> None:
    if renew:
        raise UsageError("--renew needs --state", hint="name the directory with the certificates")


def _tell(path: Path, origin: Origin, ends: datetime, then: str) -> None:
    from pinsmith.lab.state.validity import warning_of

    if origin == "made":
        _output.note(f"made new keys in {path}; {then}")
    elif origin == "renewed":
        _output.note(f"renewed the certificates in {path}; the pins stay, and devices need the new ones")
    if warning := warning_of(path, ends, _clock.now()):
        _output.warning(warning)
