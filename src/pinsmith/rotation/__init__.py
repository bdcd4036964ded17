"""Changing keys: which ones to pin, standby keys and where they are kept, and whether a key may be removed."""
