"""
Hostile and honest TLS servers on the loopback, with certificates made at run time.

For tests, the self-test and the demo. Never part of enforcement.
"""
