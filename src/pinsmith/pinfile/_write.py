"""From a policy to the canonical text of a pin file."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.errors import ParseError, PolicyError
from pinsmith.limit import MAX_BYTES, MAX_HOSTS
from pinsmith.pinfile._read import parse_file
from pinsmith.pinfile._spelling import key_name_problem, path_problem, url_problem
from pinsmith.syntax.toml_layout import key_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinsmith.pinfile._document import Option, Output
    from pinsmith.policy import CompromisedKey, HostPins, Key, Policy

_WIDEST = 100  # characters of a line before an array gets one line per element
_SPLIT = "split it into two pin files, one for each app or team"
_REPORT = "this is a bug in pinsmith: please report it, with the file that you imported"
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def write(policy: Policy, outputs: Sequence[Output] = ()) -> str:
    """
    Write *policy* as a pin file; reading it back gives an equal policy.

    The text has no comments. To change a file that people edit, use `Edit`.

    Args:
        policy: Only values that differ from their default are written.

        outputs: The outputs; they are written last and are not checked.

    Returns:
        Text in a fixed order and style, with LF line ends.

    Raises:
        PolicyError: If a pin file cannot contain a value, such as a key named ``a b``, or cannot contain so many hosts.
    """
    if len(policy.hosts) > MAX_HOSTS:
        raise PolicyError(f"a pin file can have at most {MAX_HOSTS:,} hosts, not {len(policy.hosts):,}", hint=_SPLIT)
    blocks = [["version = 1"]]
    defaults = {"require-pins": policy.require_pins, "refuse-compromised": policy.refuse_compromised}
    if any(defaults.values()):
        blocks.append(["[defaults]", *(f"{name} = true" for name, is_set in defaults.items() if is_set)])
    blocks += [key_lines(key) for key in policy.keys]
    blocks += [compromised_lines(key) for key in policy.compromised]
    blocks += [host_lines(entry) for entry in policy.hosts]
    blocks += [output_lines(output) for output in outputs]
    text = "\n\n".join("\n".join(block) for block in blocks) + "\n"
    require_size(text.encode(), "it")
    return text


def require_size(content: bytes, name: str) -> None:
    """
    Refuse to write a file that is too large to be read again.

    Raises:
        PolicyError: If *content* is too large.
    """
    if len(content) > MAX_BYTES:
        raise PolicyError(f"{name} would be larger than {MAX_BYTES // 10**6} MB", hint=_SPLIT)


def write_proven(policy: Policy, outputs: Sequence[Output] = ()) -> str:
    """
    Write *policy* and *outputs* as a pin file, and verify that reading it gives an equal policy.

    Trust anchors are not compared, because they are read from other files.

    Raises:
        PolicyError: If the policy is not equal: a bug of pinsmith, or a value that a pin file cannot contain.
    """
    bare = replace(policy, hosts=tuple(replace(entry, trust_anchors=()) for entry in policy.hosts))
    try:
        read = parse_file(write(bare, outputs))
        same = read.policy == bare and [output.path for output in read.outputs] == [output.path for output in outputs]
    except ParseError as error:
        raise PolicyError(f"the new pin file cannot be read back: {error}", hint=_REPORT) from error
    if not same:
        raise PolicyError("the new pin file would differ from what was imported", hint=_REPORT)
    return write(policy, outputs)


def key_lines(key: Key) -> list[str]:
    """Write the table of *key*."""
    return [f"[keys.{key_text(key.name)}]", *entry_lines(key_table(key))]


def key_table(key: Key) -> dict[str, Option]:
    """Return the content of the table of *key*."""
    _require(key_name_problem(key.name))
    if key.certificate is not None:
        _require(path_problem(key.certificate))
    optional: dict[str, Option | None] = {
        "role": key.role if key.role != "unknown" else None,
        "standby": key.standby,
        "algorithm": key.algorithm,
        "subject": key.subject,
        "not-after": key.not_after,
        "certificate": key.certificate,
    }
    return {"pin": str(key.pin)} | {name: value for name, value in optional.items() if value}


def compromised_lines(key: CompromisedKey) -> list[str]:
    """Write the table of a compromised *key*."""
    return [f"[compromised.{key_text(key.name)}]", *entry_lines(compromised_table(key))]


def compromised_table(key: CompromisedKey) -> dict[str, Option]:
    """Return the content of the table of a compromised *key*."""
    _require(key_name_problem(key.name))
    return {"pin": str(key.pin)}


def host_lines(entry: HostPins, *, mode: str = "enforce", include_subdomains: bool = False) -> list[str]:
    """Write the table of *entry* into a file whose defaults are *mode* and *include_subdomains*."""
    return ["[[host]]", *entry_lines(host_table(entry, mode=mode, include_subdomains=include_subdomains))]


def host_table(entry: HostPins, *, mode: str = "enforce", include_subdomains: bool = False) -> dict[str, Option]:
    """Return the content of the table of *entry* in a file with these defaults."""
    anchors = tuple(dict.fromkeys(anchor.path for anchor in entry.trust_anchors))
    for path in (*anchors, *filter(None, [entry.cafile])):
        _require(path_problem(path))
    for url in entry.report_uris:
        _require(url_problem(url))
    values: tuple[tuple[str, Option, bool], ...] = (
        ("name", entry.host, True),
        ("port", entry.port, entry.port != 443),  # noqa: PLR2004 - the default of HTTPS
        ("connect", entry.connect or False, bool(entry.connect)),
        ("cafile", entry.cafile or False, bool(entry.cafile)),
        ("keys", tuple(key.name for key in entry.keys), bool(entry.keys)),
        (
            "include-subdomains",
            entry.include_subdomains,
            entry.include_subdomains != include_subdomains,
        ),
        ("mode", entry.mode, entry.mode != mode),
        ("expires", entry.expires or False, bool(entry.expires)),
        ("report-uris", tuple(entry.report_uris), bool(entry.report_uris)),
        ("trust-anchors", anchors, bool(anchors)),
        ("trust", entry.trust, entry.trust != "verified"),
        ("check-host-name", entry.check_host_name, not entry.check_host_name),
    )
    return {name: value for name, value, is_needed in values if is_needed}


def output_lines(output: Output) -> list[str]:
    """Write the table of *output*."""
    return ["[[output]]", *entry_lines(output_table(output))]


def output_table(output: Output) -> dict[str, Option]:
    """Return the content of the table of *output*."""
    _require(path_problem(output.path))
    lead_time: dict[str, Option] = {"lead-time": output.lead_time} if output.lead_time else {}
    return {"format": output.format, "path": output.path, **lead_time, **output.options}


def entry_lines(table: Mapping[str, Option]) -> list[str]:
    """Write the entries of a table; long arrays get several lines."""
    return [_line(name, value) for name, value in table.items()]


def toml_value(value: Option | Iterable[str]) -> str:
    """Write one *value* on one line."""
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return "[" + ", ".join(toml_value(item) for item in value) + "]"


def toml_text(text: str) -> str:
    """Quote *text*, and escape the characters that must not appear literally."""
    return '"' + "".join(map(_escape, text)) + '"'


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    if "\ud800" <= char <= "\udfff":
        raise PolicyError(f"{char!r} cannot be written to a pin file, because a lone surrogate is not a character")
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"  # noqa: PLR2004


def _line(name: str, value: Option) -> str:
    line = f"{key_text(name)} = {toml_value(value)}"
    if len(line) <= _WIDEST or not isinstance(value, tuple):
        return line
    return "\n".join([f"{key_text(name)} = [", *(f"    {toml_value(item)}," for item in value), "]"])


def _require(problem: tuple[str, str | None] | None) -> None:
    if problem:
        raise PolicyError(problem[0], hint=problem[1])
