"""Outputs are proposed for the projects that do not have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.pinfile import Output, load_file
from pinsmith.setup import Situation, Tree, find_projects, propose
from tests.setup.trees import ANDROID, IOS, NATIVE, PIN_FILE, REPOSITORIES, below, package, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW = datetime(2026, 6, 15, tzinfo=UTC)
TWO_TARGETS = {
    **IOS,
    "App.xcodeproj/project.pbxproj": IOS["App.xcodeproj/project.pbxproj"] + "INFOPLIST_FILE = Watch/Info.plist;\n",
    "Watch/Info.plist": IOS["App/Info.plist"],
}
NSC = "src/main/res/xml/network_security_config.xml"


def _states(files: Mapping[str, str], outputs: list[Output], folder: Path) -> dict[str, str]:
    write({**files, "pins.toml": PIN_FILE}, folder)
    situation = Situation(folder / "pins.toml", load_file(folder / "pins.toml").policy, (), NOW)
    proposals = propose(find_projects(Tree(folder)), outputs, situation, lambda project: project.ways[0])
    return {entry.output.path: entry.state for proposal in proposals for entry in proposal.outputs}


@pytest.mark.parametrize(
    ("files", "outputs", "states"),
    [
        (ANDROID, [], {f"app/{NSC}": "new"}),
        (ANDROID, [Output("android-nsc", f"./app/{NSC}")], {f"app/{NSC}": "present"}),
        (ANDROID, [Output("android-nsc", "app/src/main/res/xml/other.xml")], {f"app/{NSC}": "present"}),
        (ANDROID, [Output("okhttp-kotlin", "app/src/main/java/net/Pins.kt")],
         {"app/src/main/java/pins/Pins.kt": "present"}),
        (ANDROID, [Output("android-nsc", "elsewhere.xml")], {f"app/{NSC}": "new"}),
        (TWO_TARGETS, [Output("apple-ats", "App/Info.plist")],
         {"App/Info.plist": "present", "Watch/Info.plist": "new"}),
        ({"package.json": package("react", "react-native"), **NATIVE}, [Output("apple-ats", "ios/App/Info.plist")],
         {f"android/app/{NSC}": "new", "ios/App/Info.plist": "present"}),
        ({"go.mod": "module a\n", "b/go.mod": "module b\n"}, [Output("go", "b/internal/pins/pins.go")],
         {"internal/pins/pins.go": "new", "b/internal/pins/pins.go": "present"}),
        (below("a", ANDROID), [Output("csv", f"a/app/{NSC}")], {f"a/app/{NSC}": "refused"}),
    ],
    ids=[
        "none", "the same", "another path", "another way", "outside of the project", "one of two", "one of both",
        "that of an inner project", "another format with the same path",
    ],
)  # fmt: skip
def test_outputs_that_are_there_are_not_added_again(
    files: Mapping[str, str], outputs: list[Output], states: dict[str, str], tmp_path: Path
) -> None:
    """An output counts if it has the format, and lies in the project but not in a project inside of it."""
    assert _states(files, outputs, tmp_path) == states


@pytest.mark.parametrize(("way", "rules"), [(0, ["platform-not-covered"]), (1, [])], ids=["Android", "plugin"])
def test_a_way_that_does_not_cover_a_platform_says_so(way: int, rules: list[str], tmp_path: Path) -> None:
    """The finding about iOS belongs to the way that pins only Android."""
    REPOSITORIES["Cordova"].write(tmp_path)
    situation = Situation(tmp_path / "pins.toml", load_file(tmp_path / "pins.toml").policy, (), NOW)
    (proposal,) = propose(find_projects(Tree(tmp_path)), (), situation, lambda project: project.ways[way])
    assert [finding.rule for finding in proposal.findings] == rules


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("[[host]]", "[[host]]\nexpires = 2026-06-20"), "the pins for app/"),
        (('keys = ["api-2026", "api-standby"]', 'mode = "off"'), "not added"),
        (('algorithm = "EC P-256"', 'algorithm = "Ed25519"'), "Ed25519"),
    ],
    ids=["pins that end soon", "nothing to pin", "keys that Android refuses"],
)
def test_an_output_that_sync_would_refuse_is_refused(change: tuple[str, str], text: str, tmp_path: Path) -> None:
    """The findings say why, in the words of sync."""
    write({**ANDROID, "pins.toml": PIN_FILE.replace(*change)}, tmp_path)
    situation = Situation(tmp_path / "pins.toml", load_file(tmp_path / "pins.toml").policy, (), NOW)
    (proposal,) = propose(find_projects(Tree(tmp_path)), (), situation, lambda project: project.ways[0])
    (entry,) = proposal.outputs
    assert entry.state == "refused"
    assert text in " ".join(finding.text for finding in entry.findings)
