"""Mutants of the connection: guards, refusals, sessions, renegotiation."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_IMPLICIT = "tests/tls/test_implicit_handshake.py"
_SESSION = "tests/tls/test_session.py"
_RENEGOTIATION = "tests/tls/test_renegotiation.py"
_NO_CERTIFICATE = "tests/tls/test_no_certificate.py"
_INJECT = "tests/tls/test_inject.py"
_ERROR = "tests/tls/test_error.py"

_SOCKET_METHODS = (
    *("read", "recv", "recv_into", "recvfrom", "recvfrom_into"),
    *("write", "send", "sendall", "sendfile", "sendto", "unwrap"),
)
_OBJECT_METHODS = ("read", "write", "unwrap")


def _unguarded(kind: str, method: str) -> Mutant:
    call = f"        return ssl.{kind}.{method}("
    what = f"{kind}.{method} does not check the pins first"
    return Mutant("H1", what, "tls/_guarded.py", f"        self._pass_first()\n{call}", call, (_IMPLICIT,))


_HANDSHAKE = (
    *(_unguarded("SSLSocket", method) for method in _SOCKET_METHODS),
    *(_unguarded("SSLObject", method) for method in _OBJECT_METHODS),
    *(
        Mutant(
            "H1",
            f"injected: {method} of plain sockets is not guarded",
            "tls/inject.py",
            f'"{method}"',
            '"fileno"',
            (_INJECT,),
        )
        for method in ("recvfrom_into", "sendto", "sendfile", "send")
    ),
    Mutant(
        "H1",
        "injected: plain memory-BIO objects are not guarded",
        "tls/inject.py",
        'ssl.SSLObject: ("read", "write", "unwrap")',
        "ssl.SSLObject: ()",
        (_INJECT,),
    ),
    Mutant(
        "H5",
        "a refused socket may try again",
        "tls/_guarded.py",
        "            record.refuse(error)\n            shut_down(self)\n",
        "",
        (_IMPLICIT,),
    ),
    Mutant(
        "H5",
        "a refused socket is not closed",
        "tls/_guarded.py",
        "            shut_down(self)\n            raise",
        "            raise",
        (_IMPLICIT,),
    ),
    Mutant(
        "H5",
        "a refused object passes after the exception was swallowed",
        "tls/_guarded.py",
        "            record.refuse(error)\n            raise\n        record.passed = True\n"
        "        if type(self) is GuardedSSLObject",
        "            self.__class__ = PinnedSSLObject\n            raise\n        record.passed = True\n"
        "        if type(self) is GuardedSSLObject",
        (_IMPLICIT,),
    ),
    Mutant(
        "H1",
        "objects of a subclass lose their class",
        "tls/_guarded.py",
        "if type(self) is GuardedSSLObject:",
        "if True:",
        ("tests/tls/test_subclass.py",),
    ),
    Mutant(
        "H5",
        "an interrupt is kept as the refusal",
        "tls/_connection_record.py",
        "        if isinstance(error, Exception):\n",
        "        if True:\n",
        ("tests/tls/test_interrupt.py", "-k", "SystemExit"),
    ),
    Mutant(
        "H5",
        "after shutdown(SHUT_RD) a socket sends in the clear",
        "tls/_guarded.py",
        "        if self._pinsmith is not None and how == socket.SHUT_RD:\n",
        "        if False:\n",
        ("tests/tls/test_shutdown.py",),
    ),
    Mutant(
        "H5",
        "injected: after shutdown(SHUT_RD) a socket sends in the clear",
        "tls/inject.py",
        "        if how == socket.SHUT_RD:\n",
        "        if False:\n",
        ("tests/tls/test_shutdown.py",),
    ),
    Mutant(
        "H5",
        "the socket swallows the refusal itself",
        "tls/_guarded.py",
        "            shut_down(self)\n            raise",
        "            return",
        (_ERROR,),
    ),
    Mutant(
        "H5",
        "a connection that OpenSSL refused may continue in the clear",
        "tls/_guarded.py",
        "            stick(record, error)\n            raise\n",
        "            raise\n",
        (_IMPLICIT, "-k", "FailedHandshake"),
    ),
    Mutant(
        "H5",
        "injected: a refused socket is not closed",
        "tls/inject.py",
        "            shut_down(tls)\n",
        "            pass\n",
        (_INJECT,),
    ),
    Mutant(
        "H5",
        "injected: the refusal is swallowed",
        "tls/inject.py",
        "            shut_down(tls)\n        raise",
        "            shut_down(tls)",
        (_INJECT,),
    ),
)

_RESUMED = (
    Mutant(
        "H4",
        "the session's host is not compared",
        "tls/session.py",
        "if host is None or host != self._host:",
        "if False:",
        (_SESSION,),
    ),
    Mutant(
        "H4",
        "the session's policy is not compared",
        "tls/session.py",
        "if policy is not self._policy:",
        "if False:",
        (_SESSION,),
    ),
    Mutant(
        "H4",
        "the session outlives its certificate",
        "tls/session.py",
        "leaf.not_after < now",
        "False",
        (_SESSION,),
    ),
    Mutant(
        "H4",
        "the session is not checked again after it was resumed",
        "tls/_enforcer.py",
        "            session.require(record.host, policy, now)\n",
        "",
        (_SESSION,),
    ),
    Mutant(
        "H4",
        "a resumed handshake without a bound session is judged by the presented chain",
        "tls/_enforcer.py",
        "            if session is None:\n                return None\n",
        "            if session is None:\n                return Chain.of_der([tls.getpeercert(binary_form=True)])\n",
        (_SESSION, "-k", "nothing_else or force or process"),
    ),
    Mutant(
        "H4",
        "raw sessions are accepted at creation",
        "tls/_guarded.py",
        "owner._require_session(session).raw\n",
        "owner._require_session(session).raw if isinstance(session, PinnedSession) else session\n",
        (_SESSION,),
    ),
    Mutant(
        "H4",
        "raw sessions are accepted by attribute",
        "tls/_guarded.py",
        "        if not isinstance(session, PinnedSession):\n",
        "        if False:\n",
        (_SESSION,),
    ),
    Mutant(
        "H4",
        "no session is resumed",
        "tls/_guarded.py",
        "        return None if session is None else owner._require_session(session).raw\n",
        "        return None\n",
        (_SESSION,),
    ),
    Mutant(
        "H6",
        "renegotiation can be switched on by clearing the options",
        "tls/_guarded.py",
        "_OPTIONS.__set__(self, value | NO_RENEGOTIATION)",
        "_OPTIONS.__set__(self, value)",
        (_RENEGOTIATION,),
    ),
    Mutant(
        "H6",
        "renegotiation is on",
        "tls/_guarded.py",
        "NO_RENEGOTIATION: Final = ssl.OP_NO_RENEGOTIATION",
        "NO_RENEGOTIATION: Final = 0",
        (_RENEGOTIATION,),
    ),
    Mutant(
        "H6",
        "injected: renegotiation is on",
        "tls/inject.py",
        "        forbid_renegotiation(self)\n",
        "",
        (_RENEGOTIATION,),
    ),
    Mutant(
        "H7",
        "a connection without a chain counts as a match",
        "verdict.py",
        '        return Mismatched(host, entry, None, "no-verified-chain")',
        "        return Matched(host, entry, entry.keys[0], 0)",
        (_NO_CERTIFICATE,),
    ),
)

CONNECTION_MUTANTS = (*_HANDSHAKE, *_RESUMED)
