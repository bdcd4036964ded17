"""Fixtures: the packages, installed once for all tests, and projects that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.extended.plugins.node import Packages, Project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Install the packages."""
    return Packages.install(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def new_project(packages: Packages, tmp_path: Path) -> Callable[[], Project]:
    """Return a function that makes a project in a folder of its own."""
    made: list[Project] = []

    def make() -> Project:
        folder = tmp_path / f"project-{len(made)}"
        folder.mkdir()
        made.append(Project(folder, packages))
        return made[-1]

    return make
