#!/usr/bin/env python3
"""
Add lists of trust stores that come in packages to the lists that ``tools/authorities`` reads.

Usage: tools/trust_stores.py DIRECTORY --into FOLDER [--debian VERSION=FILE.deb]... [FILE.whl]...

DIRECTORY holds ``roots.tsv``, ``intermediates.tsv`` and ``stores.tsv``; FOLDER gets copies with more rows. The packages
are fetched by hand, with the clients of their registries:

    pip download --no-deps certifi==2026.10.18
    apt-get download ca-certificates=20230311+deb12u1

A wheel of certifi gives a list whose version and day are those of the wheel. A package ``ca-certificates`` gives a list
for a release of Debian, whose day is that of the package's version. Roots that ``roots.tsv`` lacks are added with a new
id. The tool needs pinsmith and, for packages of Debian, ``dpkg-deb``.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import shutil
import ssl
import subprocess
import tarfile
import zipfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.certificate import Certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PEM = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Lists:
    """The rows of ``roots.tsv`` and ``stores.tsv``, to which packages are added."""

    def __init__(self, directory: Path) -> None:
        self.roots = (directory / "roots.tsv").read_text("utf-8").splitlines()
        self.stores = (directory / "stores.tsv").read_text("utf-8").splitlines()
        self._ids = {row.split("\t")[1]: int(row.split("\t")[0]) for row in self.roots[1:]}

    def add(self, store: str, version: str, day: date, ders: Iterable[bytes]) -> None:
        """Add a list."""
        roots = ",".join(map(str, sorted({self._id(Certificate(der)) for der in ders})))
        self.stores.append(f"{store}\t{version}\t{day.isoformat()}\t{roots}\t")

    def _id(self, certificate: Certificate) -> int:
        if certificate.sha256 not in self._ids:
            number = self._ids[certificate.sha256] = max(self._ids.values()) + 1
            days = certificate.not_before.date().isoformat(), certificate.not_after.date().isoformat()
            spki = base64.b64encode(certificate.spki).decode("ascii")
            own = (certificate.sha256, certificate.pin.base64, certificate.subject, certificate.algorithm, *days)
            self.roots.append("\t".join((str(number), *own, "", spki)))
        return self._ids[certificate.sha256]


def of_pem(text: str) -> Iterator[bytes]:
    """Yield the certificates of a PEM file."""
    yield from map(ssl.PEM_cert_to_DER_cert, _PEM.findall(text))


def of_wheel(path: Path) -> tuple[str, date, list[bytes]]:
    """Return version, day and roots of a wheel of certifi."""
    version = path.name.split("-")[1]
    year, month, day = map(int, version.split(".")[:3])
    with zipfile.ZipFile(path) as wheel:
        ders = list(of_pem(wheel.read("certifi/cacert.pem").decode("utf-8")))
    return version.partition(".post")[0], date(year, month, day), ders


def of_package(path: Path) -> tuple[date, list[bytes]]:
    """Return day and roots of a package of Debian, those that it installs as trusted by default."""
    digits = path.name.split("_")[1][:8]
    day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    command = ["dpkg-deb", "--fsys-tarfile", str(path)]
    content = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - the user names the file
    ders: list[bytes] = []
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if re.fullmatch(r"\./usr/share/ca-certificates/mozilla/[^/]+\.crt", member.name):
                file = archive.extractfile(member)
                ders += of_pem(file.read().decode("utf-8")) if file else []
    return day, ders


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Add lists of trust stores from packages.")
    parser.add_argument("directory", type=Path, help="where roots.tsv, intermediates.tsv and stores.tsv are")
    parser.add_argument("wheels", type=Path, nargs="*", help="wheels of certifi")
    parser.add_argument("--debian", action="append", default=[], metavar="VERSION=FILE", help="a package")
    parser.add_argument("--into", type=Path, required=True, help="where to write")
    arguments = parser.parse_args()
    lists = Lists(arguments.directory)
    for version, day, ders in sorted(map(of_wheel, arguments.wheels), key=lambda wheel: wheel[1]):
        lists.add("certifi", version, day, ders)
    packages = [(int(text.partition("=")[0]), *of_package(Path(text.partition("=")[2]))) for text in arguments.debian]
    for release, day, ders in sorted(packages, key=lambda package: package[:2]):
        lists.add("debian", str(release), day, ders)
    arguments.into.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(arguments.directory / "intermediates.tsv", arguments.into / "intermediates.tsv")
    for name, rows in (("roots.tsv", lists.roots), ("stores.tsv", lists.stores)):
        (arguments.into / name).write_text("\n".join(rows) + "\n", "utf-8")
    print(f"wrote {len(lists.roots) - 1} roots and {len(lists.stores) - 1} lists")


if __name__ == "__main__":
    main()
