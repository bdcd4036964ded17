"""The image of `deploy/Containerfile` is built, and its command runs without root and with a read-only root."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.extended.program import find
from tests.meta.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = ROOT / "deploy" / "Containerfile"
USER = "10001"
pytestmark = [
    pytest.mark.extended,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only on a machine of root"),
]

# Stands for the image of Python, which no registry gives to a test: the programs and libraries of this machine, and the
# Python that runs the test, are mounted while a step runs and while the command runs.
MOUNTED = sorted({"/usr", *([] if sys.base_prefix.startswith("/usr") else [sys.base_prefix])})
SEARCHED = f"{sys.base_prefix}/bin:/usr/bin:/usr/sbin"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Build the image, and return its files."""
    folder = tmp_path_factory.mktemp("image")
    base = folder / "base"
    (base / "etc").mkdir(parents=True)
    (base / "tmp").mkdir()
    (base / "tmp").chmod(0o1777)
    for name in ("bin", "lib", "lib64", "sbin"):
        (base / name).symlink_to(f"usr/{name}")
    (base / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (base / "etc" / "group").write_text("root:x:0:\n")
    for name in ("login.defs", "pam.d", "ssl", "ld.so.cache", "pip.conf", "alternatives"):
        found = Path("/etc") / name
        if found.is_dir():
            shutil.copytree(found, base / "etc" / name, symlinks=True)
        elif found.exists():
            shutil.copy(found, base / "etc" / name)
    (base / "Containerfile").write_text(f"FROM scratch\nCOPY . /\nENV PATH={SEARCHED}\n")
    (name,) = set(re.findall(r"^FROM (\S+)", FILE.read_text(), re.MULTILINE))
    storage = ["--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
    buildah = [find("buildah", "buildah"), *storage, "build", "--isolation", "chroot", "--pull-never", "--layers=false"]
    _run(*buildah, "--tag", name, str(base))
    volumes = [word for path in MOUNTED for word in ("--volume", f"{path}:{path}:ro")]
    built = folder / "built"
    _run(*buildah, *volumes, "--file", str(FILE), "--output", f"type=local,dest={built}", str(ROOT))
    built.chmod(0o755)  # buildah makes the folder for its own user
    yield built
    shutil.rmtree(folder)


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def inside(image: Path, tmp_path: Path) -> list[str]:
    """Return the words that start a command as the comment in the file does: read-only, and without any right."""
    settings, data = image / "etc" / "pinsmith", tmp_path / "data"
    settings.mkdir(exist_ok=True)
    data.mkdir()
    os.chown(data, int(USER), int(USER))
    (settings / "pins.toml").write_text("version = 1\n")
    (settings / "service.toml").write_text('version = 1\n[access]\ntoken = { file = "token" }\n')
    (settings / "token").write_text("a token of a test")
    mounts = [word for path in MOUNTED for word in ("--ro-bind", path, path)]
    for path in MOUNTED:
        (image / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
    dropped = ["--reuid", USER, "--regid", USER, "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
    return [
        *(find("bwrap", "bubblewrap"), "--die-with-parent", "--unshare-pid", "--ro-bind", str(image), "/", *mounts),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind", str(data), "/var/lib/pinsmith"),  # noqa: S108
        *("--clearenv", "--setenv", "PATH", SEARCHED, "--setenv", "PYTHONDONTWRITEBYTECODE", "1", "--chdir", "/"),
        *("--cap-add", "ALL", "setpriv", *dropped),
    ]


def test_the_user_of_the_image_may_write_its_data_alone(image: Path, inside: list[str]) -> None:
    """It is not root, has no capability, and no file of the image belongs to it."""
    said = _run(*inside, "sh", "-c", "id -u; grep CapEff /proc/self/status; touch /opt/x || touch /var/lib/pinsmith/x")
    assert said.split() == [USER, "CapEff:", "0" * 16]
    assert re.findall(r"^USER (\S+)", FILE.read_text(), re.MULTILINE) == [USER]
    owned = [path for path in image.rglob("*") if str(path.lstat().st_uid) == USER]
    assert owned == [image / "var" / "lib" / "pinsmith"]


def test_the_command_of_the_image_serves(inside: list[str]) -> None:
    """The page answers who has the token, a report is stored, and SIGTERM ends the command with success."""
    (line,) = re.findall(r"^ENTRYPOINT (.+)", FILE.read_text(), re.MULTILINE)
    command = [word.replace("0.0.0.0:8443", "127.0.0.1:0") for word in json.loads(line)]
    serving = subprocess.Popen([*inside, *command], stderr=subprocess.PIPE, text=True)
    with serving:
        assert serving.stderr is not None
        began = serving.stderr.readline()
        port = re.search(r"127\.0\.0\.1:(\d+)", began)
        assert port is not None, began + serving.stderr.read()
        token = {"Authorization": "Bearer a token of a test"}
        report = json.dumps({"pinsmith-event": 1, "host": "api.example.com"})
        assert _ask(int(port[1]), "GET", "/api/v1/hosts", "", {}) == 401
        assert _ask(int(port[1]), "GET", "/api/v1/hosts", "", token) == 200
        assert _ask(int(port[1]), "POST", "/reports", report, {}) == 204
        # bwrap is the parent of the command, which is the first process of its namespace.
        (child,) = Path(f"/proc/{serving.pid}/task/{serving.pid}/children").read_text().split()
        (service,) = Path(f"/proc/{child}/task/{child}/children").read_text().split()
        os.kill(int(service), signal.SIGTERM)
        serving.communicate(timeout=60)
        assert serving.returncode == 0


def _ask(port: int, method: str, path: str, body: str, headers: dict[str, str]) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body or None, headers)
        return connection.getresponse().status
