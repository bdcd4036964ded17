"""
Custody: private keys by reference. A `Signer` signs with a key that pinsmith neither keeps nor shows.

A reference is a file, an object of a PKCS#11 token, or a command such as the client of a key management service.
"""
