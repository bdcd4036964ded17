"""
Hostile and honest TLS servers on the loopback, with certificates made at run time.

For tests, the self-test and the demo. Never part of enforcement.

* `pki`: keys, certificates and authorities.
* `process`: a client as a process of its own.
* `servers`: servers that record what clients send.
* `proxy`: proxies, and the one that intercepts and judges hosts.
* `scenarios`: the situations that a client can meet.
* `live`: scenarios that are served for phones, emulators and manual work.

The modules beside these folders start clients in scenarios and judge them.
"""
