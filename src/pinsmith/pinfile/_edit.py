"""Changes to a pin file that leave everything else in it byte for byte as it was."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from pinsmith.errors import PolicyError
from pinsmith.host import canonical_host
from pinsmith.pinfile._draft import Draft, plain
from pinsmith.pinfile._fault import nearest
from pinsmith.pinfile._spelling import host_of
from pinsmith.pinfile._toml import parse_toml
from pinsmith.pinfile._write import compromised_lines, host_lines, key_lines, toml_value
from pinsmith.syntax.toml_edit import Page
from pinsmith.syntax.toml_layout import key_text, scan

if TYPE_CHECKING:
    from pinsmith.pinfile._draft import Value
    from pinsmith.policy import CompromisedKey, HostPins, Key
    from pinsmith.syntax.toml_layout import Layout, Table


class Edit(Draft):
    """
    A pin file that is being changed.

    Comments, order, blank lines, quotes and line ends stay; only what a method names is touched.
    A comment right above or behind what is removed goes with it. Each method either makes its
    change or raises and changes nothing. Nothing is written before `save`.

    Removing a key that servers present locks users out: ask ``pinsmith check`` first.

    Args:
        text: The whole file.

        file: What errors call it.

    Raises:
        ParseError: *text* is not TOML, or its tables are not those of a pin file.
    """

    # ---- keys

    def add_key(self, key: Key) -> None:
        """
        Add a table for *key* behind the other keys.

        Raises:
            PolicyError: there is a key of that name.
        """
        if key.name in self._data.get("keys", {}):
            raise PolicyError(f"the key name {key.name!r} is taken in {self.file}", hint="give each key its own name")
        lines = key_lines(key)
        data = copy.deepcopy(self._data)
        data.setdefault("keys", {}).update(parse_toml("\n".join(lines), file=self.file)["keys"])
        layout = scan(self._text)
        after = _last(layout, "keys")
        before = next((table for table in layout.tables if table.path[:1] in {("host",), ("output",)}), None)
        self._change([Page(layout).insert_table(lines, after=after, before=before)], data)

    def remove_key(self, name: str) -> None:
        """
        Remove the table of a key that no host uses.

        Raises:
            PolicyError: there is no such key, or a host uses it.
        """
        self._require_key(name)
        users = [table["name"] for table in self._data.get("host", []) if name in table.get("keys", [])]
        if users:
            raise PolicyError(f"the key {name!r} is used by {users[0]}", hint="remove it from its hosts first")
        data = copy.deepcopy(self._data)
        del data["keys"][name]
        layout = scan(self._text)
        table = self._table(layout, ("keys", name))
        if not data["keys"] and not layout.table(("keys",)):
            del data["keys"]
        self._change([Page(layout).remove_table(table)], data)

    def add_compromised(self, key: CompromisedKey) -> None:
        """
        Add a table for the compromised *key* behind the keys.

        Raises:
            PolicyError: there is a compromised key of that name.
        """
        if key.name in self._data.get("compromised", {}):
            raise PolicyError(f"[compromised.{key.name}] stands in {self.file} already", hint="give it another name")
        lines = compromised_lines(key)
        data = copy.deepcopy(self._data)
        data.setdefault("compromised", {}).update(parse_toml("\n".join(lines), file=self.file)["compromised"])
        layout = scan(self._text)
        after = _last(layout, "compromised") or _last(layout, "keys")
        before = next((table for table in layout.tables if table.path[:1] in {("host",), ("output",)}), None)
        self._change([Page(layout).insert_table(lines, after=after, before=before)], data)

    def set_key(self, name: str, field: str, value: Value | None) -> None:
        """Set *field*, as the file calls it, of the key called *name*; None removes it."""
        self._require_key(name)
        self._set(("keys", name), field, value)

    # ---- hosts

    def add_host(self, entry: HostPins) -> None:
        """
        Add a table for the host of *entry* behind the other hosts.

        Raises:
            PolicyError: the host is there already, or one of its keys is not.
        """
        if any(entry.host == host for host in self._hosts()):
            raise PolicyError(f"{entry.host} stands in {self.file} already", hint="add keys to its entry instead")
        for key in entry.keys:
            self._require_key(key.name)
            if self._data["keys"][key.name]["pin"] != str(key.pin):
                raise PolicyError(
                    f"the key {key.name!r} has another pin in {self.file}", hint="give each key its own name"
                )
        defaults = self._data.get("defaults", {})
        lines = host_lines(
            entry,
            mode=defaults.get("mode", "enforce"),
            include_subdomains=defaults.get("include-subdomains", False),
        )
        data = copy.deepcopy(self._data)
        data.setdefault("host", []).extend(parse_toml("\n".join(lines), file=self.file)["host"])
        layout = scan(self._text)
        after = _last(layout, "host") or _last(layout, "keys")
        before = next((table for table in layout.tables if table.path[:1] == ("output",)), None)
        self._change([Page(layout).insert_table(lines, after=after, before=before)], data)

    def remove_host(self, host: str) -> None:
        """
        Remove the table of *host*; its keys stay.

        Raises:
            PolicyError: there is no such host.
        """
        at = self._host(host)
        data = copy.deepcopy(self._data)
        del data["host"][at]
        if not data["host"]:
            del data["host"]
        layout = scan(self._text)
        self._change([Page(layout).remove_table(self._table(layout, ("host", at)))], data)

    def add_key_to_host(self, host: str, name: str) -> None:
        """
        Let *host* present the key called *name* too.

        Raises:
            PolicyError: there is no such host or key, or the host has it already.
        """
        self._require_key(name)
        at = self._host(host)
        data = copy.deepcopy(self._data)
        names = data["host"][at].setdefault("keys", [])
        if name in names:
            raise PolicyError(f"{host} has the key {name!r} already")
        names.append(name)
        layout = scan(self._text)
        array = layout.arrays.get(("host", at, "keys"))
        if array is None:
            self._set(("host", at), "keys", [name])
            return
        literal = bool(array.elements) and self._text[array.elements[-1][0]] == "'"
        self._change(Page(layout).append(array, f"'{name}'" if literal else f'"{name}"'), data)

    def remove_key_from_host(self, host: str, name: str) -> None:
        """
        Let *host* present the key called *name* no longer; the key itself stays.

        Raises:
            PolicyError: there is no such host, or it does not have the key.
        """
        at = self._host(host)
        data = copy.deepcopy(self._data)
        names = data["host"][at].get("keys", [])
        if name not in names:
            raise PolicyError(f"{host} has no key {name!r}", hint=nearest(name, names, what="keys of this host"))
        index = names.index(name)
        del names[index]
        layout = scan(self._text)
        self._change([Page(layout).remove_element(layout.arrays["host", at, "keys"], index)], data)

    def set_host(self, host: str, field: str, value: Value | None) -> None:
        """Set *field*, as the file calls it, of the entry of *host*; None removes it."""
        self._set(("host", self._host(host)), field, value)

    def set_default(self, field: str, value: Value | None) -> None:
        """Set *field* of ``[defaults]``; None removes it."""
        if value is None or "defaults" in self._data:
            self._set(("defaults",), field, value)
            return
        layout = scan(self._text)
        lines = ["[defaults]", f"{key_text(field)} = {toml_value(value)}"]
        data = {**copy.deepcopy(self._data), "defaults": {field: plain(value)}}
        self._change([Page(layout).insert_table(lines, after=layout.tables[0], before=None)], data)

    # ---- what there is

    def _hosts(self) -> list[str]:
        spelled = (host_of(table["name"]) for table in self._data.get("host", []))
        return [host if isinstance(host, str) else "" for host in spelled]

    def _host(self, name: str) -> int:
        host, hosts = canonical_host(name), self._hosts()
        if host not in hosts:
            raise PolicyError(f"{self.file} has no host {host}", hint=nearest(host, hosts, what="hosts"))
        return hosts.index(host)

    def _require_key(self, name: str) -> None:
        keys = self._data.get("keys", {})
        if name not in keys:
            raise PolicyError(f"{self.file} has no key {name!r}", hint=nearest(name, keys, what="keys"))


def _last(layout: Layout, name: str) -> Table | None:
    return next((table for table in reversed(layout.tables) if table.path[:1] == (name,)), None)
