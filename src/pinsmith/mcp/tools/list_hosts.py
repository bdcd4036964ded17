"""List the hosts of the pin file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from msgspec import Meta

from pinsmith.documents.hosts import HostsDocument, hosts_document
from pinsmith.mcp.tool import Arguments, Outcome, Tool

if TYPE_CHECKING:
    from pinsmith.mcp.scope import Scope

_PAGE: Final = 25


class ListArguments(Arguments, frozen=True, kw_only=True):
    """The arguments of the tool."""

    first: Annotated[int, Meta(ge=1, description="The position of the first host to list, from 1.")] = 1


def _run(scope: Scope, arguments: ListArguments) -> Outcome:
    entries = scope.load().policy.hosts
    page = entries[arguments.first - 1 :][:_PAGE]
    next_one = arguments.first + len(page)
    more = len(entries) - next_one + 1
    left_out = (f"hosts: {more} more; pass first = {next_one}",) if page and more > 0 else ()
    return Outcome(hosts_document(page, total=len(entries), now=scope.clock()), left_out)


TOOL = Tool(
    id="list-hosts",
    title="List the hosts of the pin file",
    description=(
        "Lists the hosts of the pin file with their keys, the day on which their pins expire, and the last day of each "
        "certificate as the file records it. It connects to nothing: check_policy returns the certificates that are "
        "served now. 25 hosts in one call."
    ),
    arguments=ListArguments,
    document=HostsDocument,
    connects=False,
    run=_run,
)
