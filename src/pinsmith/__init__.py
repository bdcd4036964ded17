"""TLS pinning done right, from one file."""
