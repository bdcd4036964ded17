"""Mutants of the code that brings pins to clients: helpers, other TLS stacks, workers."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_CHILDREN = "tests/tls/test_children.py"
_PYOPENSSL = "tests/tls/test_inject_pyopenssl.py"
_SELFTEST = "tests/lab/test_selftest.py"

CLIENT_MUTANTS = (
    Mutant(
        "worker",
        "workers of multiprocessing are not pinned",
        "tls/_children.py",
        "return {_KEY: _Stowaway(injection), **data}",
        "return data",
        (_CHILDREN, "-k", "enforces_the_pins and executor"),
    ),
    Mutant(
        "pyopenssl",
        "injected: pyOpenSSL is not reached when it is imported later",
        "tls/_pyopenssl.py",
        "                _patch(module, self._current_enforcer)\n",
        "                pass\n",
        (_PYOPENSSL, "-k", "imported_later"),
    ),
    Mutant(
        "pyopenssl",
        "injected: a chain that the callback of pyOpenSSL did not see passes",
        "tls/_pyopenssl.py",
        "        _require_unpinned(enforcer, connection, guarded)\n",
        "        pass\n",
        (_PYOPENSSL,),
    ),
    Mutant(
        "pyopenssl",
        "injected: the program's own callback is not asked",
        "tls/_pyopenssl.py",
        "return guarded.verifier(der, depth, ok=bool(ok)) and allowed",
        "return guarded.verifier(der, depth, ok=bool(ok))",
        (_PYOPENSSL,),
    ),
    Mutant(
        "pyopenssl",
        "injected: a chain that only the program's callback accepted counts as verified",
        "tls/_pyopenssl.py",
        "return guarded.verifier(der, depth, ok=bool(ok)) and allowed",
        "return guarded.verifier(der, depth, ok=True) and allowed",
        (_PYOPENSSL,),
    ),
    Mutant(
        "pyopenssl",
        "injected: a refused connection of pyOpenSSL may continue",
        "tls/_pyopenssl.py",
        "    if guarded.refusal is not None:\n        raise guarded.refusal\n",
        "    if guarded.refusal is not None:\n        return\n",
        (_PYOPENSSL,),
    ),
    Mutant(
        "client",
        "the context that requests gives to the pool takes precedence",
        "clients/requests.py",
        '            conn.conn_kw["ssl_context"] = self._context\n',
        "            pass\n",
        ("tests/tls/clients/test_requests.py",),
    ),
    Mutant(
        "client",
        "a request of aiohttp may have another context",
        "clients/aiohttp.py",
        "if req.ssl not in (True, None, self._pins):",
        "if req.ssl is False:",
        ("tests/tls/clients/test_aiohttp.py",),
    ),
    Mutant(
        "client",
        "boto3 may use awscrt",
        "clients/botocore.py",
        "    client._get_credentials = _refuse_awscrt\n",
        "",
        ("tests/tls/clients/test_botocore.py",),
    ),
    Mutant(
        "selftest",
        "the self-test undoes an injection that somebody else made meanwhile",
        "tls/inject.py",
        "if _enforcer is None or _enforcer.policy is not expected:",
        "if _enforcer is None:",
        (_SELFTEST,),
    ),
)
