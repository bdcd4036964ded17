"""Changing keys: which ones to pin, standby keys and where they lie, and whether a key may go."""
