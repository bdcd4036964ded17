"""Fixtures: a browser, axe-core, and a service with a history."""

from __future__ import annotations

import importlib
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.extended.browser.scene import Scene
from tests.extended.browser.visit import Visitor
from tests.extended.program import find
from tests.service.demo import until
from tests.service.process import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
_INSTALL_SECONDS = 240.0


@pytest.fixture(scope="package")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Start the hosts, and record their past."""
    with Scene(tmp_path_factory.mktemp("service")) as scene:
        yield scene


@pytest.fixture(scope="package")
def service(scene: Scene) -> Iterator[ServiceProcess]:
    """Run the service, and send it reports."""
    with ServiceProcess(scene.folder) as running:
        for report in scene.reports():
            running.post("/reports", report)
        until("the reports are classified", lambda: len(running.classes()) == len(running.groups()))
        yield running


@pytest.fixture(scope="package")
def closed_service(scene: Scene) -> Iterator[ServiceProcess]:
    """Run the service so that people must log in."""
    with ServiceProcess(scene.folder, settings="closed.toml", database="closed.db") as running:
        yield running


# Of one file: playwright keeps a loop running in this thread, so tests of other folders could not run theirs.
@pytest.fixture(scope="module")
def browser(service: ServiceProcess, closed_service: ServiceProcess) -> Iterator[Browser]:
    """Start the browser when everything else runs."""
    # Imported here, because `make test` collects this folder and does not install it.
    with importlib.import_module("playwright.sync_api").sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find("chromium", "chromium"), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Install axe-core in the locked version; return its script."""
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy2(Path(__file__).parent / name, folder / name)
    subprocess.run([find("npm", "npm"), *_INSTALL], cwd=folder, timeout=_INSTALL_SECONDS, check=True)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture
def visitor(browser: Browser, service: ServiceProcess) -> Iterator[Visitor]:
    """Return somebody who visits the service, and note what goes wrong in the browser."""
    visitor = Visitor(browser, service.url)
    yield visitor
    visitor.leave()
