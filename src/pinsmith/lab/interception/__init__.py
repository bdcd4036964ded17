"""An intercepting proxy that tells, host by host, whether a client pins."""
