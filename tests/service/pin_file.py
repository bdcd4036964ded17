"""The pin file that tests of the service share: one host, a key in service and a standby key."""

from __future__ import annotations


def pin_file(host: str, live: str, standby: str, *settings: str) -> str:
    """
    Write a pin file.

    Args:
        host: Canonical.

        live: The pin of the key in service.

        standby: The pin of the standby key.

        settings: Further lines of the entry, such as ``port = 8443``.
    """
    lines = "\n".join(settings)
    return f"""\
version = 1
[keys.live]
pin = "{live}"
role = "leaf"
[keys.standby]
pin = "{standby}"
role = "leaf"
standby = true
[[host]]
name = "{host}"
keys = ["live", "standby"]
{lines}
"""
