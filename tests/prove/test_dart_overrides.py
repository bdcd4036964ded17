"""An app that makes all its clients through `HttpOverrides` gets pinned clients, without endless recursion."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pinsmith.formats.code.dart_io import OVERRIDES
from pinsmith.lab.client import CommandClient
from pinsmith.lab.scenarios import leaf_pin, wrong_key
from pinsmith.lab.trial import try_client
from tests.prove import dart_vm
from tests.prove.subject import PROGRAMS
from tests.prove.variant import PKIS, variants_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.trial import Trial

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile an app with the pins of the lab."""
    folder = tmp_path_factory.mktemp("overrides")
    (variant,) = variants_of([(leaf_pin.SCENARIO, "ec-p256")])
    variant.write(folder, "pins.dart", "dart-io")
    shutil.copy(PROGRAMS / "dart" / "client.dart", folder)
    code = (PROGRAMS / "dart" / "overrides.dart").read_text("utf-8")
    (folder / "overrides.dart").write_text(f"{code}\n{OVERRIDES}", "utf-8")
    return dart_vm.compile_dart(folder / "overrides.dart")


@pytest.mark.parametrize("way", ["global", "zone", "wrapped"])
def test_clients_made_by_overrides_pin(program: Path, way: str) -> None:
    """Inside `createHttpClient`, the generated function makes Dart's own client without calling an override again."""

    def tried(scenario: Scenario) -> Trial:
        client = CommandClient(
            (str(dart_vm.find()), str(program), "{url}", "{cafile}", way), timeout_seconds=60, shows_output=True
        )
        return try_client(client, scenario, PKIS.of("ec-p256"))

    good, rogue = tried(leaf_pin.SCENARIO), tried(wrong_key.SCENARIO)
    assert good.verdict == "pass", good.reason
    assert (rogue.verdict, rogue.bytes_received) == ("pass", 0), rogue.reason


@pytest.mark.parametrize("is_debug", [True, False], ids=["debug", "release"])
def test_only_a_debug_build_is_unpinned(tmp_path: Path, is_debug: bool) -> None:  # noqa: FBT001 - a case
    """With the option for debug builds, a rogue gets a request where Flutter says so, and nothing elsewhere."""
    (variant,) = variants_of([(leaf_pin.SCENARIO, "ec-p256")])
    variant.write(tmp_path, "pins.dart", "dart-io", {"unpinned-debug-builds": True})
    shutil.copy(PROGRAMS / "dart" / "client.dart", tmp_path)
    (tmp_path / "main.dart").write_text(
        "import 'client.dart';\nimport 'pins.dart';\n\n"
        "Future<void> main(List<String> words) => ask(words[0], words[1], pinnedHttpClient);\n"
    )
    flutter = tmp_path / "flutter"
    flutter.mkdir()
    (flutter / "foundation.dart").write_text(f"const bool kDebugMode = {str(is_debug).lower()};\n")
    made = dart_vm.compile_dart(tmp_path / "main.dart", flutter=flutter)
    client = CommandClient((str(dart_vm.find()), str(made), "{url}", "{cafile}"), timeout_seconds=60)
    rogue = try_client(client, wrong_key.SCENARIO, PKIS.of("ec-p256"))
    assert rogue.verdict == ("accepts-a-rogue" if is_debug else "pass"), rogue.reason
