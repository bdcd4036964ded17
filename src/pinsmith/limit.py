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

MAX_REMOVAL_DELAY: Final = 90
"""The days for which a pin may still be accepted after an update has removed it."""

MAX_PACKAGE_BYTES: Final = 8 * 2**30
"""Bytes of an app package. It is never read whole."""

MAX_PACKAGE_DIRECTORY: Final = 16 * 2**20
"""Bytes of the list of files of a package; a file takes about 100."""

MAX_PACKAGE_FILES: Final = 100_000
"""Files in a package."""

MAX_PACKAGE_PART: Final = 128 * 2**20
"""Bytes of a file of a package that is read whole, uncompressed; code for Android has at most 65,536 methods a file."""

MAX_PACKAGE_CONTENT: Final = 3 * 2**30
"""Bytes that are uncompressed of one package, all files together."""
