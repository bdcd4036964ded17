"""What is known of public certificate authorities."""

from __future__ import annotations

from pinsmith.authorities._compromised import Compromised, Vouched, compromised, compromised_keys, vouched

__all__ = ["Compromised", "Vouched", "compromised", "compromised_keys", "vouched"]
