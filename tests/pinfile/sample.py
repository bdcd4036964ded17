"""Pin files to read, break and edit."""

from __future__ import annotations

from datetime import date

from pinsmith import HostPins, Key, Pin, Policy
from pinsmith.pinfile import Allowed, Output, PinFile
from pinsmith.pinfile._document import Updates

LEAF = "sha256/k+qxzxCEMZVEfgL8HVIeKCHWQ1P64uIMNAKeNF7Qx8M="
STANDBY = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="

TEXT = f"""\
version = 1

[defaults]
mode = "enforce"

[keys.api-2026]
pin = "{LEAF}"
role = "leaf"
algorithm = "EC P-256"
subject = "CN=api.example.com"
not-after = 2027-01-31

[keys.api-standby]
pin = "{STANDBY}"
standby = true

[[host]]
name = "api.example.com"
keys = [
    "api-2026",  # what the server presents
    "api-standby",
]
include-subdomains = true
expires = 2027-06-30
report-uris = ["https://reports.example.net/pins"]

[[output]]
format = "okhttp-kotlin"
path = "app/Pins.kt"
package = "com.example.net"

[[lint.allow]]
rule = "public-intermediate"
host = "api.example.com"
reason = "it is our own"

[updates]
addresses = ["https://updates.example.com/pins", "https://updates.example.org/"]
removal-delay = 14
"""

API_KEY = Key(
    "api-2026",
    Pin.parse(LEAF),
    "leaf",
    algorithm="EC P-256",
    subject="CN=api.example.com",
    not_after=date(2027, 1, 31),
)
STANDBY_KEY = Key("api-standby", Pin.parse(STANDBY), standby=True)
VALUE = PinFile(
    Policy(
        hosts=(
            HostPins(
                "api.example.com",
                (API_KEY, STANDBY_KEY),
                include_subdomains=True,
                expires=date(2027, 6, 30),
                report_uris=("https://reports.example.net/pins",),
            ),
        ),
        keys=(API_KEY, STANDBY_KEY),
    ),
    (Output("okhttp-kotlin", "app/Pins.kt", {"package": "com.example.net"}),),
    allowed=(Allowed("public-intermediate", "api.example.com", "it is our own"),),
    updates=Updates(
        ("https://updates.example.com/pins/", "https://updates.example.org/"),
        "bundle/metadata/1.root.json",
        14,
        "refuse",
    ),
)

API = "api.example.com"
SHOP = "shop.example.com"
NEW = Key("new", Pin.of_spki(b"new"), role="intermediate")

COMMENTED = f"""\
# The pins of Example.
version = 1  # never change

# One key a year.

# In production since May.
[keys.api-2026]
pin = '{LEAF}'   # fetched by hand
role='leaf'

# In the safe.
[keys.api-standby]  # standby
pin = "{STANDBY}"
standby = true
# certificate = "none yet"

# ---- hosts ----

# The interface.
[[host]]
name = "api.example.com"
keys = [
  "api-2026",  # now
  # next:
  "api-standby"  # later
]
  expires = 2027-06-30

# The shop; keep last.
[[host]]
name = 'shop.example.com'
keys = [ 'api-2026', 'api-standby', ]  # one line
# port = 8443

# End."""


def changed(old: str, new: str, *, text: str = TEXT) -> str:
    """Return the sample with its only occurrence of *old* replaced by *new*."""
    assert old in text
    return text.replace(old, new, 1)
