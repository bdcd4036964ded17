"""
Try an installed wheel from outside: `python smoke.py EXTRA`, with the Python that it is installed for.

EXTRA is the extra that was installed, or an empty string. The script needs only the standard library and the wheel. The
session `wheel` runs it in an environment for each Python and each extra.
"""

from __future__ import annotations

import contextlib
import faulthandler
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pinsmith
from pinsmith import formats
from pinsmith.cli import main
from pinsmith.cli._app import names

PINS = """\
version = 1
[keys.live]
pin = "sha256/PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
role = "leaf"
[keys.spare]
pin = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="
role = "leaf"
[[host]]
name = "api.example.com"
keys = ["live", "spare"]
"""
CODE = f"""\
import okhttp3.CertificatePinner
val pinner = CertificatePinner.Builder().add("api.example.com", {", ".join(re.findall('"sha256.*"', PINS))}).build()
"""
CLIENT = """\
import http.client, os, pinsmith
policy = pinsmith.load(os.environ["PINSMITH_LAB_POLICY"])
context = pinsmith.PinnedSSLContext(policy, cafile=os.environ["PINSMITH_LAB_CAFILE"])
port = int(os.environ["PINSMITH_LAB_PORT"])
connection = http.client.HTTPSConnection(os.environ["PINSMITH_LAB_HOST"], port, context=context, timeout=10)
connection.request("GET", "/")
assert connection.getresponse().status == 200
connection.close()
"""
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "smoke", "version": "1"}}
# Scenarios that need the extra `lab`; without it they are left out.
OF_LAB = {"renegotiation"}
MAX_SECONDS = 300
PROGRAM = Path(sys.executable).with_name("pinsmith.exe" if os.name == "nt" else "pinsmith")


def run(*words: str) -> tuple[int, str, str]:
    """Run a command in this process; return its exit code, output and errors."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(words)
    if "error[internal]" in err.getvalue() or "Traceback" in err.getvalue():
        raise AssertionError(f"pinsmith {' '.join(words)}: {err.getvalue()}")
    return code, out.getvalue(), err.getvalue()


def program(*words: str) -> str:
    """Run a command as a program, as users do, and return its output."""
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=120, check=False)
    require(done.returncode == 0, f"pinsmith {' '.join(words)} exits with {done.returncode}: {done.stderr}")
    return done.stdout


def require(condition: object, problem: str) -> None:
    """Raise unless *condition* holds."""
    if not condition:
        raise AssertionError(problem)


def try_help() -> None:
    """Ask every command for its help."""
    program("--help")
    for name in names():
        code, out, _ = run(*name.split(), "--help")
        require(code == 0 and f"pinsmith {name}" in out, f"`pinsmith {name} --help` shows no help")


def try_formats() -> None:
    """Export to every format and target: an export writes the pins or gives a reason, and never crashes."""
    Path("pins.toml").write_text(PINS, "utf-8")
    written = [target.id for target in formats.FORMATS if target.write and run("export", target.id)[0] == 0]
    require({"android-nsc", "okhttp-kotlin", "envoy"} <= set(written), f"only these are written: {written}")


def try_yaml(extra: str) -> None:
    """Import a YAML format: with the extra `yaml` it is read, and without it the error names that extra."""
    code, text, _ = run("export", "envoy")
    require(code == 0, "envoy is not written")
    Path("envoy.yaml").write_text(text, "utf-8")
    code, _, err = run("import", "envoy.yaml", "--from", "envoy")
    if extra == "yaml":
        require(code == 0, f"envoy is not read: {err}")
    else:
        require(code == 1 and "pinsmith[yaml]" in err, f"the extra yaml is not named: {err}")


def try_audit(extra: str) -> None:
    """Import code: with the extra `audit` it is read, and without it the error names that extra."""
    Path("Pins.kt").write_text(CODE, "utf-8")
    code, _, err = run("import", "Pins.kt")
    if extra == "audit":
        require(code == 0, f"code is not read: {err}")
    else:
        require(code == 2 and "pinsmith[audit]" in err, f"the extra audit is not named: {err}")


def try_mcp(extra: str) -> None:
    """Speak to the server for agents: with the extra `mcp` it answers, and without it the error names that extra."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
    done = subprocess.run(
        [PROGRAM, "mcp"], input=json.dumps(asked) + "\n", capture_output=True, text=True, timeout=120, check=False
    )
    if extra == "mcp":
        require(done.returncode == 0 and json.loads(done.stdout)["id"] == 1, f"mcp does not answer: {done.stderr}")
    else:
        require(done.returncode == 2 and "pinsmith[mcp]" in done.stderr, f"the extra mcp is not named: {done.stderr}")


def try_pkcs11(extra: str) -> None:
    """Ask for a key in a token: with the extra `pkcs11` the library is missing, and without it the error names it."""
    code, _, err = run("key", "import", "token", "pkcs11:object=key?module-path=/nonexistent.so")
    known = "/nonexistent.so" if extra == "pkcs11" else "pinsmith[pkcs11]"
    require(code == 1 and known in err, f"{known} is not named: {err}")


def try_server(extra: str) -> None:
    """Run a round of the service: with the extra `server` it ends, and without it the error names that extra."""
    Path("pins.toml").write_text(PINS.replace("keys = [", 'connect = "127.0.0.1:1"\nkeys = ['), "utf-8")
    code, out, err = run("serve", "--once", "--database", "service.db", "--format", "json")
    if extra == "server":
        require(code == 1 and json.loads(out)["hosts"][0]["state"] == "unreachable", f"the service does not run: {err}")
    else:
        require(code == 2 and "pinsmith[server]" in err, f"the extra server is not named: {err}")


def try_lab(extra: str) -> None:
    """Judge a client, and serve the lab: scenarios that need an extra are left out with a reason, the others run."""
    Path("client.py").write_text(CLIENT, "utf-8")
    few = ["leaf-pin", "wrong-key", *(OF_LAB if extra == "lab" else ())]
    options = [word for scenario in few for word in ("--scenario", scenario)]
    client = ("--key", "ec-p256", "--", sys.executable, "client.py")
    judged = json.loads(program("lab", "run", "--format", "json", *options, *client))
    verdicts = {scenario["id"]: scenario["verdict"] for scenario in judged["scenarios"]}
    require(verdicts == dict.fromkeys(few, "pass"), f"lab run reports {verdicts}")
    if extra != "lab":
        code, _, err = run("lab", "run", "--scenario", "renegotiation", *client)
        require(code == 2 and "pinsmith[lab]" in err, f"the extra lab is not named: {err}")
    listed = {scenario["id"] for scenario in json.loads(program("lab", "list", "--format", "json"))["scenarios"]}
    require(listed >= OF_LAB, "lab list lacks scenarios")
    serve(extra)


def serve(extra: str) -> None:
    """Serve the lab until it is ready, and stop it."""
    command = [str(PROGRAM), "lab", "serve", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            text = server.stdout.readline() if server.stdout else ""  # the line with all addresses
        finally:
            server.terminate()
            try:
                _, err = server.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                server.kill()  # the end of the block waits for the process
                raise
    require(server.returncode == 0 and text, f"lab serve exits with {server.returncode}: {err}")
    left_out = {scenario["id"]: scenario["reason"] for scenario in json.loads(text)["left_out"]}
    for scenario in OF_LAB:
        reason = left_out.get(scenario, "")
        require(("pinsmith[lab]" in reason) is (extra != "lab"), f"lab serve leaves {scenario} out: {reason!r}")


if __name__ == "__main__":
    installed = sys.argv[1] if len(sys.argv) > 1 else ""
    if "site-packages" not in pinsmith.__file__:
        sys.exit(f"pinsmith is not imported from an installed wheel: {pinsmith.__file__}")
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        faulthandler.dump_traceback_later(MAX_SECONDS, exit=True)
        try_help()
        try_formats()
        try_yaml(installed)
        try_audit(installed)
        try_mcp(installed)
        try_pkcs11(installed)
        try_server(installed)
        if installed in ("", "lab"):  # the other extras have nothing to do with them
            program("demo")
            program("demo", "--rotation")
            try_lab(installed)
        os.chdir("/")
