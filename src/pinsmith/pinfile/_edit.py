"""Changes to a pin file that leave all other bytes of it unchanged."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pinsmith import files
from pinsmith.errors import FileError, ParseError, PolicyError
from pinsmith.files import lock
from pinsmith.host import canonical_host
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader
from pinsmith.pinfile._decode import decode_document, require_table
from pinsmith.pinfile._fault import FaultError, nearest
from pinsmith.pinfile._read import read_tables
from pinsmith.pinfile._spelling import host_of
from pinsmith.pinfile._toml import decode, parse_toml
from pinsmith.pinfile._write import compromised_table, entry_lines, host_table, key_table, require_size, toml_value
from pinsmith.syntax.toml import BYTE_ORDER_MARK
from pinsmith.syntax.toml_edit import TOMLEdits
from pinsmith.syntax.toml_layout import key_text, path_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.pinfile._document import PinFile
    from pinsmith.policy import CompromisedKey, HostPins, Key
    from pinsmith.syntax.toml_edit import Part
    from pinsmith.syntax.toml_layout import Path

Value = str | bool | int | dt.date | Sequence[str]


class _Host(NamedTuple):
    """The place of a host in the file, and the content of its table."""

    path: Path
    table: dict[str, Any]


class Edit:
    """
    A pin file that is being changed.

    Comments, order, blank lines, quotes and line ends are kept, and a method changes only what it names. A comment
    directly above or behind a removed entry is removed too. A method that raises changes nothing. Nothing is written
    before `save`.

    The changes are collected. `text`, `result` and `save` read the new text once, and raise `PolicyError` if it does
    not mean what was asked for. This happens only if the layout cannot be changed in place. Then nothing can be saved.

    Removing a key that servers present locks users out. Run ``pinsmith check`` first.

    Args:
        text: The whole file.

        file: The name of the file in errors.

    Raises:
        ParseError: If *text* is not TOML, or its tables are not those of a pin file.
    """

    def __init__(self, text: str, *, file: str = "pins.toml") -> None:
        self.file = file
        self._mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        self._text = text.removeprefix(BYTE_ORDER_MARK)  # as last read
        self._data = parse_toml(self._text, file=file)  # what the text must contain when it is read again
        try:
            decode_document(self._data)
        except FaultError as fault:
            raise fault.in_file(self._text, file) from fault.__cause__
        self._parts = TOMLEdits(self._text)
        self._is_changed = False
        self._hosts: dict[str, _Host] = {}
        for at, table in enumerate(self._data.get("host", [])):
            if isinstance(host := host_of(table["name"]), str):
                self._hosts.setdefault(host, _Host(("host", at), table))
        self._hosts_so_far = len(self._data.get("host", []))
        self._result: PinFile | None = None
        self._path: str | None = None
        self.original = b""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """
        Read the pin file at *path* in order to change it.

        Raises:
            ParseError: If it is not TOML, or its tables are not those of a pin file.
            FileError: If it cannot be read.
        """
        file = os.fspath(path)
        content = files.read(file, most_bytes=MAX_BYTES, missing_hint="create one with `pinsmith init HOST`")
        mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK.encode()) else ""
        edit = cls(mark + decode(content, file=file), file=file)
        edit._path, edit.original = file, content
        return edit

    @property
    def text(self) -> str:
        """The whole file with the changes made so far."""
        self._read_again()
        return self._mark + self._text

    def result(self) -> PinFile:
        """
        Read the file with the changes made so far.

        Raises:
            ParseError: If the result is not a valid pin file, for example because a host has lost its last key.
            PolicyError: If the layout of the file does not allow the change.
        """
        self._read_again()
        if self._result is None:
            reader = certificate_reader(self._path) if self._path else None
            self._result = read_tables(self._data, self._text, file=self.file, read_certificate=reader)
        return self._result

    def save(self) -> None:
        """
        Write the file back atomically if it has changed and is a valid pin file.

        The file is locked while it is written. To exclude changes by others since `load`, hold its lock from then on.

        Raises:
            ParseError: If the result is not a valid pin file.
            LockedError: If another command is changing the file.
            FileError: If it cannot be written, or was changed by somebody else since `load`.
            PolicyError: If the text was not read by `load`, or the layout of the file does not allow the change.
        """
        if self._path is None:
            raise PolicyError("this pin file was not loaded from a file", hint="use Edit.load")
        self.result()
        content = self.text.encode()
        if content == self.original:
            return
        require_size(content, self.file)
        with lock.held(self._path):
            if files.read(self._path, most_bytes=MAX_BYTES) != self.original:
                raise FileError(
                    f"{self._path} cannot be written: another program changed it meanwhile",
                    path=self._path,
                    hint="look at the file, then run the command again",
                )
            files.write_atomically(self._path, content)
        self.original = content

    # ---- keys

    def has_key(self, name: str) -> bool:
        """Return whether a key has that name."""
        return name in self._data.get("keys", {})

    def hosts_of(self, name: str) -> list[str]:
        """Return the hosts that may present the key called *name*, as the file spells them."""
        return [table["name"] for table in self._data.get("host", []) if name in table.get("keys", [])]

    def add_key(self, key: Key) -> None:
        """
        Add a table for *key* after the other keys.

        Raises:
            PolicyError: If a key has that name already.
        """
        if self.has_key(key.name):
            raise PolicyError(f"{self.file} already has a key {key.name!r}", hint="give each key its own name")
        table = self._insert(("keys", key.name), key_table(key), ahead=("host", "output"))
        self._data.setdefault("keys", {})[key.name] = table

    def remove_key(self, name: str) -> None:
        """
        Remove the table of a key that no host uses.

        Raises:
            PolicyError: If the key does not exist, or a host uses it.
        """
        self._require_key(name)
        if users := self.hosts_of(name):
            raise PolicyError(f"the key {name!r} is used by {users[0]}", hint="remove it from its hosts first")
        self._parts.remove(self._part(("keys", name)))
        del self._data["keys"][name]
        if not self._data["keys"] and self._parts.part(("keys",)) is None:
            del self._data["keys"]
        self._note_change()

    def add_compromised(self, key: CompromisedKey) -> None:
        """
        Add a table for the compromised *key* after the keys.

        Raises:
            PolicyError: If a compromised key has that name already.
        """
        if key.name in self._data.get("compromised", {}):
            raise PolicyError(f"{self.file} already contains [compromised.{key.name}]", hint="give it another name")
        path: Path = ("compromised", key.name)
        table = self._insert(path, compromised_table(key), behind=("keys",), ahead=("host", "output"))
        self._data.setdefault("compromised", {})[key.name] = table

    def set_key(self, name: str, field: str, value: Value | None) -> None:
        """Set *field* of the key called *name*, in the spelling of the file; None removes it."""
        self._require_key(name)
        self._set(("keys", name), self._data["keys"][name], field, value)

    # ---- hosts

    def add_host(self, entry: HostPins) -> None:
        """
        Add a table for the host of *entry* after the other hosts.

        Raises:
            PolicyError: If the host exists already, or one of its keys does not exist.
        """
        if entry.host in self._hosts:
            raise PolicyError(f"{self.file} already has the host {entry.host}", hint="add the keys to that entry")
        for key in entry.keys:
            self._require_key(key.name)
            if self._data["keys"][key.name]["pin"] != str(key.pin):
                raise PolicyError(
                    f"the key {key.name!r} has another pin in {self.file}", hint="give each key its own name"
                )
        defaults = self._data.get("defaults", {})
        mode, subdomains = defaults.get("mode", "enforce"), defaults.get("include-subdomains", False)
        path: Path = ("host", self._hosts_so_far)
        values = host_table(entry, mode=mode, include_subdomains=subdomains)
        table = self._insert(path, values, behind=("keys",), ahead=("output",))
        self._data.setdefault("host", []).append(table)
        self._hosts[entry.host] = _Host(path, table)
        self._hosts_so_far += 1

    def remove_host(self, host: str) -> None:
        """
        Remove the table of *host*. Its keys are kept.

        Raises:
            PolicyError: If the host does not exist.
        """
        found = self._host(host)
        self._parts.remove(self._part(found.path))
        del self._hosts[canonical_host(host)]
        self._data["host"] = [table for table in self._data["host"] if table is not found.table]
        if not self._data["host"]:
            del self._data["host"]
        self._note_change()

    def add_key_to_host(self, host: str, name: str) -> None:
        """
        Allow *host* to present the key called *name* too.

        Raises:
            PolicyError: If the host or the key does not exist, or the host has the key already.
        """
        self._require_key(name)
        path, table = self._host(host)
        names = table.get("keys", [])
        if name in names:
            raise PolicyError(f"{host} already has the key {name!r}")
        part = self._parts.part_around((*path, "keys"))
        if part is None:
            self._set(path, table, "keys", [name])
            return
        array = part.layout.arrays[*path, "keys"]
        literal = bool(array.elements) and part.text[array.elements[-1][0]] == "'"
        part.append(array, f"'{name}'" if literal else f'"{name}"')
        names.append(name)
        self._note_change()

    def remove_key_from_host(self, host: str, name: str) -> None:
        """
        Remove the key called *name* from *host*. The key itself is kept.

        Raises:
            PolicyError: If the host does not exist, or does not have the key.
        """
        path, table = self._host(host)
        names = table.get("keys", [])
        if name not in names:
            raise PolicyError(f"{host} has no key {name!r}", hint=nearest(name, names, what=f"keys of {host}"))
        part = self._parts.part_around((*path, "keys"))
        if part is None:
            raise self._inline(path)
        index = names.index(name)
        part.remove_element(part.layout.arrays[*path, "keys"], index)
        del names[index]
        self._note_change()

    def set_host(self, host: str, field: str, value: Value | None) -> None:
        """Set *field* of the entry of *host*, in the spelling of the file; None removes it."""
        self._set(*self._host(host), field, value)

    def set_default(self, field: str, value: Value | None) -> None:
        """Set *field* of ``[defaults]``; None removes it."""
        if value is None or "defaults" in self._data:
            self._set(("defaults",), self._data.get("defaults", {}), field, value)
            return
        self._data["defaults"] = self._insert(("defaults",), {field: value}, behind=("",))

    def _host(self, name: str) -> _Host:
        host = canonical_host(name)
        if host not in self._hosts:
            raise PolicyError(f"{self.file} has no host {host}", hint=nearest(host, self._hosts, what="hosts"))
        return self._hosts[host]

    def _require_key(self, name: str) -> None:
        keys = self._data.get("keys", {})
        if name not in keys:
            raise PolicyError(f"{self.file} has no key {name!r}", hint=nearest(name, keys, what="keys"))

    def _part(self, path: Path) -> Part:
        part = self._parts.part(path)
        if part is None:
            raise self._inline(path)
        return part

    def _inline(self, path: Path) -> PolicyError:
        return PolicyError(
            f"pinsmith cannot edit {path_text(path) or 'this part'} of {self.file}, because of the way it is written",
            hint="write hosts as [[host]] tables and keys as [keys.NAME] tables, with one value on each line",
        )

    # ---- changes

    def _insert(
        self, path: Path, values: Mapping[str, Any], *, behind: Sequence[str] = (), ahead: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Insert a table at the place that `TOMLEdits.insert` chooses, and return its content."""
        table = {name: _plain(value) for name, value in values.items()}
        self._require_table(path, table)
        header = f"[[{path[0]}]]" if path[0] in {"host", "output"} else f"[{path_text(path)}]"
        self._parts.insert(path, [header, *entry_lines(values)], behind=behind, ahead=ahead)
        self._note_change()
        return table

    def _set(self, path: Path, table: dict[str, Any], field: str, value: Value | None) -> None:
        here = (*path, field)
        if value is None:
            if field not in table:
                return
            part = self._part(path)
            if here not in part.table.entries:
                raise self._inline(here)
            self._require_table(path, {name: held for name, held in table.items() if name != field})
            part.remove_entry(here)
            del table[field]
        else:
            part = self._parts.part_around(here) or self._part(path)
            self._require_table(path, {**table, field: _plain(value)})
            if (place := part.layout.values.get(here)) is not None:
                part.set_value(here, _in_quotes_of(part.text[place[0]], value))
            else:
                part.insert_entry(f"{key_text(field)} = {toml_value(value)}")
            table[field] = _plain(value)
        self._note_change()

    def _note_change(self) -> None:
        self._is_changed, self._result = True, None

    def _require_table(self, path: Path, table: dict[str, Any]) -> None:
        try:
            require_table(path, table)
        except FaultError as fault:
            here = FaultError((*self._path_now(path), *fault.path[len(path) :]), fault.problem, fault.hint)
            raise here.in_file(self._parts.text, self.file) from fault.__cause__

    def _path_now(self, path: Path) -> Path:
        """Return the path of a table in the current text, in which hosts above it may have been removed."""
        if path[0] != "host":
            return path
        tables = [id(table) for table in self._data.get("host", [])]
        here = [id(found.table) for found in self._hosts.values() if found.path == path]
        return ("host", tables.index(here[0]) if here else len(tables))

    def _read_again(self) -> None:
        """Read the text as TOML if it was changed, and require that it contains exactly the intended values."""
        if not self._is_changed:
            return
        text = self._parts.text
        try:
            data = parse_toml(text, file=self.file)
        except ParseError as error:
            raise self._inline(()) from error
        if data != self._data:
            raise self._inline(())
        self._text, self._is_changed = text, False


def _plain(value: Value) -> Any:  # noqa: ANN401 - as TOML has it
    return value if isinstance(value, str | bool | int | dt.date) else list(value)


def _in_quotes_of(quote: str, value: Value) -> str:
    if quote == "'" and isinstance(value, str) and "'" not in value and value.isprintable():
        return f"'{value}'"
    return toml_value(value)
