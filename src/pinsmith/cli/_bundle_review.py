"""The changes of a proposal in words, and the reasons not to sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.cli import _options, _output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pinsmith.cli._bundle import Opened
    from pinsmith.updates.content import Content
    from pinsmith.updates.refusal import Refusal


def proposed_content(opened: Opened, now: datetime, days: int, *, renew: bool) -> Content | None:
    """Return the proposed policy, which is that of the pin file if there is no proposal; None if only a root is."""
    from pinsmith.updates.content import Content, as_signed, write_content
    from pinsmith.updates.proposal import propose_targets

    proposed = opened.proposed()
    recorded = as_signed(opened.pin_file.policy)
    if proposed is not None and not renew:
        if proposed.policy != recorded:
            _output.warning(
                f"the proposal is not what {opened.path} says now; --renew proposes the pin file instead, without the "
                "signatures that are there"
            )
        return proposed
    base = proposed or opened.published()
    kept = () if base is None else tuple(one for one in base.suspensions if now < one.until)
    content = Content(recorded, kept)
    propose_targets(opened.directory, write_content(content), now=now, days=days)
    return content


def show_keys(opened: Opened) -> None:
    """Print whose keys count from now on, if that is proposed."""
    from pinsmith.updates.root import key_differences, require_usual

    proposed, published = opened.directory.proposed_root(), opened.directory.root()
    if proposed is not None:
        require_usual(proposed.signed)
        _output.result(*key_differences(None if published is None else published.signed, proposed.signed))


def show(opened: Opened, content: Content, now: datetime) -> None:
    """Print what the proposal changes, and until when clients use it."""
    from pinsmith.updates.difference import differences

    targets = opened.directory.proposed_targets()
    assert targets is not None  # noqa: S101 - it was read just now
    lines = list(differences(opened.published(), content, now))
    _output.result(*(lines or ["no pin changes"]))
    _output.result(f"clients use it until {targets.signed.expires:%Y-%m-%d %H:%M} UTC")


def refusals_of(opened: Opened, content: Content, now: datetime, given_up: tuple[str, ...]) -> list[Refusal]:
    """List why the proposal may not be signed, without asking any host."""
    from pinsmith.pinfile.releases import Releases
    from pinsmith.updates.review import review

    releases = [release for release in Releases.beside(opened.path).alive(now) if release.updates]
    if not releases:
        _output.warning(
            "no release that reads updates is recorded, so this was not compared with what programs were built with; "
            "record them with `pinsmith release add --updates`"
        )
    return review(
        content,
        opened.published(),
        earlier=opened.earlier(now),
        recorded=opened.pin_file.policy,
        releases=releases,
        update_hosts=opened.update_hosts,
        given_up=given_up,
        now=now,
    )


def live_refusals_of(
    opened: Opened, content: Content, now: datetime, cafile: Path | None, timeout: float
) -> Iterator[Refusal]:
    """Ask the live hosts, and yield those that clients would lose."""
    from pinsmith.checks.live import check_outcome
    from pinsmith.probe.survey import survey_each
    from pinsmith.probe.target import policy_targets
    from pinsmith.updates.review import live_refusals

    enforced = [entry.host for entry in content.policy if entry.mode == "enforce"]
    targets = policy_targets(opened.pin_file.policy, enforced, folder=opened.path.parent) if enforced else []
    with _output.progress(len(targets), "asking hosts") as tick:
        checks = []
        for _, outcomes in survey_each(targets, trust=_options.trust_of(cafile), timeout_seconds=timeout):
            checks += [check_outcome(content.policy, outcome, now=now) for outcome in outcomes]
            tick()
    yield from live_refusals(content, checks, now)
