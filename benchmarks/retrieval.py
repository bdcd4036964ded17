"""
Measure retrieval beside its peers: client CPU for each host, in one interleaved run against one server.

The server of ``benchmarks/fetch.py`` has a certificate for each name. In each round, every contender is a fresh process
that asks all names in a shuffled order of contenders; the shell pipeline asks a sample. CPU is the user and system time
of the contender alone, start-up included. All must find the same pins, and those that verify also the same verified
chains, otherwise the run fails. Contenders whose program is missing are left out, and a line says so. Run it with
``python -m benchmarks.retrieval --names 5000 --rounds 5``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import random
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.fetch import PIPELINE, name_of, peak_of, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PEERS = Path(__file__).parent / "peers"
BASES = ("shell", "go-verified")


class Answer(NamedTuple):
    """The pins of one host, leaf first; a contender that does not see all of a chain gives its beginning."""

    presented: tuple[str, ...]
    verified: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """The server, and what contenders need."""

    port: int
    folder: Path
    concurrency: int
    sample: int

    @property
    def names(self) -> Path:
        """The list of names, one on each line."""
        return self.folder / "names.txt"

    @property
    def cafile(self) -> Path:
        """The root, as PEM."""
        return self.folder / "root.pem"


@dataclass(frozen=True)
class Contender:
    """
    A program that reads pins.

    Attributes:
        command: Its arguments.
        read: Reads its output.
        missing: Returns why it cannot run here; empty if it can.
        verifies: It sees the whole of each chain, and verifies it.
        samples: It is so slow that it asks a sample.
    """

    name: str
    command: Callable[[Place], list[str]]
    read: Callable[[str], dict[str, Answer]]
    missing: Callable[[], str] = lambda: ""
    verifies: bool = False
    samples: bool = False


def read_lines(text: str) -> dict[str, Answer]:
    """Read lines of name, presented pins and verified pins, with tabs between them and commas between pins."""
    answers = {}
    for line in text.splitlines():
        name, presented, verified = line.split("\t")
        answers[name] = Answer(tuple(presented.split(",")), tuple(verified.split(",")) if verified else ())
    return answers


def read_ndjson(text: str) -> dict[str, Answer]:
    """Read the output of ``pinsmith fetch --format ndjson``."""
    answers = {}
    for host in map(json.loads, text.splitlines()):
        chain = host["chain"]
        presented, verified = (tuple(one["pin"] for one in chain if one[kind]) for kind in ("presented", "verified"))
        answers[host["host"]] = Answer(presented, verified)
    return answers


def require_equal(
    name: str, found: Mapping[str, Answer], expected: Mapping[str, Answer], *, whole: bool = False
) -> None:
    """
    Compare the answers of a contender with those of a contender that sees whole chains.

    Unless they have to be *whole*, the beginning of each chain is enough.

    Raises:
        SystemExit: if a host is missing, or a pin is another one.
    """
    if found.keys() != expected.keys():
        raise SystemExit(f"{name}: {len(found)} hosts, but expected {len(expected)} others")
    for host, answer in found.items():
        for mine, right in zip(answer, expected[host], strict=True):
            if mine != right[: None if whole else len(mine)]:
                raise SystemExit(f"{name}: {host} has the pins {mine}, but expected {right}")
        if not answer.presented:
            raise SystemExit(f"{name}: {host} has no pins")


def ratios(costs: Mapping[str, Sequence[float]], base: str) -> dict[str, float]:
    """Return how many times less each contender costs than *base*, by medians; empty if *base* did not run."""
    if base not in costs:
        return {}
    against = statistics.median(costs[base])
    return {name: against / statistics.median(values) for name, values in costs.items()}


def _shell(place: Place) -> list[str]:
    line = PIPELINE.format(port=place.port, name='"$name"')
    names = shlex.quote(str(place.folder / "sample.txt"))
    script = f'while read -r name; do printf "%s\\tsha256/%s\\t\\n" "$name" "$({line})"; done <{names}'
    return ["/bin/sh", "-c", script]


def _python(script: str, *words: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        given = ["--port", str(place.port), "--names", str(place.names), "--concurrency", str(place.concurrency)]
        return [sys.executable, str(PEERS / script), *given, *(word.format(cafile=place.cafile) for word in words)]

    return command


def _go(*words: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        given = ["-names", str(place.names), "-cafile", str(place.cafile), "-concurrency", str(place.concurrency)]
        return [str(place.folder / "client"), "-address", f"127.0.0.1:{place.port}", *given, *words]

    return command


def _cli(*words: str) -> Callable[[Place], list[str]]:
    def command(place: Place) -> list[str]:
        given = ["--from", str(place.names), "--connect", f"127.0.0.1:{place.port}", "--cafile", str(place.cafile)]
        more = ["--concurrency", str(place.concurrency), "--timeout", "60", "--format", "ndjson"]
        return [sys.executable, "-m", "pinsmith", "fetch", *given, *more, *words]

    return command


class Costs(NamedTuple):
    """The CPU seconds for each host, and the peak of memory; the latter is 0 where the system does not show it."""

    cpu_seconds: float
    peak_megabytes: float


def _without_go() -> str:
    return "" if shutil.which("go") else "Go is not installed"


def _without_rustls() -> str:
    if importlib.util.find_spec("rtls") is None:
        return "rtls is not installed"
    shown = subprocess.run([sys.executable, "-m", "pinsmith", "fetch", "--help"], capture_output=True, check=True)
    return "" if b"--engine" in shown.stdout else "fetch has no --engine"


CONTENDERS = (
    Contender("library", _python("with_library.py", "--cafile", "{cafile}"), read_lines, verifies=True),
    Contender(
        "library-rustls",
        _python("with_library.py", "--cafile", "{cafile}", "--engine", "rustls"),
        read_lines,
        _without_rustls,
        verifies=True,
    ),
    Contender("cli", _cli(), read_ndjson, verifies=True),
    Contender("cli-no-pem", _cli("--no-pem"), read_ndjson, verifies=True),
    Contender("cli-rustls", _cli("--no-pem", "--engine", "rustls"), read_ndjson, _without_rustls, verifies=True),
    Contender("asyncio", _python("with_asyncio.py"), read_lines),
    Contender("go", _go(), read_lines, _without_go),
    Contender("go-verified", _go("-verify"), read_lines, _without_go, verifies=True),
    Contender("shell", _shell, read_lines, samples=True),
)


def measure(contender: Contender, place: Place, expected: dict[str, Answer]) -> Costs:
    """Run a contender, compare its pins with those that are *expected*, and return what each host cost."""
    printed = place.folder / "printed.txt"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = 0.0
    with printed.open("wb") as out, subprocess.Popen(contender.command(place), stdout=out) as process:
        while process.poll() is None:
            peak = max(peak, peak_of(process.pid))
            time.sleep(0.05)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{contender.name}: exit code {process.returncode}")
    found = contender.read(printed.read_text("utf-8"))
    asked = list(expected)[: place.sample] if contender.samples else list(expected)
    require_equal(contender.name, found, {name: expected[name] for name in asked}, whole=contender.verifies)
    return Costs((after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) / len(found), peak)


def _run(place: Place, chosen: list[Contender], names: list[str], rounds: int) -> dict[str, list[Costs]]:
    place.names.write_text("".join(f"{name}\n" for name in names), "utf-8")
    (place.folder / "sample.txt").write_text("".join(f"{name}\n" for name in names[: place.sample]), "utf-8")
    reference = CONTENDERS[0]
    shown = subprocess.run(reference.command(place), capture_output=True, text=True, check=True).stdout
    answers = reference.read(shown)
    expected = {name: answers[name] for name in names}
    costs: dict[str, list[Costs]] = {contender.name: [] for contender in chosen}
    for _ in range(rounds):
        for contender in random.sample(chosen, len(chosen)):
            costs[contender.name].append(measure(contender, place, expected))
    return costs


def _report(costs: dict[str, list[Costs]]) -> None:
    cpu = {name: [one.cpu_seconds for one in values] for name, values in costs.items()}
    against = [ratios(cpu, base) for base in BASES]
    print(
        f"{'contender':>14} {'CPU ms/host':>12} {'peak MB':>8}" + "".join(f" {'against ' + base:>20}" for base in BASES)
    )
    for name, values in cpu.items():
        shown = (f"{ratio[name]:>19.2f}x" if ratio else f"{'-':>20}" for ratio in against)
        peak = max(one.peak_megabytes for one in costs[name])
        print(f"{name:>14} {statistics.median(values) * 1000:>12.3f} {peak:>8.1f} " + " ".join(shown))
    print("load average:", *(f"{load:.2f}" for load in os.getloadavg()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=1_000, help="distinct certificates")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--sample", type=int, default=20, help="hosts for the pipeline in each round")
    parser.add_argument("--only", nargs="+", choices=[one.name for one in CONTENDERS], metavar="CONTENDER")
    return parser.parse_args()


def main() -> None:
    """Start the server, run the contenders, and print medians and ratios."""
    options = _options()
    chosen = []
    for contender in CONTENDERS:
        if options.only and contender.name not in options.only:
            continue
        if why := contender.missing():
            print(f"{contender.name} is left out: {why}")
        else:
            chosen.append(contender)
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs, options.names))
    server.start()
    port, root, workers = mine.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            place = Place(port, Path(folder), options.concurrency, min(options.sample, options.names))
            place.cafile.write_text(root, "utf-8")
            if any(contender.name.startswith("go") for contender in chosen):
                build = ["go", "build", "-o", str(place.folder / "client"), str(PEERS / "client.go")]
                subprocess.run(build, check=True)
            names = [name_of(index, options.names) for index in range(options.names)]
            _report(_run(place, chosen, names, options.rounds))
    finally:
        for worker in workers:
            os.kill(worker, 15)
        server.kill()


if __name__ == "__main__":
    main()
