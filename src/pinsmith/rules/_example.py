"""Parts of the examples of rules. The pins are digests of words, so they belong to no key."""

from __future__ import annotations

import hashlib
from typing import Final

from pinsmith.pin import Pin


def pin(word: str) -> Pin:
    """Make a pin from a word."""
    return Pin(hashlib.sha256(word.encode("utf-8")).digest())


def key_table(name: str, *lines: str, of: Pin | None = None) -> str:
    """Write the table of a key."""
    return "\n".join([f"[keys.{name}]", f'pin = "{of or pin(name)}"', *lines, ""])


def host_table(name: str, keys: str, *lines: str) -> str:
    """Write the table of a host; *keys* are names with blanks between."""
    listed = ", ".join(f'"{key}"' for key in keys.split())
    return "\n".join(["[[host]]", f'name = "{name}"', f"keys = [{listed}]", *lines, ""])


def pin_file(*tables: str) -> str:
    """Write a pin file."""
    return "\n".join(["version = 1\n", *tables])


KEY: Final = key_table("api", 'role = "leaf"')
STANDBY: Final = key_table("standby", 'role = "leaf"', "standby = true")
API: Final = "api.example.com"


def nsc(*lines: str, host: str = API, attributes: str = "") -> str:
    """Write an Android network security configuration for one host."""
    inner = "".join(f"            {line}\n" for line in lines)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<network-security-config>\n    <domain-config>\n'
        f"        <domain{attributes}>{host}</domain>\n        <pin-set>\n{inner}        </pin-set>\n"
        "    </domain-config>\n</network-security-config>\n"
    )


def releases_file(*words: str, host: str = API, lines: tuple[str, ...] = (), of: Pin | None = None) -> str:
    """Write a pins.releases.toml with one release, which pins the keys that `key_table` writes for *words*."""
    pins = ", ".join(f'{word} = "{of or pin(word)}"' for word in words)
    release = ["[[release]]", 'app = "android"', 'version = "3.9"', "share = 2.1", ""]
    return "\n".join(
        ["version = 1", "", *release, "[[release.host]]", f'name = "{host}"', f"pins = {{ {pins} }}", *lines, ""]
    )
