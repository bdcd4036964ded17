"""What a format is: a syntax in which a platform is told which keys to pin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pinsmith.errors import FormatError
from pinsmith.formats._fault import in_file

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from datetime import date

    from pinsmith.pin import Pin
    from pinsmith.pinfile import Option
    from pinsmith.policy import Key, Policy

Subdomains = Literal["none", "one-label", "any-depth"]
Matches = Literal["chain", "leaf", "leaf-or-ca", "anchors"]
Takes = Literal["pin", "certificate-hash", "certificate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """
    What a syntax can say. What an export would lose follows from it, and is computed in one place.

    Attributes:
        hosts: How many hosts one file holds; ``none``: it holds pins, and the host stands elsewhere.
        addresses: Whether a host may be an IP address.
        subdomains: How far down an entry reaches that includes subdomains.
        exempts: Whether a subdomain of a pinned host can be exempted.
        exempts_below: Whether such an exemption can reach the subdomains of that subdomain.
        joins_parent: Whether a host takes the pins of its parents too, of those that include subdomains and reach it.
        widens: Whether subdomains of a host are pinned too on some of its platforms, asked or not.
        expiry: Whether pins can end on a day.
        report_only: Whether a mismatch can be reported without being refused.
        report_uris: Whether it says where to report.
        matches: Where the platform looks for a pinned key: in the whole verified chain, at the leaf, at the leaf or
            else above it but never both, or among anchors that replace the system's.
        takes: What it is given for each key.
        least_pins: With fewer distinct pins for an enforced host the platform refuses to work.
        algorithms: The keys that the platform can hash, as `pinsmith.policy.Key.algorithm` spells them; None: all.
        pins_only: Whether a host without a trusted chain can be pinned by its leaf.
        require_pins: Whether hosts without pins in force can be refused.
        compromised: What becomes of a chain with the key of a compromised authority, if another key of it is pinned:
            ``refused``, ``accepted``, ``leaf`` (only the leaf's key counts, so no authority can take its place), or the
            name of the library that refuses those which it knows.
        misses_expo_fetch: Whether Expo's own ``fetch``, the global one since Expo SDK 56, goes unpinned.
        whole: Whether it says all that a policy does, down to the names of keys, so that nothing is lost.
    """

    hosts: Literal["many", "one", "none"] = "many"
    addresses: bool = False
    subdomains: Subdomains = "none"
    exempts: bool = False
    exempts_below: bool = True
    joins_parent: bool = False
    widens: bool = False
    expiry: bool = False
    report_only: bool = False
    report_uris: bool = False
    matches: Matches = "chain"
    takes: Takes = "pin"
    least_pins: int = 1
    algorithms: Container[str] | None = None
    pins_only: bool = False
    require_pins: bool = False
    compromised: str = "accepted"
    misses_expo_fetch: bool = False
    whole: bool = False

    def flags(self) -> Iterator[str]:
        """Name what it can, for lists and machines."""
        yield {"many": "several-hosts", "one": "one-host", "none": "pins-without-host"}[self.hosts]
        if self.subdomains != "none":
            yield f"subdomains-{self.subdomains}"
        yield from (
            word
            for word, can in (
                ("addresses", self.addresses),
                ("exemptions", self.exempts),
                ("expiry", self.expiry),
                ("report-only", self.report_only),
                ("report-uris", self.report_uris),
                ("pins-only", self.pins_only),
                ("require-pins", self.require_pins),
                ("whole-policy", self.whole),
            )
            if can
        )
        yield {"chain": "chain-pins", "leaf": "leaf-only", "leaf-or-ca": "leaf-or-ca", "anchors": "anchors"}[
            self.matches
        ]
        yield {"pin": "pins", "certificate-hash": "certificate-hashes", "certificate": "certificates"}[self.takes]
        if self.least_pins > 1:
            yield f"at-least-{self.least_pins}-pins"
        if self.joins_parent:
            yield "joins-parent-pins"
        if self.widens:
            yield "subdomains-unasked"
        if self.compromised == "refused":
            yield "refuses-compromised"
        if self.misses_expo_fetch:
            yield "misses-expo-fetch"
        if self.algorithms is not None:
            yield "some-key-types"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What is to be written for one host, already cut down to what the format can say.

    Attributes:
        host: Canonical.
        keys: Never empty, unless it is exempt.
        include_subdomains: Only where the format can say so.
        expires: Only where the format can say so.
        report_only: Only where the format can say so.
        exempt: Whether the host is to be left unpinned below a pinned parent.
        report_uris: Only where the format can say so.
        pins_only: Whether the chain need not be trusted.
    """

    host: str
    keys: tuple[Key, ...]
    include_subdomains: bool = False
    expires: date | None = None
    report_only: bool = False
    exempt: bool = False
    report_uris: tuple[str, ...] = ()
    pins_only: bool = False


@dataclass(frozen=True)
class Export:
    """
    What a writer is given.

    Attributes:
        entries: In the order of the pin file.
        source: The name of the pin file, for the remark that says what made the output.
        options: Those of the output that the format knows, checked.
        existing: What stands in the file now, to be edited in place; None if there is no file.
        name: What errors about `existing` call the file.
        certificates: DER, by the name of their key; for formats that take certificates or their hashes.
        sign: Signs bytes with the user's key, for formats that are signed; None if no key was given.
        require_pins: Whether hosts without pins in force are to be refused; only where the format can say so.
        policy: All of it, for formats that say all of it; None for others.
    """

    entries: tuple[Entry, ...]
    source: str = "pins.toml"
    options: Mapping[str, Option] = field(default_factory=dict)
    existing: str | None = None
    name: str = "output"
    certificates: Mapping[str, bytes] = field(default_factory=dict)
    sign: Callable[[bytes], bytes] | None = None
    require_pins: bool = False
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class FoundPin:
    """
    A pin in a file.

    Attributes:
        role: If the syntax says it.
        remark: What a comment beside it says; shown to people, and trusted by nobody.
    """

    pin: Pin
    role: Literal["leaf", "intermediate", "root"] | None = None
    remark: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """
    One host as a file pins it.

    Attributes:
        host: Canonical.
        pins: In the order of the file, each once.
        line: Where it stands, from 1; None if the syntax has no lines.
        exempt: Whether the file says that it is not pinned.
    """

    host: str
    pins: tuple[FoundPin, ...]
    include_subdomains: bool = False
    expires: date | None = None
    report_only: bool = False
    exempt: bool = False
    report_uris: tuple[str, ...] = ()
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something in a file that a policy cannot hold, or that does not do what its author meant."""

    text: str
    line: int | None = None
    is_setting: bool = field(default=False, kw_only=True)  # in force, so that no file must lose it without consent

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


@dataclass(frozen=True, slots=True)
class Problem(Note):
    """
    A part of a file that no policy can take: a pin that is none, or a host that the platform refuses.

    It stands among the notes of a `Reading`. The rest of the file is read all the same. `policy_of` refuses a file
    with problems, or leaves these parts out if it is told to.

    Attributes:
        hint: What to do.
    """

    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What a reader found.

    Attributes:
        hosts: In the order of the file; a host may stand more than once only if the format takes the union.
        pins: Of formats that name no host.
        notes: What could not be kept, with each `Problem`. Nothing is dropped without one.
        include_subdomains: Of formats that name no host, as are the next two.
        report_only: See `Found`.
        report_uris: See `Found`.
        policy: All of it, of formats that say all of it; it wins over the rest.
    """

    hosts: tuple[Found, ...] = ()
    pins: tuple[FoundPin, ...] = ()
    notes: tuple[Note, ...] = ()
    include_subdomains: bool = False
    report_only: bool = False
    report_uris: tuple[str, ...] = ()
    policy: Policy | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The parts of the file that could not be read."""
        return tuple(note for note in self.notes if isinstance(note, Problem))


def require_sound(notes: Iterable[Note], file: str, *, way_out: str = "") -> None:
    """
    Raise the first `Problem` of the file, with the others as its details.

    Args:
        notes: Of a reader.

        file: For the error.

        way_out: What else the user can do; follows the hint of the first problem.

    Raises:
        FormatError: There is one.
    """
    problems = sorted(
        {note for note in notes if isinstance(note, Problem)}, key=lambda each: (each.line or 0, each.text)
    )
    if problems:
        first, *others = problems
        details = [f"{file}:{each.line}: {each.text}" if each.line else f"{file}: {each.text}" for each in others]
        hint = "; ".join(filter(None, (first.hint, way_out)))
        raise FormatError(first.text, file=file, line=first.line, hint=hint or None, details=details)


@dataclass(frozen=True, slots=True)
class OutputOption:
    """
    An option of an output: what ``[[output]]`` may say besides format and path.

    Attributes:
        name: As users write it.
        help: What it sets; a noun phrase.
        kind: The type of its value.
        default: Where it is not given.
        choices: Nothing but these, if any.
        pattern: A regular expression that a text must match as a whole, if any: it becomes part of code.
    """

    name: str
    help: str
    kind: type = str
    default: Option = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """
    One syntax, a member of the family.

    Attributes:
        id: Kebab-case; the name of its file.
        title: What users call it.
        spec: URL of the specification, or of the code that reads it.
        suffixes: How files of it usually end, such as ``.xml``; the first is used for new ones.
        can: What it can say.
        read:
            Content and the file's name, to what it says. Raises `pinsmith.errors.FormatError` with file and line, and
            nothing else, for the first `Problem` too; never touches files or the network. What is given here may leave
            problems among the notes: see *collect*.
        collect: As *read*, but a part that cannot be read becomes a `Problem` among the notes; follows from *read*.
        write:
            Export to the whole text of the file. Gets only what `can` allows. An existing text is edited in place; one
            that cannot be understood raises `pinsmith.errors.FormatError`.
        recognises: Whether a text may be of this format; cheap, and never raises.
        options: What an ``[[output]]`` of it may say.
        example_options: Options with which an example of it can be written, where it needs any.
        attachments: Further files that it needs, by path relative to the output.
        trusted_names:
            The names of the certificates among the attachments, if the platform trusts every file of their folder.
            The first group is the beginning of the pin of the certificate, as hexadecimal digits.
        marks: Whether the syntax has remarks, so that a written file says what made it.
        usage: A snippet that shows how a program uses the file, of formats that are code; for the docs.
        remarks: What a user must know that no flag says; for the docs.
        limits: What the file does not protect, of formats that are code; for the docs.
        unreadable: What a file of it holds instead of pins, so that none can be read; told to who tries.
    """

    id: str
    title: str
    spec: str
    suffixes: tuple[str, ...]
    can: Can
    read: Callable[[bytes, str], Reading] | None = None
    write: Callable[[Export], str] | None = None
    recognises: Callable[[str, str], bool] = field(default=lambda _text, _name: False)
    options: tuple[OutputOption, ...] = ()
    example_options: tuple[tuple[str, Option], ...] = ()
    attachments: Callable[[Export], Mapping[str, bytes]] | None = None
    trusted_names: re.Pattern[str] | None = None
    marks: bool = True
    usage: str = ""
    remarks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    unreadable: str = ""
    collect: Callable[[bytes, str], Reading] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        # Whoever does not know of problems must not take what is left of a file for the whole.
        if self.read is not None:
            collect = _collecting(self.read)
            object.__setattr__(self, "collect", collect)
            object.__setattr__(self, "read", _strict(collect))
        if self.write is not None:
            object.__setattr__(self, "write", _writing(self.write))


def _collecting(read: Callable[[bytes, str], Reading]) -> Callable[[bytes, str], Reading]:
    def collect(content: bytes, name: str) -> Reading:
        with in_file(name):
            return read(content, name)

    return collect


def _strict(collect: Callable[[bytes, str], Reading]) -> Callable[[bytes, str], Reading]:
    def strict(content: bytes, name: str) -> Reading:
        reading = collect(content, name)
        require_sound(reading.notes, name)
        return reading

    return strict


def _writing(write: Callable[[Export], str]) -> Callable[[Export], str]:
    def writing(export: Export) -> str:
        with in_file(export.name):
            return write(export)

    return writing
