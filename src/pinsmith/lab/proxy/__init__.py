"""Proxies of the lab: one that tunnels, one that alternates, and the one that intercepts, with its verdicts."""
