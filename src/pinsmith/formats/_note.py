"""The findings of readers: what a policy cannot hold, and what does not do what it seems to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, PinsmithError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.repair import Repair
from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.repair import Applicability, Respelling
    from pinsmith.syntax.edit import Splice

UNUSABLE: Final = "unusable-part"
PROBLEMS: Final = frozenset({UNUSABLE, "compromised-authority", "invalid-host", "invalid-pin", "known-bad-pin"})
"""The rules of parts that cannot be used. Except for `UNUSABLE`, they are codes of the errors about such parts."""
COMMENTED_OUT: Final = "the pins in this comment are not in force and are not read"
NOTES: Final[dict[str, tuple[Severity, str]]] = {
    UNUSABLE: (Severity.HIGH, "a part cannot be used; `import` refuses the file, unless `--skip-bad` leaves it out"),
    "compromised-authority": (
        Severity.HIGH,
        "the pin of an authority whose key has been compromised; refused as above",
    ),
    "invalid-host": (Severity.HIGH, "a text is not a host; refused as above"),
    "invalid-pin": (Severity.HIGH, "a text is not a pin, so the platform cannot match it; refused as above"),
    "known-bad-pin": (Severity.HIGH, "a placeholder or a digest that no key has; refused as above"),
    "app-crashes": (Severity.HIGH, "the app crashes when it reads this setting"),
    "chain-unchecked": (Severity.HIGH, "the platform does not demand a trusted chain, but a policy does"),
    "cleartext-permitted": (Severity.LOW, "a pinned host can also be reached without TLS, where no pins apply"),
    "commented-out-pins": (Severity.MEDIUM, "pins stand in a comment, so they are not in force"),
    "debug-bypass": (Severity.HIGH, "a setting that is meant for debug builds also switches pinning off in releases"),
    "duplicate-entry": (Severity.MEDIUM, "a host or a setting occurs twice; pins are joined, or one entry is used"),
    "duplicate-pin": (Severity.LOW, "a list contains the same pin twice"),
    "host-never-matches": (Severity.HIGH, "the platform never finds this host, so it does not pin it"),
    "ignored-setting": (Severity.MEDIUM, "the platform ignores a setting"),
    "maybe-certificate-hash": (Severity.LOW, "a pin may be the hash of a certificate, because both look the same"),
    "misleading-setting": (Severity.MEDIUM, "a setting means something else than it seems to mean"),
    "no-pins": (Severity.MEDIUM, "an entry has no pins, so the platform does not pin the host"),
    "obsolete-setting": (Severity.INFO, "the platform ignores a setting that it used to need"),
    "odd-pin-spelling": (Severity.LOW, "a pin is not written as usual, although the platform accepts it"),
    "pin-never-matches": (Severity.HIGH, "the platform does not read a pin as it is written, or no chain matches it"),
    "pinning-may-be-off": (Severity.INFO, "a setting beside the pins seems to switch them off"),
    "pinning-off": (Severity.HIGH, "the file contains pins, but the platform enforces none of them"),
    "pins-elsewhere": (Severity.LOW, "another setting or another file also pins"),
    "pins-ended": (Severity.HIGH, "the pins have expired, so they are not enforced"),
    "pins-not-kept": (Severity.HIGH, "a pin is left out, because a policy cannot hold pins of its kind"),
    "pins-overridden": (Severity.HIGH, "chains that end in some authorities are accepted without a pinned key"),
    "platforms-differ": (Severity.MEDIUM, "platforms that read the file pin different hosts or for different times"),
    "policy-differs": (Severity.MEDIUM, "the policy pins more or less than the file, because it cannot say the same"),
    "private-suffix": (Severity.MEDIUM, "the host and its subdomains belong to different owners"),
    "report-address-not-kept": (Severity.LOW, "an address for reports is left out, because a policy cannot hold it"),
    "role-unknown": (Severity.LOW, "it is not known whether a key belongs to a leaf, an intermediate or a root"),
    "setting-not-kept": (Severity.LOW, "a setting is left out, because a policy does not have it"),
    "single-certificate": (Severity.MEDIUM, "one certificate file is pinned, so clients refuse the next certificate"),
    "third-party-reports": (Severity.LOW, "reports also go to the vendor of the library"),
    "too-few-pins": (Severity.HIGH, "a platform refuses to work with so few pins"),
    "unsigned-remote-pins": (
        Severity.HIGH,
        "the app fetches pins that nobody signed, so an attacker can choose them",
    ),
    "user-authorities": (Severity.INFO, "hosts without pins accept the authorities that users install"),
    "value-elsewhere": (Severity.INFO, "code takes a host or pins from another file, a parameter or the build"),
    "vouched-for-compromised": (Severity.HIGH, "the pin is of an authority that vouched for compromised ones"),
}
"""The severity and the meaning of every note, by its rule."""
_UNPINNED: Final = ("MASWE-0028", "MASTG-TEST-0242")
REFERENCES: Final[dict[str, tuple[str, ...]]] = {
    "chain-unchecked": ("CWE-295", "MASWE-0028"),
    "cleartext-permitted": ("CWE-319",),
    "commented-out-pins": _UNPINNED,
    "debug-bypass": ("CWE-489", "MASWE-0028"),
    "host-never-matches": _UNPINNED,
    "no-pins": _UNPINNED,
    "pinning-may-be-off": _UNPINNED,
    "pinning-off": _UNPINNED,
    "pins-ended": ("MASWE-0028", "MASTG-TEST-0243"),
    "pins-overridden": ("CWE-295", "MASWE-0028"),
    "unsigned-remote-pins": ("CWE-345", "MASWE-0028"),
    "user-authorities": ("CWE-295",),
}
"""Ids of notes in other catalogues, as in `pinsmith.rules._rule.Rule`; notes without one are absent."""
REPAIRS: Final[dict[str, Applicability]] = {
    UNUSABLE: "safe",
    "cleartext-permitted": "unsafe",
    "duplicate-pin": "safe",
    "host-never-matches": "unsafe",
    "invalid-pin": "safe",
    "known-bad-pin": "unsafe",
    "misleading-setting": "safe",
    "odd-pin-spelling": "safe",
    "pin-never-matches": "safe",
    "pinning-off": "unsafe",
    "pins-overridden": "unsafe",
    "third-party-reports": "unsafe",
    "user-authorities": "unsafe",
}
"""The notes that may have a repair, and what it is. See docs/decisions/0036-repairs.md."""


class Notes(list[Finding]):
    """
    The findings about one file, in the order in which its reader makes them.

    Attributes:
        file: The name of the file.
        in_force: Those about settings that the platform enforces, so that they must not be lost without consent.
    """

    def __init__(self, file: str, notes: Iterable[Finding] = ()) -> None:
        super().__init__(notes)
        self.file = file
        self.in_force: list[Finding] = []

    def add(
        self,
        rule: str,
        message: str,
        at: Position | int | None = None,
        *,
        fix: str | None = None,
        in_force: bool = False,
        repair: Iterable[Splice | Respelling] = (),
    ) -> None:
        """
        Add a finding.

        Args:
            rule: One of `NOTES`.

            message: The fact and its effect, as a clause without a final period.

            at: The position or the line; None for the file as a whole.

            fix: What to do, in the same form.

            in_force: Whether the platform enforces the setting.

            repair: The edits with which it goes away, if *rule* is one of `REPAIRS`.
        """
        severity, _ = NOTES[rule]
        line, column = at if isinstance(at, Position) else (at, None)
        splices = tuple(repair)
        mended = Repair(REPAIRS[rule], splices) if splices else None
        found = Finding(rule, severity, FilePlace(self.file or "-", line, column), message, fix or None, repair=mended)
        self.append(found)
        if in_force:
            self.in_force.append(found)

    def add_problem(
        self,
        message: str,
        at: Position | int | None,
        fix: str | None = None,
        repair: Iterable[Splice | Respelling] = (),
    ) -> None:
        """Add a part of the file that cannot be used. See `Reading.problems`."""
        self.add(UNUSABLE, message, at, fix=fix, repair=repair)

    def add_error(
        self, error: PinsmithError, at: Position | int | None, repair: Iterable[Splice | Respelling] = ()
    ) -> None:
        """Add a part of the file that cannot be used, because of *error*. Its code is the rule if it is a rule."""
        rule = error.code if error.code in PROBLEMS else UNUSABLE
        self.add(rule, str(error), at, fix=error.hint, repair=repair)

    def remove_bad(self, since: int, removals: Mapping[Position | None, Splice]) -> None:
        """Give findings about pins that no key has, from number *since*, the edits that remove the pins, by place."""
        for at, found in enumerate(self[since:], since):
            place = found.place
            where = Position(place.line or 0, place.column or 0) if isinstance(place, FilePlace) else None
            if found.rule == "known-bad-pin" and where in removals:
                self[at] = replace(found, repair=Repair(REPAIRS[found.rule], (removals[where],)))


def problems(notes: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the notes about parts that cannot be used."""
    return tuple(note for note in notes if note.rule in PROBLEMS)


def require_sound(notes: Iterable[Finding], file: str, *, way_out: str = "") -> None:
    """
    Raise an error for the first part of a file that cannot be used. Its details list the others.

    Args:
        notes: The notes of a reader.

        file: The name of the file, which the error names.

        way_out: Another thing that the user can do, added to the hint of the first problem.

    Raises:
        FormatError: if there is such a part.
    """
    found = sorted(set(problems(notes)), key=lambda note: (*_place(note), note.message))
    if found:
        first, *others = found
        line, column = _place(first)
        raise FormatError(
            first.message,
            file=file,
            line=line or None,
            column=column or None,
            hint="; ".join(filter(None, (first.fix, way_out))) or None,
            details=[f"{other.place}: {other.message}" for other in others],
        )


def _place(note: Finding) -> tuple[int, int]:
    place = note.place
    return (place.line or 0, place.column or 0) if isinstance(place, FilePlace) else (0, 0)
