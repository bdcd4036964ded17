"""The types of formats: a format is a syntax in which a platform takes pins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.formats._fault import in_file
from pinsmith.formats._guide import Guide
from pinsmith.formats._note import problems, require_sound

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Container, Iterator, Mapping
    from datetime import date, datetime

    from pinsmith.finding import Finding
    from pinsmith.pin import Pin
    from pinsmith.pinfile import Option
    from pinsmith.policy import Key, Policy

UNPINNED_DEBUG_BUILDS: Final = "unpinned-debug-builds"
"""The option that leaves debug builds unpinned, of targets whose compiler knows what a release is."""

Subdomains = Literal["none", "one-label", "any-depth"]
Matches = Literal["chain", "leaf", "leaf-or-ca", "anchors"]
Takes = Literal["pin", "certificate-hash", "certificate"]
Signature = Literal["EC P-256", "Ed25519"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Can:
    """
    The abilities of a syntax. The losses of an export follow from them, and are computed in one place.

    Attributes:
        hosts: How many hosts one file holds. With ``none`` it holds pins, and the host is set elsewhere.
        addresses: Whether a host may be an IP address.
        subdomains: How many labels below the host are covered if an entry includes subdomains.
        exempts: Whether a subdomain of a pinned host can be exempt.
        exempts_below: Whether such an exemption can include the subdomains of that subdomain.
        joins_parent: Whether a host also accepts the pins of its parents, if they include subdomains and reach it.
        widens: Whether subdomains of a host are pinned on some of its platforms, even if its entry excludes them.
        expiry: Whether pins can expire on a day.
        report_only: Whether a mismatch can be reported without being refused.
        report_uris: Whether the file can list addresses for reports.
        matches: Where the platform looks for a pinned key: in the whole verified chain, at the leaf, at the leaf or
            else above it but never both, or among anchors that replace those of the system.
        takes: The form in which the platform takes a key.
        compares_keys: Whether another certificate of the same key matches too, if it takes certificates.
        least_pins: The number of distinct pins below which the platform refuses to work for an enforced host.
        algorithms: The keys that the platform can hash, as `pinsmith.policy.Key.algorithm` spells them; None: all.
        pins_only: Whether a host without a trusted chain can be pinned by its leaf.
        require_pins: Whether hosts without pins in force can be refused.
        compromised: How the platform treats a chain with the key of a compromised authority, if another key of the
            chain is pinned: ``refused``, ``accepted``, ``leaf`` (only the key of the leaf counts, so an authority
            cannot replace it), or the name of the library that refuses the authorities it knows.
        misses_expo_fetch: Whether Expo's own ``fetch``, the global one since Expo SDK 56, is not pinned.
        whole: Whether the format expresses the whole policy, including the names of keys, so that nothing is lost.
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
    compares_keys: bool = False
    least_pins: int = 1
    algorithms: Container[str] | None = None
    pins_only: bool = False
    require_pins: bool = False
    compromised: str = "accepted"
    misses_expo_fetch: bool = False
    whole: bool = False

    def flags(self) -> Iterator[str]:
        """Yield a word for every ability, for lists and machines."""
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
    The entry of one host to write, already cut down to the settings that the format can express.

    Attributes:
        host: Canonical.
        keys: The keys to pin; empty only if the host is exempt.
        include_subdomains: False if the format cannot express it.
        expires: None if the format cannot express it.
        report_only: False if the format cannot express it.
        exempt: Whether the host stays unpinned below a pinned parent.
        report_uris: Empty if the format cannot express them.
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
    The input of a writer.

    Attributes:
        entries: The entries to write, in the order of the pin file.
        source: The name of the pin file, which a comment in the output names.
        options: The options of the output that the format knows, checked.
        existing: The current content of the file, which is edited in place; None if there is no file.
        name: The name of the existing file, for errors.
        certificates: DER, by the name of their key; for formats that take certificates or their hashes.
        sign:
            Signs bytes with the user's key, for formats that are signed; None if no private key was given. ECDSA is
            over SHA-256, and encoded as DER.
        public_key: The public key of *sign*, DER SubjectPublicKeyInfo; it may be known without the private key.
        now: Aware; for formats that contain the time of their signature.
        require_pins: Whether hosts without pins in force are refused; False if the format cannot express it.
        policy: The whole policy, for formats that express all of it; None for others.
    """

    entries: tuple[Entry, ...]
    source: str = "pins.toml"
    options: Mapping[str, Option] = field(default_factory=dict)
    existing: str | None = None
    name: str = "output"
    certificates: Mapping[str, bytes] = field(default_factory=dict)
    sign: Callable[[bytes], bytes] | None = None
    public_key: bytes | None = None
    now: datetime | None = None
    require_pins: bool = False
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class FoundPin:
    """
    A pin in a file.

    Attributes:
        role: The role of the key, if the syntax has it.
        remark: The comment beside the pin. It is shown to people, and nothing is decided by it.
    """

    pin: Pin
    role: Literal["leaf", "intermediate", "root"] | None = None
    remark: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Found:
    """
    One host and its pins in a file.

    Attributes:
        host: Canonical.
        pins: The distinct pins, in the order of the file.
        line: The line of the entry, from 1; None if the syntax has no lines.
        exempt: Whether the file exempts the host from pinning.
        overriding: The sources of authorities whose chains the platform accepts without a pinned key.
    """

    host: str
    pins: tuple[FoundPin, ...]
    include_subdomains: bool = False
    expires: date | None = None
    report_only: bool = False
    exempt: bool = False
    report_uris: tuple[str, ...] = ()
    line: int | None = None
    overriding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """
    The result of a reader.

    Attributes:
        hosts: In the order of the file. A host may occur more than once only if the format uses the union.
        pins: The pins, if the format names no host.
        notes: Findings about parts that could not be kept, and the problems. Nothing is dropped without a note.
        settings: Those notes that are about settings in force, which must not be lost without consent.
        include_subdomains: For formats that name no host, like the next two.
        report_only: See `Found`.
        report_uris: See `Found`.
        policy: The whole policy, if the format expresses it. Then the other attributes are not used.
    """

    hosts: tuple[Found, ...] = ()
    pins: tuple[FoundPin, ...] = ()
    notes: tuple[Finding, ...] = ()
    settings: tuple[Finding, ...] = ()
    include_subdomains: bool = False
    report_only: bool = False
    report_uris: tuple[str, ...] = ()
    policy: Policy | None = None

    @property
    def problems(self) -> tuple[Finding, ...]:
        """
        The parts that cannot be used, such as a text that is not a pin, or a host that the platform refuses.

        The rest of the file is still read. `policy_of` refuses such a file, unless it may leave these parts out.
        """
        return problems(self.notes)


@dataclass(frozen=True, slots=True)
class OutputOption:
    """
    An option of an ``[[output]]``, besides format and path.

    Attributes:
        name: The name as users write it.
        help: The meaning of the value, as a noun phrase.
        kind: The type of the value.
        default: The value if the option is absent.
        choices: The only values that are allowed, if any.
        pattern: A regular expression for the whole value, if the value becomes part of code.
    """

    name: str
    help: str
    kind: type = str
    default: Option = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format(Guide):
    """
    One syntax, a member of the family.

    Attributes:
        id: Kebab-case; the name of its file.
        title: The name that users know.
        spec: URL of the specification, or of the code that reads such files.
        suffixes: The usual endings of file names, such as ``.xml``. The first is used for new files.
        can: The abilities of the format.
        read:
            Takes the content and the name of a file. Raises `pinsmith.errors.FormatError` with file and line for the
            first problem, and no other error. Does not touch files or the network. The function passed to the
            constructor may leave problems among the notes: see *collect*.
        collect: Like *read*, but a part that cannot be read becomes a problem among the notes. Derived from *read*.
        write:
            Returns the whole text of the file. Gets only what *can* allows. An existing text is edited in place. If it
            cannot be read, `pinsmith.errors.FormatError` is raised.
        recognises: Returns whether a text may be of this format. Cheap; never raises.
        options: The options of an ``[[output]]`` in this format.
        example_options: Options for an example, if the format needs any.
        attachments: Returns further files that the output needs, by path relative to the output.
        trusted_names:
            The names of the certificates among the attachments, if the platform trusts every file in their folder.
            The first group is the beginning of the pin of the certificate, as hexadecimal digits.
        signature: The algorithm of the key that signs the file, if clients demand a signature.
        marks: Whether the syntax has comments, so that a written file can name its source.
        unreadable: What files contain instead of pins, if they cannot be read; for the error.
        reveal: Returns the text that a file contains in an encoding that hides its pins from a search. Never raises.
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
    signature: Signature | None = None
    marks: bool = True
    unreadable: str = ""
    reveal: Callable[[str], str] | None = None
    collect: Callable[[bytes, str], Reading] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        # A caller that does not look for problems must not take the readable part of a file for the whole.
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
