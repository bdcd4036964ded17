"""The document in a folder of test vectors: what each state is, and what a client must make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from pinsmith.documents.document import Versioned
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from pinsmith.lab.updates.vector import Vector
    from pinsmith.lab.updates.writing import Written


class StateOut(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the web host, and the result of a refresh there. A client sees the states in order."""

    folder: Annotated[str, Meta(description="Its folder, below that of this document; contains metadata and targets.")]
    accepted: Annotated[bool, Meta(description="Whether a client must accept it.")]
    policy_version: Annotated[
        int | None, Meta(description="The version of the policy in force afterwards; null for that of floor.toml.")
    ]
    code: Annotated[str | None, Meta(description="The code of the error of pinsmith's own client.")]
    reasons: Annotated[list[str], Meta(description="The reasons, if pinsmith's rules refuse a signed policy.")]


class VectorOut(msgspec.Struct, frozen=True, kw_only=True):
    """One test vector. A client begins it without a cache."""

    id: str
    title: str
    layer: Annotated[
        str,
        Meta(description="`tuf` if it is about The Update Framework, `policy` if only pinsmith's rules refuse it."),
    ]
    description: str
    states: list[StateOut]


class VectorsDocument(Versioned, frozen=True, kw_only=True):
    """``vectors.json`` in the folder that ``pinsmith lab serve --updates FOLDER`` writes."""

    address: Annotated[str, Meta(description="The URL of the folder.")]
    made: str
    until: Annotated[str, Meta(description="When all of it expires, so that it can be used no more.")]
    floor: Annotated[str, Meta(description="The pin file that a client is built with.")]
    root: Annotated[str, Meta(description="The root that a client is built with.")]
    vectors: list[VectorOut]


def vectors_document(written: Written, *, floor: str, root: str) -> VectorsDocument:
    """Describe what was written; *floor* and *root* are the names of these files."""
    return VectorsDocument(
        address=written.address,
        made=moment_text(written.made),
        until=moment_text(written.until),
        floor=floor,
        root=root,
        vectors=[_vector(vector) for vector in written.vectors],
    )


def _vector(vector: Vector) -> VectorOut:
    return VectorOut(
        id=vector.id,
        title=vector.title,
        layer=vector.layer,
        description=vector.description,
        states=[
            StateOut(
                folder=f"{vector.id}/{number}/",
                accepted=outcome.code is None,
                policy_version=outcome.version,
                code=outcome.code,
                reasons=list(outcome.reasons),
            )
            for number, outcome in enumerate(vector.outcomes, 1)
        ],
    )
