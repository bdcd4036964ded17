"""
The first month of a platform engineer, who looks after forty hosts: public ones, private ones, and one behind a CDN.

The network of the office inspects TLS; that of the data centre does not.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.walkthroughs.desk import Desk

PUBLIC: Final = [f"service-{number:02}.example.com" for number in range(1, 38)]
PRIVATE: Final = ["db-1.example.net", "db-2.example.net"]
GONE: Final = "retired.invalid"
CDN: Final = "www.example.com"


@pytest.fixture
def company(desk: Desk) -> Authority:
    """Make the private authority of the company. Its root is in the project, and no machine trusts it."""
    made = Authority.root("Company Root")
    for host in PRIVATE:
        desk.network.serve(host, made.issue(host))
    desk.write("company-root.pem", made.pem)
    return made


@pytest.mark.thorough
@pytest.mark.usefixtures("company")
def test_forty_hosts_are_pinned_and_watched(desk: Desk) -> None:
    """A list becomes a pin file, the hosts that cannot be pinned are named, and the month's alarms are clear."""
    _pin_a_list(desk)
    _add_the_private_hosts(desk)
    _let_one_check_cover_both(desk)
    _write_reports_for_machines(desk)
    _be_woken_by_three_problems(desk)
    _be_warned_early(desk)
    _remove_hosts(desk)


def _pin_a_list(desk: Desk) -> None:
    """Pin what can be pinned of a list with comments and pasted URLs; the last line counts the others."""
    lines = ["# public", *PUBLIC, f"https://{CDN}/index.html", GONE, "# private", *PRIVATE]
    desk.write("hosts.txt", "\n".join(lines) + "\n")
    seen = desk.type("pinsmith init --from hosts.txt --generate-backup", ExitCode.BROKE)
    assert f"error[host-not-found]: {GONE}:443 has no address" in seen.err
    assert f"{PRIVATE[0]}:443 at 192.0.2." in seen.err
    assert "pass its root with --cafile" in seen.err
    assert seen.last.startswith("pinsmith: warning: 3 of 41 hosts could not be pinned; their errors stand above.")
    assert [entry.host for entry in desk.policy.hosts] == [*PUBLIC, CDN]
    assert len(list(desk.reader.home.rglob("*.key"))) == len(PUBLIC) + 1
    assert seen.err.count("off this machine") == 1


def _add_the_private_hosts(desk: Desk) -> None:
    """Follow the hint. The second run of the list makes no second key."""
    desk.type(f"pinsmith add {' '.join(PRIVATE)} --cafile company-root.pem --generate-backup")
    again = desk.type(f"pinsmith add {' '.join(PUBLIC)} --generate-backup")
    assert again.last == "pinsmith: ok: there is no new key to pin, so pins.toml is unchanged"


def _let_one_check_cover_both(desk: Desk) -> None:
    """Write the private root into the entries, as `check` advises. Results name it, and --public ignores it."""
    refused = desk.type("pinsmith check --quiet", ExitCode.MISMATCH)
    assert "or write cafile into its entry" in refused.out
    for host in PRIVATE:
        desk.replace("pins.toml", f'name = "{host}"\n', f'name = "{host}"\ncafile = "company-root.pem"\n')
    seen = desk.type("pinsmith check --quiet --strict")
    assert [line.partition(" (via ")[2] for line in seen.out.splitlines()] == ["company-root.pem)"] * 2
    desk.type(f"pinsmith check --public {PRIVATE[0]}", ExitCode.MISMATCH)
    address = f"127.0.0.1:{desk.network.server(PUBLIC[0]).port}"  # where the next release is staged
    desk.replace("pins.toml", f'name = "{PUBLIC[0]}"\n', f'name = "{PUBLIC[0]}"\nconnect = "{address}"\n')
    staged = desk.type(f"pinsmith check {PUBLIC[0]}").out
    assert f"(via {address})" in staged


def _write_reports_for_machines(desk: Desk) -> None:
    """Feed Prometheus and the CI server; both files have a line for each host."""
    desk.type("pinsmith check --format prometheus > pins.prom")
    metrics = Path("pins.prom").read_text("utf-8")
    assert metrics.count("\npinsmith_check_ok{") == len(PUBLIC) + 1 + len(PRIVATE)
    assert f'pinsmith_check_via{{host="{PRIVATE[0]}"' in metrics
    desk.type("pinsmith check --strict --format junit > pins.xml")
    cases = ET.parse("pins.xml").getroot().findall(".//testcase")  # noqa: S314 - pinsmith wrote it
    assert len(cases) == len(PUBLIC) + 1 + len(PRIVATE)


def _be_woken_by_three_problems(desk: Desk) -> None:
    """See at night what happened to three hosts: another key, an expired certificate, no server."""
    strange, expired, dead = PUBLIC[1:4]
    genuine = {host: desk.network.identity(host) for host in (strange, expired)}
    long_ago = datetime.now(UTC) - timedelta(days=90)
    desk.network.serve(strange, desk.network.root.issue(strange))
    ended = desk.network.root.issue(
        expired, key=genuine[expired].key, not_before=long_ago, not_after=long_ago + timedelta(days=80)
    )
    desk.network.serve(expired, ended)
    desk.network.servers[dead].close()
    seen = desk.type("pinsmith check --quiet", ExitCode.MISMATCH)
    for host, words in ((strange, "MISMATCH  "), (expired, "NOT VERIFIED  "), (dead, "unreachable  ")):
        assert f"\n{words}{host}:443 (192.0.2." in seen.out
    assert "renew the certificate; if the renewal makes a new key, pin that key before it is served" in seen.out
    assert seen.last.endswith("3 of 40 checks failed: 1 mismatched, 1 not verified, 1 unreachable")
    for host, identity in genuine.items():
        desk.network.serve(host, identity)
    desk.network.serve(dead, desk.network.identity(dead))
    desk.type("pinsmith check --strict")


def _be_warned_early(desk: Desk) -> None:
    """Ask for a year of warning, once by an option, and for good by the time that users take to update."""
    warned = desk.type(f"pinsmith check {PUBLIC[5]} --strict --warn-days 400", ExitCode.WARNED)
    assert "364 days from now: renew it in time, and pin a new key before it is served" in warned.out
    assert f"`pinsmith add {PUBLIC[5]} --key FILE`" in warned.out
    desk.replace("pins.toml", "version = 1\n", "version = 1\n\n[defaults]\nlead-time = 400\n")
    desk.type(f"pinsmith check {PUBLIC[5]} --strict", ExitCode.WARNED)
    desk.replace("pins.toml", "lead-time = 400", "lead-time = 30")
    desk.type(f"pinsmith check {PUBLIC[5]} --strict")


def _remove_hosts(desk: Desk) -> None:
    """Stop pinning two hosts. Their keys leave the file with them."""
    for host in PUBLIC[-2:]:
        seen = desk.type(f"pinsmith remove {host}")
        assert f"{host} is no longer pinned: clients accept every trusted certificate for it" in seen.err
        assert "which no other host uses" in seen.err
    assert not any(key.name.startswith(("service-36", "service-37")) for key in desk.policy.keys)
    desk.type("pinsmith check --strict")


@pytest.mark.thorough
def test_a_host_behind_a_cdn_is_pinned_by_its_authorities(desk: Desk) -> None:
    """The CDN chooses the key, so the engineer pins two authorities; a new key then changes nothing."""
    other = Authority.root("Second Public Root")
    desk.write("second-root.pem", other.pem)
    refused = desk.type(f"pinsmith init {CDN} --strategy ca-set --generate-backup", ExitCode.USAGE)
    assert "hint: pass the root of a second authority: --backup root.pem" in refused.err
    seen = desk.type(f"pinsmith init {CDN} --strategy ca-set --backup second-root.pem")
    assert "pinned the root of the authority, so that the server may change its key at any renewal" in seen.err
    assert desk.keys_of(CDN) == ["root", "second-public-root"]
    desk.network.serve(CDN, desk.network.root.issue(CDN))
    desk.type("pinsmith check --strict")
    warned = desk.type("pinsmith check --warn-days 400").out
    assert "get the new certificate from an authority that is pinned" in warned
    assert "--key FILE" not in warned


@pytest.fixture
def inspected(desk: Desk) -> Iterator[str]:
    """Run the proxy of the office, which replaces every certificate; return its address."""
    office = Authority.root("Office Root")
    desk.write("office-root.pem", office.pem)
    with (
        RecordingServer(office.issue(CDN, PUBLIC[0])) as middle,
        ConnectProxy(redirect_to=middle.endpoint) as proxy,
    ):
        yield f"http://127.0.0.1:{proxy.port}"


@pytest.mark.thorough
def test_a_network_that_inspects_tls_is_noticed(desk: Desk, inspected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pins of the office's proxy would lock out all others, so nothing is pinned there, and checks name the proxy."""
    desk.type(f"pinsmith init {CDN} --generate-backup")
    before = Path("pins.toml").read_text("utf-8")
    monkeypatch.setenv("HTTPS_PROXY", inspected)
    address = inspected.removeprefix("http://")
    refused = desk.type(f"pinsmith add {PUBLIC[0]} --generate-backup --cafile office-root.pem", ExitCode.BROKE)
    assert (
        f"{PUBLIC[0]}:443 is inspected: the chain that the proxy {address} shows ends in a private root" in refused.err
    )
    assert "run this on a network without such a proxy" in refused.err
    assert Path("pins.toml").read_text("utf-8") == before
    assert "is inspected" in desk.type(f"pinsmith fetch {PUBLIC[0]} --cafile office-root.pem").err
    mismatch = desk.type("pinsmith check --cafile office-root.pem", ExitCode.MISMATCH).out
    untrusted = desk.type("pinsmith check", ExitCode.MISMATCH).out
    for answer in (mismatch, untrusted):
        assert f"(via proxy {address}" in answer
        assert f"the proxy {address} may have replaced the certificate: check on a network without it" in answer
    desk.type("pinsmith check --proxy none --strict")


@pytest.mark.thorough
def test_a_proxy_that_only_tunnels_changes_nothing(desk: Desk) -> None:
    """The data centre's proxy passes the chain on, and every result names the proxy."""
    desk.type(f"pinsmith init {CDN} --generate-backup")
    with ConnectProxy(route={f"{CDN}:443": desk.network.server(CDN).endpoint}) as proxy:
        seen = desk.type(f"pinsmith check --proxy http://127.0.0.1:{proxy.port}").out
    assert seen.startswith(f"ok  {CDN}:443 presents www-")
    assert seen.endswith(f"(via proxy 127.0.0.1:{proxy.port})\n")
