"""Test vectors of signed updates: the keys, what is published, and files for any client."""
