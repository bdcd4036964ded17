"""Honest and hostile TLS servers on the loopback, which record what clients send to them."""
