"""The table of clients agrees with the folder, the tests and the docs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from unittest.mock import Mock

import pytest

import pinsmith
from docs.generate.clients import PAGE, page
from pinsmith import clients
from pinsmith.clients import CLIENTS, Client, find, require_supported
from pinsmith.clients._needs import needs
from pinsmith.errors import UnsafeContextError

FOLDER = Path(clients.__file__).parent
HELPERS = sorted({client.helper for client in CLIENTS if client.helper})


def test_ids_are_unique() -> None:
    """Each client is listed once."""
    ids = [client.id for client in CLIENTS]
    assert len(ids) == len(set(ids))


def test_every_helper_is_in_the_table() -> None:
    """The table lists every helper; otherwise users would not find it."""
    assert sorted(path.stem for path in FOLDER.glob("[!_]*.py")) == HELPERS


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.id)
def test_a_client_has_code_or_an_alternative(client: Client) -> None:
    """A client that can be pinned has the code for that, and any other client has an alternative."""
    assert bool(client.use) != bool(client.instead)
    assert client.supported == bool(client.use)
    assert client.helper is None or f"pinsmith.clients.{client.helper}." in client.use or client.id == "redis"


@pytest.mark.parametrize("client", [client for client in CLIENTS if not client.supported], ids=lambda client: client.id)
def test_a_client_that_cannot_be_pinned_is_refused(client: Client) -> None:
    """gRPC, libpq, pycurl and QUIC raise an error, whose hint names an alternative."""
    with pytest.raises(UnsafeContextError, match=f"^{client.id} cannot be pinned from Python: ") as caught:
        require_supported(client.id)
    assert caught.value.hint == client.instead


def test_a_client_that_can_be_pinned_is_returned() -> None:
    """`require_supported` returns the same member as `find`."""
    assert require_supported("requests") is find("requests")


def test_an_unknown_client_is_refused() -> None:
    """An unknown client raises an error that suggests a similar name."""
    with pytest.raises(UnsafeContextError) as caught:
        require_supported("request")
    assert caught.value.hint == "did you mean requests?"


@pytest.mark.parametrize("helper", HELPERS)
def test_helpers_are_reached_by_name(helper: str) -> None:
    """`pinsmith.clients.requests` is available without a further import."""
    assert getattr(pinsmith.clients, helper).__name__ == f"pinsmith.clients.{helper}"
    assert helper in dir(pinsmith.clients)


def test_other_names_are_not_available() -> None:
    """A client without a helper has no module."""
    with pytest.raises(AttributeError, match="httpx"):
        clients.httpx  # noqa: B018 - the look-up is the test


LIBRARIES = {"pyopenssl": "OpenSSL"}


# Imports each helper while its library is missing, after unloading the helpers imported so far, and prints the
# errors as a JSON object.
WITHOUT_LIBRARIES = f"""
import json, sys, pinsmith
errors = {{}}
for helper in {HELPERS}:
    sys.modules[library := {LIBRARIES}.get(helper, helper)] = None
    try:
        getattr(pinsmith.clients, helper)
    except ImportError as error:
        errors[helper] = str(error)
    del sys.modules[library]
    for name in [name for name in sys.modules if name.startswith("pinsmith.clients.")]:
        del sys.modules[name]
        vars(pinsmith.clients).pop(name.rpartition(".")[2], None)
print(json.dumps(errors))
"""


def test_a_missing_library_is_named() -> None:
    """If the library of a helper is not installed, the error names it and how to install it."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_LIBRARIES], capture_output=True, text=True, check=True)
    messages = json.loads(done.stdout)
    assert list(messages) == HELPERS
    for helper, message in messages.items():
        library = find(helper).library
        assert message.startswith(f"this pinsmith helper needs {library}, which cannot be imported (")
        assert f"pip install {library}" in message.splitlines()[-1]


OLDER = {"1.26.0": "1.25.11", "2.28.0": "2.27.1", "26.2.0": "26.1.9rc1", "22.10.0": "22.9"}


@pytest.mark.parametrize("helper", HELPERS)
def test_a_release_that_is_too_old_is_refused(helper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the required release, the installed one, and how to install another."""
    client = find(helper)
    older = OLDER.get(client.oldest, "0.1")
    monkeypatch.setattr("importlib.metadata.version", lambda _: older)
    with (
        pytest.raises(ImportError, match=f"needs {re.escape(client.library)} {client.oldest} or newer, but {older} is"),
        needs(client.library),
    ):
        pass


@pytest.mark.parametrize("helper", HELPERS)
def test_the_oldest_release_and_one_without_metadata_are_accepted(helper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen program may have no metadata, but the helpers check what they rely on anyway."""
    client = find(helper)
    monkeypatch.setattr("importlib.metadata.version", lambda _: client.oldest)
    with needs(client.library):
        pass
    monkeypatch.setattr("importlib.metadata.version", Mock(side_effect=PackageNotFoundError))
    with needs(client.library):
        pass


def test_the_table_imports_no_library() -> None:
    """Asking whether a client is supported imports none of the libraries."""
    code = (
        "import sys, pinsmith; pinsmith.clients.require_supported('requests');"
        f"print([name for name in {[*HELPERS, 'OpenSSL', 'ssl']} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"[]", "['ssl']"}


def test_the_page_shows_the_table() -> None:
    """The page agrees with the code; `python -m docs.generate.clients` updates it."""
    assert PAGE.read_text("utf-8") == page()
