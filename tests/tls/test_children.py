"""Workers of a pinned process: however they are started, a rogue server receives nothing from them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.pki import PKI

PROGRAM = """
import multiprocessing
import os
import socket
import ssl
import sys
from concurrent.futures import ProcessPoolExecutor

way, port, pin, cafile = sys.argv[1:]


def ask():
    context = ssl.create_default_context(cafile=cafile)
    try:
        with socket.create_connection(("127.0.0.1", int(port))) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"GET /SECRET HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
                tls.recv(100)
    except ssl.SSLCertVerificationError as error:
        return type(error).__name__
    return "sent"


def ask_in_a_child_of_a_child(method):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        return pool.submit(ask).result()


def allows_unnamed():
    from pinsmith.tls import inject

    return inject._enforcer.allow_unnamed


def exit_by_answer():
    sys.exit(7 if ask() == "PinMismatchError" else 0)


def main():
    if pin != "none":
        from pinsmith.pin import Pin
        from pinsmith.policy import HostPins, Key, Policy
        from pinsmith.tls import inject

        key = Key("leaf", Pin.parse(pin))
        policy = Policy((HostPins("localhost", (key,)),))
        inject.inject(policy, on_mismatch=lambda event: None, allow_unnamed=True)
    kind, _, method = way.partition(" ")
    if kind == "arguments":
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            return pool.submit(allows_unnamed).result()
    if kind == "executor":
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            return pool.submit(ask).result()
    if kind == "grandchild":
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            return pool.submit(ask_in_a_child_of_a_child, method).result()
    if kind == "process":
        process = multiprocessing.get_context(method).Process(target=exit_by_answer)
        process.start()
        process.join()
        return "PinMismatchError" if process.exitcode == 7 else "sent"
    if kind == "import":
        process = multiprocessing.get_context(method).Process(target=os.getpid)
        process.start()
        process.join()
        return "done"
    import _interpreters

    interpreter = _interpreters.create()
    source = open(__file__).read().partition("def main")[0]
    code = f"import sys; sys.argv = {sys.argv!r}\\n{source}\\nsys.exit(ask())"
    return _interpreters.exec(interpreter, code).msg


if __name__ == "__mp_main__" and way.startswith("import"):
    ask()  # what a program does at import, a spawned worker does before its task
if __name__ == "__main__":
    print(main())
"""
needs_interpreters = pytest.mark.skipif(sys.version_info < (3, 13), reason="needs Python 3.13: interpreters are new")
WAYS = [
    *(f"{kind} {method}" for kind in ("executor", "process") for method in ("spawn", "forkserver")),
    "grandchild spawn",
    "import spawn",
]
if sys.platform == "win32":
    WAYS = [way for way in WAYS if "forkserver" not in way]
INTERPRETER = pytest.param("interpreter", marks=needs_interpreters)


def run(tmp_path: Path, way: str, server: RecordingServer, pin: str, cafile: str, *, connects: bool = True) -> str:
    """Run the program and return its output about the child."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, "utf-8")
    arguments = [sys.executable, str(program), way, str(server.port), pin, cafile]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if connects:
        server.settled()
    return done.stdout.strip()


@pytest.fixture
def cafile(pki: PKI, tmp_path: Path) -> str:
    """Write the trust anchors to a file."""
    path = tmp_path / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return str(path)


@pytest.mark.parametrize("way", [*thinned(WAYS, set(WAYS) - {"executor forkserver", "process spawn"}), INTERPRETER])
def test_a_child_enforces_the_pins(
    tmp_path: Path, pki: PKI, rogue_server: RecordingServer, cafile: str, way: str
) -> None:
    """The child refuses the rogue server, which receives no byte, both during the import and in the task."""
    outcome = run(tmp_path, way, rogue_server, str(pki.leaf.pin), cafile)
    assert outcome == ("done" if way.startswith("import") else "PinMismatchError")
    assert rogue_server.received == b""


@pytest.mark.parametrize("way", [*thinned(WAYS, {"executor spawn", "import spawn"}), INTERPRETER])
def test_a_child_of_a_process_without_pins_sends_the_secret_to_the_rogue(
    tmp_path: Path, rogue_server: RecordingServer, cafile: str, way: str
) -> None:
    """The control: without an injection the rogue server receives the secret."""
    run(tmp_path, way, rogue_server, "none", cafile)
    assert b"SECRET" in rogue_server.received


def test_a_child_has_the_options_of_its_parent(
    tmp_path: Path, pki: PKI, rogue_server: RecordingServer, cafile: str
) -> None:
    """The child gets the policy and the other arguments of `inject`."""
    assert run(tmp_path, "arguments", rogue_server, str(pki.leaf.pin), cafile, connects=False) == "True"


@needs_interpreters
def test_an_interpreter_that_cannot_be_pinned_is_refused(tmp_path: Path, pki: PKI) -> None:
    """If pinsmith cannot be imported in the new interpreter, creating it raises an error."""
    program = f"""
import sys
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls import inject
inject.inject(Policy((HostPins("localhost", (Key("leaf", Pin.parse("{pki.leaf.pin}")),)),)))
import _interpreters
sys.path[:] = []
before = _interpreters.list_all()
try:
    _interpreters.create()
except inject.InjectionError as error:
    print(error)
assert _interpreters.list_all() == before
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pins cannot be enforced in another interpreter of this process: ")
