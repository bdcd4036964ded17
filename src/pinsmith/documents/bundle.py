"""The document of ``pinsmith bundle show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from tuf.api.metadata import Root

    from pinsmith.updates.content import Content
    from pinsmith.updates.directory import Directory


class SignerOut(msgspec.Struct, frozen=True, kw_only=True):
    """A key by the name of its owner. ``key_id`` is that of TUF."""

    name: str
    key_id: str
    scheme: str


class RootOut(msgspec.Struct, frozen=True, kw_only=True):
    """The published root. ``threshold`` is how many of the offline keys must sign a policy."""

    root_version: int
    expires: str
    threshold: int
    offline: list[SignerOut]
    online: list[SignerOut]


class SuspensionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A suspension; it is in force from ``since`` to ``until``."""

    host: str
    since: str
    until: str
    reason: str


class PolicyOut(msgspec.Struct, frozen=True, kw_only=True):
    """The published policy. ``fresh_until`` is null if its freshness was never signed."""

    policy_version: int
    expires: str
    fresh_until: str | None
    hosts: list[str]
    suspensions: list[SuspensionOut]


class ProposalOut(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal: ``role`` is root or targets, and ``missing`` the number of signatures that it still needs."""

    role: str
    role_version: int
    signed_by: list[str]
    may_sign: list[str]
    missing: int


class BundleDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith bundle show --format json``. ``root`` and ``policy`` are null until they are published."""

    root: RootOut | None
    policy: PolicyOut | None
    proposals: list[ProposalOut]


def bundle_document(directory: Directory, published: Content | None) -> BundleDocument:
    """Describe a bundle, and what is *published* in it."""
    from pinsmith.updates.proposal import has_proposal, progress

    root = directory.root()
    return BundleDocument(
        root=None if root is None else _root(root.signed),
        policy=None if published is None else _policy(directory, published),
        proposals=[
            ProposalOut(
                role=state.role,
                role_version=state.version,
                signed_by=list(state.signed_by),
                may_sign=list(state.may_sign),
                missing=state.missing,
            )
            for state in (progress(directory) if has_proposal(directory) else [])
        ],
    )


def _root(root: Root) -> RootOut:
    from pinsmith.updates.signing import name_of

    def signers(role: str) -> list[SignerOut]:
        keys = [root.keys[keyid] for keyid in root.roles[role].keyids]
        return sorted(
            (SignerOut(name=name_of(key), key_id=key.keyid, scheme=key.scheme) for key in keys),
            key=lambda signer: signer.name,
        )

    return RootOut(
        root_version=root.version,
        expires=moment_text(root.expires),
        threshold=root.roles["targets"].threshold,
        offline=signers("targets"),
        online=signers("timestamp"),
    )


def _policy(directory: Directory, content: Content) -> PolicyOut:
    targets, timestamp = directory.targets_metadata(), directory.timestamp()
    assert targets is not None  # noqa: S101 - its content was read
    return PolicyOut(
        policy_version=targets.signed.version,
        expires=moment_text(targets.signed.expires),
        fresh_until=None if timestamp is None else moment_text(timestamp.signed.expires),
        hosts=[entry.host for entry in content.policy],
        suspensions=[
            SuspensionOut(
                host=suspension.host,
                since=moment_text(suspension.since),
                until=moment_text(suspension.until),
                reason=suspension.reason,
            )
            for suspension in content.suspensions
        ],
    )
