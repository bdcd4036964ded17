"""Define the judged clients in Node and Go, with the right callback and the usual wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.subject import GO, NODE, Subject

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Profile


def _node(mode: str, title: str, about: str, advice: str, profile: Profile = "leaf") -> Subject:
    command = ("node", "{programs}/client.js", mode, "{url}", "{cafile}", "{pins}")
    return Subject(f"node-{mode}", f"Node https, {title}", "Node", (NODE,), command, about, advice, profile)


def _go(mode: str, title: str, about: str, advice: str, profile: Profile = "chain") -> Subject:
    command = ("{go}", mode, "{url}", "{cafile}", "{pins}", "{proxy}")
    return Subject(f"go-{mode}", f"Go net/http, {title}", "Go", (GO,), command, about, advice, profile)


NODE_MODES = (
    _node(
        "correct",
        "the right checkServerIdentity",
        "Calls `tls.checkServerIdentity` first, exports the leaf's key as SPKI, and returns the error.",
        "Use it as it is. Node follows no redirect by itself.",
    ),
    _node(
        "documentation",
        "the example of its documentation",
        "Checks the name, and hashes `cert.pubkey`. That is the SubjectPublicKeyInfo of RSA keys only; of an EC key "
        "it is the bare point, whose hash is not a pin.",
        "Export the key instead: `new crypto.X509Certificate(cert.raw).publicKey.export({type: 'spki', format: "
        "'der'})`.",
    ),
    _node(
        "guide",
        "a guide's checkServerIdentity",
        "The Node snippet of the guide of SSLens, in our words and with its property: `cert.pubkey`, no check of the "
        "name, and the error thrown instead of returned. Nothing catches that error, so the program ends.",
        "Check the name first, export the key, return the error.",
    ),
    _node(
        "nameless",
        "checkServerIdentity without the name",
        "Compares the right bytes, but nothing else: a custom `checkServerIdentity` replaces the name check.",
        "Begin with `tls.checkServerIdentity(host, cert)`, and return what it returns.",
    ),
    _node(
        "presented",
        "any presented certificate",
        "Walks `issuerCertificate` and accepts any certificate whose key is pinned. The walk follows issuer names "
        "through the certificates that the server sent. It skips a certificate that is merely appended, but not one "
        "that claims to be an issuer.",
        "Compare the leaf alone, because Node gives no verified chain to a callback.",
        "chain",
    ),
    _node(
        "unauthorized",
        "rejectUnauthorized: false",
        "The right checkServerIdentity beside `rejectUnauthorized: false`, as people write for a private authority.",
        "Pass `ca:` instead. With `rejectUnauthorized: false` the error of the pin check is ignored as well.",
    ),
)
GO_MODES = (
    _go(
        "verify-connection",
        "VerifyConnection over VerifiedChains",
        "Accepts a pinned key in any chain that crypto/tls verified. It is also called for resumed connections.",
        "Use it as it is. If crypto/tls verified several chains, any of them may contain the pin.",
    ),
    _go(
        "verify-peer",
        "VerifyPeerCertificate over verifiedChains",
        "The same comparison in the older callback. By the documentation of crypto/tls, it is not called when a "
        "session is resumed; no trial here shows that, because this program keeps no session after it ends.",
        "Prefer `VerifyConnection`, which is called every time.",
    ),
    _go(
        "presented",
        "VerifyPeerCertificate over rawCerts",
        "Accepts a pinned key in any certificate that the server sent.",
        "Compare `verifiedChains` instead, because a server can append any certificate.",
    ),
    _go(
        "insecure",
        "InsecureSkipVerify and the leaf's key",
        "Switches every check off, and compares the leaf's key in `VerifyPeerCertificate`.",
        "Leave `InsecureSkipVerify` out, and set `RootCAs` for a private authority.",
        "leaf",
    ),
)
TOOLCHAINS = (*NODE_MODES, *GO_MODES)
