"""No option that a careless caller passes on to curl removes the pins."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import pinfile
from pinsmith.formats import export, find
from pinsmith.lab.stage import Stage
from tests.prove.php import PHP
from tests.prove.shell import BASH, CURL, DASH
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.prove.subject import Tool

    Ask = Callable[..., tuple[subprocess.CompletedProcess[str], int]]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]

PINNED: Final = 90  # CURLE_SSL_PINNEDPUBKEYNOTMATCH
CALL: Final = '. ./pins.sh; pinned_curl "$@"'
PROGRAM: Final = """\
[, $url, $cafile, $version] = $argv;
require './pins.php';
$pinned = new Pins\\PinnedCurl([CURLOPT_SSLVERSION => (int) $version, CURLOPT_CAINFO => $cafile]);
try {
    $pinned->exec($url, [CURLOPT_RETURNTRANSFER => true]);
    echo curl_errno($pinned->handle);
} catch (UnexpectedValueException $error) {
    echo $error->getMessage();
}
"""


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return a function that runs a command against a server of the lab; it returns the process and the bytes sent."""

    def ask(target: str, file: str, *command: str, rogue: bool) -> tuple[subprocess.CompletedProcess[str], int]:
        pki = PKIS.of("ec-p256")
        cafile = tmp_path / "trusted.pem"
        cafile.write_text(pki.trusted_pem)
        with Stage(pki) as stage:
            pins = export(pinfile.parse(stage.pinning().pin_file()), find(target)).text
            (tmp_path / file).write_text(pins)
            server = stage.serve(pki.impostor() if rogue else pki.genuine())
            values = {"url": f"https://localhost:{server.port}/", "cafile": str(cafile)}
            command_line = [word.format(**values) if word in {"{url}", "{cafile}"} else word for word in command]
            done = subprocess.run(command_line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
            server.settled()
            return done, server.disclosed_size

    return ask


FAKES: Final = {
    # A curl that prints its arguments.
    "curl": 'case $* in *--version*) echo "curl 8.0.0 $BACKEND" ;; *) echo "$@" ;; esac',
    # A tr that converts letters only in the locale C, as in Turkish, where the lower case of I is not i.
    "tr": 'if [ "$LC_ALL" = C ]; then exec "$REAL_TR" "$@"; fi; cat',
}


def _called(folder: Path, shell: Tool, *fakes: str, backend: str = "OpenSSL/3.0.0") -> tuple[int, str]:
    """Call the function for a pinned host, with only some fakes on PATH; return the exit code and the output."""
    (folder / "bin").mkdir()
    for name in fakes:
        program = folder / "bin" / name
        program.write_text(f"#!{shell.find()}\n{FAKES[name]}\n")
        program.chmod(0o755)
    with Stage(PKIS.of("ec-p256")) as stage:
        pins = export(pinfile.parse(stage.pinning().pin_file()), find("curl-shell")).text
    (folder / "pins.sh").write_text(pins)
    environment = {"PATH": str(folder / "bin"), "BACKEND": backend, "REAL_TR": str(shutil.which("tr"))}
    command_line = [shell.find(), "-c", CALL, "sh", "https://LOCALHOST/", "--silent"]
    done = subprocess.run(
        command_line, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("shell", [DASH, BASH], ids=lambda shell: shell.name)
def test_a_host_is_lower_cased_in_any_locale(tmp_path: Path, shell: Tool) -> None:
    """The function lower-cases a host as ASCII in any locale; otherwise, it would find no pins for the host."""
    code, printed = _called(tmp_path, shell, "curl", "tr")
    assert code == 0
    assert "--pinnedpubkey sha256//" in printed


@pytest.mark.parametrize("shell", [DASH, BASH], ids=lambda shell: shell.name)
def test_without_a_tool_nothing_is_sent(tmp_path: Path, shell: Tool) -> None:
    """Without tr, the function fails, because it would find no pins for any host."""
    assert _called(tmp_path, shell, "curl") == (3, "")


@pytest.mark.parametrize("backend", ["rustls-ffi/0.14.0/rustls/0.23.13", "BearSSL/0.6"])
def test_a_curl_that_cannot_pin_sends_nothing(tmp_path: Path, backend: str) -> None:
    """The function refuses such a curl, because it would only warn and continue."""
    assert _called(tmp_path, DASH, "curl", "tr", backend=backend) == (PINNED, "")


def _curl(ask: Ask, shell: Tool, *options: str, rogue: bool) -> tuple[int, int]:
    CURL.find()
    words = ("{url}", "--cacert", "{cafile}", "--silent", "--max-time", "8", *options)
    done, sent = ask("curl-shell", "pins.sh", shell.find(), "-c", CALL, "sh", *words, rogue=rogue)
    return done.returncode, sent


@pytest.mark.parametrize("shell", [DASH, BASH], ids=lambda shell: shell.name)
@pytest.mark.parametrize("option", ["-o", "-so", "-H", "--header", "--pinnedpubkey", "-k"])
def test_an_option_without_its_argument_removes_no_pins(ask: Ask, shell: Tool, option: str) -> None:
    """An option that lacks its argument, such as an empty unquoted variable, takes a word that does not matter."""
    assert _curl(ask, shell, option, rogue=True) == (PINNED, 0)


@pytest.mark.parametrize("options", [("",), ("-k", "-H"), ("--insecure", "--output")], ids=" ".join)
def test_more_odd_options_remove_no_pins(ask: Ask, options: tuple[str, ...]) -> None:
    """With these options, curl fails and sends nothing to a rogue."""
    code, sent = _curl(ask, DASH, *options, rogue=True)
    assert code
    assert not sent


@pytest.mark.parametrize("shell", [DASH, BASH], ids=lambda shell: shell.name)
@pytest.mark.parametrize("option", ["--", "--next", "--nex", "--NEXT", "-:", "-s:", "-sS:o"])
def test_an_option_that_ends_the_options_is_refused(ask: Ask, shell: Tool, option: str) -> None:
    """Such an option would make curl use the URL before it without pins, or treat the pins as URLs."""
    assert _curl(ask, shell, "{url}", option, rogue=True) == (2, 0)


@pytest.mark.parametrize("option", ["--url", "--ur", "--URL", "--expand-url", "--expand-ur"])
def test_another_url_is_refused(ask: Ask, option: str) -> None:
    """A second URL would get the pins of the first host, or none."""
    assert _curl(ask, DASH, option, "{url}", rogue=True) == (2, 0)


@pytest.mark.parametrize("options", [(), ("-k",), ("-sHA:b",), ("-H", "A: b"), ("--url-query", "a:b")], ids=" ".join)
def test_other_options_are_passed_on(ask: Ask, options: tuple[str, ...]) -> None:
    """The control: a server with the right key gets the request, and a colon in an argument is not an option."""
    code, sent = _curl(ask, DASH, *options, rogue=False)
    assert code == 0
    assert sent


def test_an_option_that_curl_refuses_is_an_error(ask: Ask) -> None:
    """An option that curl refuses is an error, because PHP would drop the options after it, such as the authorities."""
    command = ("php-curl", "pins.php", PHP.find(), "-r", PROGRAM, "--", "{url}", "{cafile}")
    done, sent = ask(*command, "999", rogue=False)
    assert done.stdout == "curl refused an option"
    assert not sent
    done, sent = ask(*command, "0", rogue=False)
    assert (done.stdout, bool(sent)) == ("0", True)
