"""The oldest system of a release has a trust store of its own, and may lose a host that this machine reaches."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import authorities
from pinsmith.authorities import Issued
from pinsmith.certificate import Chain
from pinsmith.checks import oldest_system
from pinsmith.checks.cohort import with_cohorts
from pinsmith.checks.host_check import HostCheck, warns
from pinsmith.documents.check import check_document
from pinsmith.finding import Severity
from pinsmith.paths import Store
from pinsmith.release import Release, ReleasedHost, System
from tests.paths.pki import AT, HOST, ca, leaf, pin, store

if TYPE_CHECKING:
    from collections.abc import Sequence


# leaf > intermediate > new > old; this machine trusts "old".
SENT = Chain.of_der((leaf("intermediate"), ca("intermediate", "new"), ca("new", "old")))
VERIFIED = Chain.of_der((*(certificate.der for certificate in SENT), ca("old")))
CHECK = HostCheck(HOST, 443, "192.0.2.7", "matched", None, "presents old")
STORES = {
    "old": store(ca("old")),
    "both": store(ca("old"), ca("new")),
    "new": store(ca("new")),
    "other": store(ca("none")),
    "not listed": Store("android-8", "Android 8", None, ()),
}


def _released(*names: str, version: str = "4.2", oldest: str | None = "android 26", **entry: Any) -> Release:  # noqa: ANN401 - as ReleasedHost takes them
    hosts = (ReleasedHost(HOST, {name: pin(name) for name in names}, **entry),)
    return Release("android", version, hosts, share=2.1, oldest=System.parse(oldest) if oldest else None)


def _check(patch: pytest.MonkeyPatch, trusted: str, *releases: Release, public: bool = True) -> HostCheck:
    """Ask releases for Android 8 that trusts these roots; a public host is trusted by other systems."""
    patch.setattr(oldest_system, "find_store", lambda name: {"android-8": STORES[trusted]}[name])
    patch.setattr(oldest_system, "usual_stores", lambda: (STORES["new" if public else "other"],))
    return with_cohorts(CHECK, releases, verified=VERIFIED, presented=SENT, now=AT)


def _outcomes(check: HostCheck) -> list[str]:
    return [cohort.oldest.outcome for cohort in check.cohorts if cohort.oldest]


@pytest.mark.parametrize(
    ("trusted", "names", "outcome", "words"),
    [
        ("old", ["old"], "accepts", None),
        ("both", ["old", "new"], "accepts", None),
        ("both", ["old"], "depends", "may be locked out, because not every path"),
        ("new", ["old"], "locked-out", "are locked out, because no path"),
        ("other", ["old"], "untrusted", "cannot connect, whatever they pin (no path leads to a root of this store)"),
        ("not listed", ["old"], "unknown", None),
    ],
)
def test_a_release_whose_oldest_system_loses_the_host_is_a_warning(
    trusted: str, names: Sequence[str], outcome: str, words: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store of API level 26 is that of Android 8. An answer that nobody knows is not a warning, and not a yes."""
    check = _check(monkeypatch, trusted, _released(*names))
    assert (_outcomes(check), check.fails, warns(check)) == ([outcome], False, bool(words))
    for finding in check.findings:
        assert (finding.rule, finding.severity) == ("oldest-system-locked-out", Severity.HIGH)
        who = "users of android 4.2 (2.1% of users) on Android 8 (API level 26), the oldest system that it runs on, "
        assert finding.message.startswith(f"{who}{words}")
        assert (outcome == "untrusted") != ("--store android-8`" in (finding.fix or ""))


def test_a_release_loses_its_host_without_pins_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that does not trust the chain refuses it even if the pins have ended; one that trusts it does not."""
    ended = _released("spare", expires=date(2026, 1, 1))
    assert _outcomes(_check(monkeypatch, "other", ended)) == ["untrusted"]
    trusted = _check(monkeypatch, "new", ended)
    assert (_outcomes(trusted), trusted.findings) == (["not-enforced"], ())


def test_a_private_authority_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no system trusts the chain, the app brings its own root, so its system says nothing."""
    check = _check(monkeypatch, "other", _released("old"), public=False)
    assert (_outcomes(check), check.findings) == (["unknown"], ())


def test_a_certificate_that_was_not_sent_makes_the_chain_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root of the system that has signed the intermediate shows that the server should send more."""
    crossed = Issued(pin("intermediate"), pin("none"), date(2020, 1, 1), date(2030, 1, 1))
    monkeypatch.setattr(authorities, "issued_for", lambda of: (crossed,) if of == crossed.signed else ())
    (found,) = _check(monkeypatch, "other", _released("old"), public=False).findings
    assert "more certificates would complete the path CN=api.example.com > CN=intermediate > CN=none" in found.message


def test_releases_with_the_same_fate_share_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that is locked out anyhow, and one without a system, are not named again."""
    releases = [
        _released("old"),
        _released("old", version="4.1"),
        _released("spare", version="4.0"),
        _released("old", version="3.9", oldest=None),
    ]
    check = _check(monkeypatch, "new", *releases)
    (found,) = check.findings
    assert "android 4.2 (2.1% of users), android 4.1 (2.1% of users) on Android 8" in found.message
    assert "the oldest system that they run on" in found.message
    assert [cohort.oldest is None for cohort in check.cohorts] == [False, False, False, True]
    assert check.fails


def test_a_system_that_no_table_contains_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """An API level of the future, or of long ago, has no answer."""
    for level in (19, 99):
        check = _check(monkeypatch, "new", _released("old", oldest=f"android {level}"))
        assert (_outcomes(check), check.findings) == (["unknown"], ())


def test_documents_say_what_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON has the system by its name for people and for programs, its store, and the answer with its reason."""
    document = check_document([_check(monkeypatch, "not listed", _released("old"))], now=AT)
    oldest = document.hosts[0].cohorts[0].oldest
    assert oldest is not None
    assert (oldest.system, oldest.title) == ("android 26", "Android 8 (API level 26)")
    assert (oldest.store, oldest.outcome, bool(oldest.why)) == ("android-8", "unknown", True)


def test_without_a_recorded_system_no_store_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody pays for tables that nobody asks."""
    monkeypatch.delattr(oldest_system, "with_oldest")
    check = with_cohorts(CHECK, [_released("old", oldest=None)], verified=VERIFIED, presented=SENT, now=AT)
    assert [cohort.outcome for cohort in check.cohorts] == ["accepts"]


@pytest.mark.parametrize(
    ("system", "title"),
    [
        (System("android", "26"), "Android 8 (API level 26)"),
        (System("android", "32"), "Android 12.1 (API level 32)"),
        (System("android", "99"), "Android (API level 99)"),
        (System("android", "9"), "Android (API level 9)"),
        (System("ios", "15.0"), "iOS 15.0"),
        (System("java", "11"), "Java 11"),
    ],
    ids=str,
)
def test_an_api_level_is_not_called_a_version(system: System, title: str) -> None:
    """People know Android 8. Android 26 does not exist."""
    assert system.title == title
