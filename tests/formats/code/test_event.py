"""The event in generated code is that of `pinsmith.reports.event`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest

from pinsmith.formats import LOSSES, export, find
from pinsmith.reports import _report
from pinsmith.reports.event import EventBody
from tests.formats.policy import FULL, PLAIN

if TYPE_CHECKING:
    from pinsmith.policy import Policy

FIELDS = ["pinsmith-event", "host", "time", "reason", "enforced", "served-pins", "known-pins"]


@pytest.mark.parametrize("policy", [PLAIN, replace(FULL, require_pins=True)], ids=["plain", "full"])
@pytest.mark.parametrize(
    "name",
    ["okhttp-java", "okhttp-kotlin", "urlsession-swift", "alamofire-swift", "dart-io", "node-https", "grpc-node"],
)
def test_a_mismatch_has_the_fields_of_the_event(name: str, policy: Policy) -> None:
    """Generated code names the fields and the reasons that the intake knows, and the version."""
    text = export(policy, find(name), options={"accept-loss": tuple(LOSSES)}).text
    event = text[text.index("pinsmith-event") - 1 : text.index("known-pins") + 15]
    found = re.findall(r"^\W*(?:event\.put\(\")?([a-z-]+)['\"]?(?:,|:| to) ", event, re.MULTILINE)
    assert found == FIELDS
    assert set(found) <= {field.encode_name for field in msgspec.structs.fields(EventBody)}
    assert set(re.findall(r"['\"](no-pinned-key|client-error)['\"]", event)) <= set(get_args(_report.Reason))
    assert re.search(r"pinsmith-event['\"](,|:| to) 1\b", event)
