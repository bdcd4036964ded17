"""List the releases that users have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from pinsmith.documents.releases import ReleasesDocument, releases_document
from pinsmith.mcp.tool import Arguments, Outcome, Tool
from pinsmith.pinfile.releases import Releases

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope

_PAGE: Final = 25


class ReleasesArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    first: Annotated[int, Meta(ge=1, description="The position of the first release to list, from 1.")] = 1


def _run(scope: Scope, arguments: ReleasesArguments) -> Outcome:
    releases = Releases.beside(scope.pin_file).releases
    page = releases[arguments.first - 1 :][:_PAGE]
    next_one = arguments.first + len(page)
    more = len(releases) - next_one + 1
    left_out = (f"releases: {more} more; pass first = {next_one}",) if page and more > 0 else ()
    return Outcome(releases_document(page), left_out)


TOOL = Tool(
    id="list-releases",
    title="List the releases that users have",
    description=(
        "Lists the recorded versions of apps: the pins that each of them enforces for each host, its share of users in "
        "percent, and the day on which it ended. A release that has not ended is in use. It connects to nothing: "
        "check_policy finds the releases that are locked out now, or would be by a certificate. 25 in one call."
    ),
    arguments=ReleasesArguments,
    document=ReleasesDocument,
    connects=False,
    run=_run,
)
