"""Print how a host was reached, if not by DNS and the authorities of the system."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.checks.via import via_of
from pinsmith.cli import _output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinsmith.policy import Policy
    from pinsmith.probe import Fetched, Target


def warn_if_inspected(fetched: Fetched) -> None:
    """Warn if a proxy may have replaced the certificate of *fetched*."""
    if fetched.inspected:
        _output.warning(
            f"{fetched.target} is inspected: its chain ends in a private root, so the proxy "
            f"{fetched.target.proxy} may have replaced the certificate"
        )


def report(
    policy: Policy, targets: Iterable[Target], connect: str | None, *, say: Callable[[str], None] = _output.note
) -> None:
    """
    Print how each of *targets* was reached, if ``connect`` or ``cafile`` of its entry decided that.

    Args:
        policy: As for `via_of`.

        targets: As for `via_of`.

        connect: As in ``--connect``, which goes before the entry.

        say: Prints a note or a warning.
    """
    for target in targets:
        of_entry = replace(target, proxy=None)
        if connect is not None:
            of_entry = replace(of_entry, address=None, connect_port=None)
        if via := via_of(policy, of_entry, None):
            say(
                f"{target.host} was reached via {via}, as the pin file says, and clients may meet another server: "
                f"compare with `pinsmith check --public {target.host}`"
            )
