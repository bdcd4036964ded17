"""Limits of what pinsmith reads and writes. All limits of size follow from one number of hosts."""

from __future__ import annotations

from typing import Final

MAX_HOSTS: Final = 10_000
"""Hosts of a pin file, or of one of its outputs."""

MAX_BYTES: Final = MAX_HOSTS * 2_000
"""Bytes of such a file: the longest format takes 820 for a host with two keys."""

MAX_VALUES: Final = MAX_HOSTS * 50
"""Values of such a file (elements in XML). No format needs more than 25 for a host with two keys."""

MAX_LEAD_TIME: Final = 3650
"""The days that users may take to update an app, as a pin file counts them."""
