"""Enforcement: a pinned `ssl.SSLContext`, the whole process, and what single clients need on top."""
