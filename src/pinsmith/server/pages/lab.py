"""The results of the lab: which clients pin, and which do not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from pinsmith.documents.lab_report import EXPECTED
from pinsmith.lab.verdict import WORDS
from pinsmith.server.lab_results import LabResult, read_results
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.documents.lab_run import RunDocument
    from pinsmith.server.site import Site

PATH: Final = "/lab"
_TONES: Final = {"pass": "good", "skipped": "faint", "unproven": "warn"}


def routes(site: Site) -> list[Route]:
    """Return the page of the lab; none if the settings name no result."""

    async def results(request: Request) -> Response:
        found = await asyncio.to_thread(read_results, site.lab)
        return page(
            request,
            "lab",
            results=[(result, *_conclusion(result)) for result in found],
            words=WORDS,
            verdict_tones=_TONES,
            expected=EXPECTED,
        )

    return [Route(PATH, results)] if site.lab else []


def _conclusion(result: LabResult) -> tuple[str, str]:
    """Return a sentence about a result, and its tone."""
    if result.run is None:
        return f"The result cannot be used: {result.problem}.", "warn"
    tried = [trial for trial in result.run.scenarios if trial.verdict != "skipped"]
    failed = sum(trial.verdict != "pass" for trial in tried)
    if failed:
        return f"The client failed {failed} of {len(tried)} trials.", "bad"
    if not _is_proof(result.run):
        return "Nothing is proven: a client must accept a good server and refuse a rogue.", "warn"
    return f"The client passed all {len(tried)} trials.", "good"


def _is_proof(run: RunDocument) -> bool:
    passed = {trial.expected for trial in run.scenarios if trial.verdict == "pass"}
    return run.ok and "accept" in passed and bool(passed - {"accept"})
