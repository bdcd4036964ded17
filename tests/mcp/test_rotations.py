"""Rotations and releases as an agent sees them: read-only, and only with connections to hosts of the pin file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import UsageError
from pinsmith.mcp.answer import answer
from pinsmith.mcp.scope import Scope
from pinsmith.mcp.tools import check_policy, list_releases, rotation_status
from pinsmith.pin import Pin
from pinsmith.pinfile.releases import Releases
from pinsmith.release import Release, ReleasedHost
from pinsmith.rotation.journal import Journal
from tests.mcp.conftest import HOST, NOW

if TYPE_CHECKING:
    from typing import Any

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.mcp.tool import Tool
    from tests.mcp.conftest import Project


def _call(project: Project, tool: Tool[Any], **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as clients pass them
    scope = Scope(project.pin_file, timeout_seconds=30.0, clock=lambda: NOW)
    return answer(tool.call(scope, arguments))


def _record(project: Project, version: str, share: float, pin: str) -> None:
    releases = Releases.beside(project.pin_file)
    releases.add(Release("android", version, (ReleasedHost(HOST, {"api": Pin.parse(pin)}),), share=share))
    releases.save()


def test_an_open_rotation_is_shown_with_its_guards_and_its_plan(project: Project, api: RecordingServer) -> None:
    """The host is asked what it presents; what blocks the move says whom it hurts and what satisfies it."""
    project.write(port=api.port)
    assert _call(project, rotation_status.TOOL)["left_out"] == [
        "no rotation is open; pass hosts to see what the next one of a host needs"
    ]
    facts = {"from": project.identity.pin, "to": project.spare.pin}
    Journal.beside(project.pin_file).append("rotation-pinned", NOW, key="spare", host=HOST, facts=facts)
    _record(project, "3.9", 2.1, project.identity.pin)
    before = {path: path.read_bytes() for path in project.folder.iterdir()}
    found = _call(project, rotation_status.TOOL)["result"]
    ((rotation,), (plan,)) = found["rotations"], found["plans"]
    assert (rotation["host"], rotation["move"], rotation["new"]) == (HOST, "certify", "spare")
    guards = {guard["name"]: guard for guard in rotation["guards"]}
    assert guards["way-back"]["holds"] is True  # only a connection shows it
    assert guards["releases"]["hurt"] == ["android 3.9 (2.1% of users)"]
    assert "pinsmith key prove spare" in guards["possession"]["fix"]
    assert {step["name"]: step["due"] for step in plan["steps"]}["switch"] == "2085-12-18T00:00:00Z"
    assert {path: path.read_bytes() for path in project.folder.iterdir()} == before


def test_a_host_outside_the_pin_file_is_not_asked(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is connected to, and the answer says why there is no rotation."""
    monkeypatch.setattr(Scope, "survey", lambda *_: 1 / 0)
    found = _call(project, rotation_status.TOOL, hosts=["shop.example.org"])
    assert found["result"]["rotations"] == []
    (reason,) = found["left_out"]
    assert reason.startswith("shop.example.org: shop.example.org is not pinned")


def test_a_certificate_shows_whom_it_would_lock_out(
    project: Project, root: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Releases are listed with their shares, and a certificate is compared with them and connects to nothing."""
    _record(project, "3.9", 2.1, project.identity.pin)
    (listed,) = _call(project, list_releases.TOOL)["result"]["releases"]
    assert (listed["version"], listed["share"]) == ("3.9", 2.1)
    (project.folder / "new.pem").write_text(root.issue(HOST, key=project.spare.key).pem)
    monkeypatch.setattr(Scope, "survey", lambda *_: 1 / 0)
    (host,) = _call(project, check_policy.TOOL, certificate="new.pem")["result"]["hosts"]
    assert host["cohorts"][0]["outcome"] == "locked-out"
    (project.folder.parent / "elsewhere" / "new.pem").write_text("x")
    with pytest.raises(UsageError, match="is not below the folder"):
        _call(project, check_policy.TOOL, certificate="../elsewhere/new.pem")
