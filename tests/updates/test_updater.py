"""A program gets newer pins without a release, and keeps what it has if it cannot."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

import pinsmith
from pinsmith import PinnedSSLContext
from pinsmith.errors import FileError, InjectionError, ParseError
from pinsmith.errors.updates import RefusedUpdateError, UpdateFailedError, UpdateSettingsError
from pinsmith.policy import Policy
from pinsmith.tls.inject import injected_policy
from pinsmith.updates import schedule
from pinsmith.updates.follower import Followers
from pinsmith.updates.suspension import Suspension
from tests.updates.world import API, CDN, DAY, HOST, NOW, OTHER, World, entry, pins, status

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.updates import Updater

NEXT = entry(HOST, "live", "standby", "next")


class Watched(PinnedSSLContext):
    """A context that says when it gets a policy."""

    given: threading.Event | None = None

    @property
    def policy(self) -> Policy:
        """The pins."""
        return super().policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        PinnedSSLContext.policy.fset(self, policy)  # type: ignore[attr-defined]
        if self.given is not None:
            self.given.set()


def runs(updater: Updater) -> bool:
    """Say whether the thread runs."""
    return updater._background.runs


def watched() -> Watched:
    """Make a context without pins."""
    context = Watched(Policy())
    context.given = threading.Event()
    return context


def test_the_floor_is_in_force_before_anybody_was_asked(world: World) -> None:
    """Construction asks nobody, and the policy that the program was built with counts."""
    updater = world.updater()
    assert pins(updater.policy) == {"live", "standby"}
    assert (status(updater).source, status(updater).version) == ("floor", None)
    assert not world.mirror.site.requests


def test_an_update_is_applied_and_kept(world: World) -> None:
    """A refresh gets a newer policy, and the next start has it without the network."""
    world.update(NEXT, CDN)
    updater = world.updater()
    updater.refresh()
    assert pins(updater.policy) == {"live", "standby", "next"}
    now = status(updater)
    assert (now.source, now.version, now.error, now.disk_error) == ("update", 2, None, None)
    assert (now.last_success, now.fresh_until) == (NOW, NOW + 7 * DAY)
    requests = len(world.mirror.site.requests)
    again = world.updater()
    assert pins(again.policy) == {"live", "standby", "next"}
    assert status(again).version == 2
    assert len(world.mirror.site.requests) == requests


def test_an_addition_counts_at_once_in_contexts(world: World) -> None:
    """A context that was made before the update accepts the new key after it."""
    updater, context = world.updater(), PinnedSSLContext(Policy())
    updater.apply_to(context)
    assert context.policy is updater.policy
    world.update(NEXT, CDN)
    updater.refresh()
    assert pins(context.policy) == {"live", "standby", "next"}


def test_a_refresh_without_news_changes_nothing(world: World) -> None:
    """The policy stays the same object, because sessions of TLS belong to it."""
    updater = world.updater()
    updater.refresh()
    before = updater.policy
    world.renew()
    updater.refresh()
    assert updater.policy is before


def test_a_policy_that_cannot_be_applied_leaves_the_old_one(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A failing context keeps its policy, and the others follow."""
    updater, broken, good = world.updater(), PinnedSSLContext(Policy()), PinnedSSLContext(Policy())
    updater.apply_to(broken)
    updater.apply_to(good)
    del broken._enforcer
    world.update(NEXT, CDN)
    updater.refresh()
    assert pins(good.policy) == {"live", "standby", "next"}
    assert "a context keeps its policy" in caplog.text


def test_a_context_is_not_kept_alive() -> None:
    """The updater holds contexts weakly, because a program makes and drops many."""

    class Plain:
        """Stands for a context, and is freed as soon as nobody refers to it."""

        policy: Policy | None = None

    followers, context = Followers(), Plain()
    gone = weakref.ref(context)
    followers.add(context, Policy())  # type: ignore[arg-type]
    followers.follow(Policy((API,)))
    assert context.policy == Policy((API,))
    del context
    assert gone() is None


def test_the_process_follows(world: World) -> None:
    """An injection gets each later policy, and ends with the next call of `inject`."""
    updater = world.updater()
    try:
        updater.inject()
        world.update(NEXT, CDN)
        updater.refresh()
        assert injected_policy() is updater.policy
        assert pins(updater.policy) == {"live", "standby", "next"}
        other = Policy((API,))
        pinsmith.inject(other)
        world.update(entry(HOST, "live", "standby", "more"), CDN)
        updater.refresh()
        assert injected_policy() is other
    finally:
        pinsmith.extract()


def test_an_injection_that_fails_is_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `ssl` is patched, the program hears that nothing is enforced."""
    monkeypatch.setattr(ssl, "SSLSocket", type("SSLSocket", (), {"__module__": "gevent.ssl"}))
    with pytest.raises(InjectionError):
        world.updater().inject()


def test_a_thread_refreshes(world: World) -> None:
    """`start` returns at once, the update comes, and `close` ends the thread."""
    world.update(NEXT, CDN)
    context = watched()
    assert context.given is not None
    with world.updater() as updater:
        updater.apply_to(context)
        while pins(context.policy) != {"live", "standby", "next"}:
            assert context.given.wait(30)
            context.given.clear()
        assert runs(updater)
    assert not runs(updater)
    updater.start()
    assert not runs(updater)


def test_a_thread_goes_on_after_a_failure(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is logged once, with its code, and the next attempt comes soon."""
    updater = world.updater()
    updater._refreshes = True
    world.mirror.gives("metadata/timestamp.json", b"", 503)
    assert 48 <= updater._turn() <= 72
    assert status(updater).error_code == "update-unreachable"
    assert caplog.text.count("no update of pins (update-unreachable)") == 1
    world.time.elapse(DAY)
    assert 96 <= updater._turn() <= 144
    assert caplog.text.count("no update of pins (update-unreachable)") == 1
    world.mirror.answers.clear()
    world.time.elapse(DAY)
    assert updater._turn() == 3600  # it looks every hour, in case the clock is corrected
    assert status(updater).error_code is None


def test_a_suspension_ends_in_contexts_without_a_refresh(world: World) -> None:
    """The thread that `apply_to` starts ends it, and asks nobody."""
    suspension = Suspension(HOST, NOW, NOW + DAY, "the standby key is lost")
    world.update(API, CDN, suspensions=(suspension,))
    updater, context = world.updater(), watched()
    assert context.given is not None
    updater.refresh()
    requests = len(world.mirror.site.requests)
    updater.apply_to(context)
    found = context.policy.find(HOST)
    assert found is not None
    assert found.mode == "report-only"
    world.time.elapse(DAY)
    context.given.clear()
    updater._background.start()  # wakes it, as the end of its wait does
    assert context.given.wait(30)
    found = context.policy.find(HOST)
    assert found is not None
    assert found.mode == "enforce"
    assert len(world.mirror.site.requests) == requests


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs Python with fork, not on Windows")
def test_a_child_has_a_thread_of_its_own_when_it_asks(world: World) -> None:
    """After a fork in the middle of a refresh, the child has the policy, no thread and no lock that is held."""
    updater = world.updater()
    updater.start()
    updater._refreshing.acquire()
    updater._looking.acquire()
    child = os.fork()
    if not child:
        code = 1
        try:
            ran = runs(updater)
            updater.refresh()
            updater.start()
            code = 0 if (ran, runs(updater), status(updater).source) == (False, True, "update") else 2
        finally:
            os._exit(code)
    updater._refreshing.release()
    updater._looking.release()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert runs(updater)


def test_what_it_cannot_begin_with_is_an_error(world: World, tmp_path: Path) -> None:
    """A floor that cannot be read, has no table, or names no root, and an address in the clear, are refused at once."""
    floor = tmp_path / "pins.toml"

    def begin(url: str | None = None) -> None:
        pinsmith.updates.Updater(url, floor=floor, cache=tmp_path / "cache")

    for url in ("http://localhost/", "https://user:secret@localhost/", "https://localhost/?a=b"):
        with pytest.raises(UpdateSettingsError) as caught:
            begin(url)
        assert "secret" not in str(caught.value)
    root = tmp_path / "1.root.json"
    root.write_bytes((world.directory.metadata / "timestamp.json").read_bytes())
    with pytest.raises(UpdateSettingsError, match="the root of the program cannot be used"):
        begin()
    root.unlink()
    with pytest.raises(FileError) as missing:
        begin()
    assert "build the program with the root" in str(missing.value.hint)
    floor.write_text(floor.read_text().partition("[updates]")[0])
    with pytest.raises(UpdateSettingsError, match="does not say where updates come from"):
        begin()
    floor.write_text("nothing")
    with pytest.raises(ParseError):
        begin()
    floor.unlink()
    with pytest.raises(FileError):
        begin()


def test_faults_of_network_and_disk_do_not_stop_a_program(world: World) -> None:
    """Construction works with an address that nobody serves and a cache that is a file."""
    (world.path / "cache").write_text("not a directory")
    world.write_floor("https://localhost:1/")
    updater = world.updater()
    with pytest.raises(UpdateFailedError):
        updater.refresh()
    assert pins(updater.policy) == {"live", "standby"}
    assert "cannot be made" in (status(updater).disk_error or "")


def test_a_second_address_is_asked(world: World) -> None:
    """One good address is enough: the given one comes first, and those of the file follow."""
    world.update(NEXT, CDN)
    broken, rogue = world.serve(world.pki.leaf, world.path / "empty"), world.serve(world.pki.rogue)
    world.write_floor(rogue.url, world.mirror.url)
    updater = world.updater(broken.url)
    updater.refresh()
    assert pins(updater.policy) == {"live", "standby", "next"}
    assert broken.site.requests
    assert not rogue.site.requests  # it was refused in the handshake


def test_a_mirror_that_lags_behind_is_passed_over(world: World) -> None:
    """An address that shows an older state than was seen is not asked further."""
    old = world.path / "old"
    shutil.copytree(world.directory.path, old)
    lagging = world.serve(world.pki.leaf, old)
    world.update(NEXT, CDN)
    world.updater().refresh()
    world.write_floor(lagging.url, world.mirror.url)
    world.update(entry(HOST, "live", "next"), CDN)
    updater = world.updater()
    updater.refresh()
    assert status(updater).version == 3
    world.write_floor(lagging.url)
    with pytest.raises(UpdateFailedError) as caught:
        world.updater().refresh()
    assert caught.value.code == "stale-update"


def test_all_addresses_that_fail_are_named(world: World) -> None:
    """The error is that of the first address, with the others below."""
    world.write_floor("https://localhost:1/", "https://localhost:2/")
    with pytest.raises(UpdateFailedError, match="https://localhost:1/ did not answer") as caught:
        world.updater().refresh()
    assert len(caught.value.details) == 1
    assert "https://localhost:2/ did not answer" in caught.value.details[0]


def test_a_refused_update_is_logged_once_and_tried_again_when_it_changes(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The same version is not fetched again, not even after a restart, and the next one is."""
    world.update(entry(HOST, "thief", "thief-standby"), CDN)
    for updater in (world.updater(), world.updater()):
        for _ in range(2):
            with pytest.raises(RefusedUpdateError) as caught:
                updater.refresh()
            assert [(one.code, one.subject) for one in caught.value.refusals] == [("no-common-pin", HOST)]
            assert status(updater).error_code == "update-refused"
            assert pins(updater.policy) == {"live", "standby"}
    assert caplog.text.count("no-common-pin") == 1
    fetched = [request.path for request in world.mirror.site.requests if request.path.endswith("policy.json")]
    assert len(fetched) == 1
    world.update(NEXT, CDN)
    updater.refresh()
    assert status(updater).version == 3
    assert status(updater).error is None


def test_an_update_never_takes_a_host_of_the_floor_out(world: World) -> None:
    """Nor does it weaken one, whoever has signed it."""
    world.update(API)
    with pytest.raises(RefusedUpdateError) as caught:
        world.updater().refresh()
    assert [(one.code, one.subject) for one in caught.value.refusals] == [("host-left-out", OTHER)]


def test_a_release_with_another_floor_is_not_weakened_by_its_cache(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A policy that was accepted by an older release counts only if it protects what the newer one does."""
    world.updater().refresh()
    world.floor = (API, CDN, entry("new.example.test", "new", "new-standby"))
    world.write_floor(world.mirror.url)
    updater = world.updater()
    assert status(updater).source == "floor"
    assert pins(updater.policy, "new.example.test") == {"new", "new-standby"}
    assert "host-left-out" in caplog.text


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 21600), (1, 60), (2, 120), (5, 960), (9, 15360), (10, 21600), (1000, 21600)]
)
def test_waits_grow_and_differ(failures: int, seconds: int) -> None:
    """After a failure it is a minute, then twice as long, up to the interval; each wait differs by a fifth at most."""
    assert schedule.wait_seconds(failures, 21600, lambda: 0.5) == seconds
    assert schedule.wait_seconds(failures, 21600, lambda: 0.0) == pytest.approx(0.8 * seconds)
    assert schedule.wait_seconds(failures, 21600, lambda: 1.0) == pytest.approx(1.2 * seconds)


def test_import_needs_no_extra(tmp_path: Path) -> None:
    """Only a program that makes an updater loads TUF, and without the extra the error says how to install it."""
    program = f"""
import sys
import pinsmith, pinsmith.updates
from pinsmith.updates import Updater
assert not any(name.partition(".")[0] in ("tuf", "securesystemslib") for name in sys.modules)
sys.modules["tuf"] = sys.modules["securesystemslib"] = None
try:
    Updater(floor={str(tmp_path / "pins.toml")!r}, cache="cache")
except Exception as error:
    print(type(error).__name__, error, error.hint)
"""
    (tmp_path / "pins.toml").write_text(
        'version = 1\n[updates]\naddresses = ["https://localhost/"]\n[[host]]\nname = "a.example.com"\nmode = "off"\n'
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.startswith("UpdateSettingsError signed updates need tuf")
    assert done.stdout.endswith("pip install 'pinsmith[updates]'\n")
