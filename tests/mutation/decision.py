"""Mutants of the decision: which chain, which name and which policy count, and what is reported."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_IMPLICIT = "tests/tls/test_implicit_handshake.py"
_UNVERIFIED = "tests/tls/test_unverified.py"
_GREEN = "tests/tls/test_green.py"
_CHAIN = "tests/tls/test_chain.py"
_CONTEXT = "tests/tls/test_context.py"
_PINS_ONLY = "tests/tls/test_pins_only.py"
_INJECT = "tests/tls/test_inject.py"
_EVENT = "tests/tls/test_event.py"
_NAME = "tests/tls/test_name.py"
_COMPLETION = "tests/tls/test_completion.py"
_COMPARED = "tests/tls/test_compared_names.py"
_SWITCH = "tests/tls/test_switch.py"
_CONCURRENCY = "tests/tls/test_concurrency.py"

_VERIFIED = (
    Mutant(
        "H2",
        "the chain counts though nobody verified it",
        "tls/_enforcer.py",
        "        if not record.verifies:\n            pins_only",
        "        if False:\n            pins_only",
        (_UNVERIFIED,),
    ),
    Mutant(
        "H2",
        "every context counts as verifying",
        "tls/_chain.py",
        "return _verify_mode(context) == _CERT_REQUIRED, _check_hostname(context)",
        "return True, _check_hostname(context)",
        (_UNVERIFIED,),
    ),
    Mutant(
        "H2",
        "CERT_OPTIONAL is taken for verification",
        "tls/_chain.py",
        "_verify_mode(context) == _CERT_REQUIRED",
        "_verify_mode(context) != 0",
        (_UNVERIFIED,),
    ),
    Mutant(
        "H2",
        "the mode is read through properties",
        "tls/_chain.py",
        "return _verify_mode(context) == _CERT_REQUIRED,",
        "return context.verify_mode == _CERT_REQUIRED or hasattr(context, 'policy'),",
        (_UNVERIFIED,),
    ),
    Mutant(
        "H3",
        "the mode is checked only after creation",
        "tls/_guarded.py",
        "        record.verifies &= verifies\n",
        "        record.verifies = verifies\n",
        (_UNVERIFIED,),
    ),
    Mutant(
        "H3",
        "the mode is checked only before creation",
        "tls/_guarded.py",
        "        record.verifies &= verifies\n",
        "",
        (_UNVERIFIED,),
    ),
    Mutant(
        "H3",
        "verify_mode may be written",
        "tls/context.py",
        "        if value != ssl.CERT_REQUIRED:\n",
        "        if False:\n",
        (_CONTEXT,),
    ),
    Mutant(
        "H3",
        "check_hostname may be written",
        "tls/context.py",
        "        if not value:\n            raise UnsafeContextError(",
        "        if not value:\n            set_check_host_name(self, value=False)\n            return\n"
        "            raise UnsafeContextError(",
        (_CONTEXT,),
    ),
    Mutant(
        "chain",
        "the presented chain is judged instead of the verified one",
        "tls/_enforcer.py",
        "        ders = verified_ders(tls)\n",
        "        ders = presented_ders(tls)\n",
        (_CHAIN,),
    ),
    Mutant(
        "chain",
        "only the leaf is judged",
        "verdict.py",
        'chain.certificates[:1] if entry.trust == "pins-only" else chain.certificates',
        "chain.certificates[:1]",
        (_CONTEXT,),
    ),
    Mutant(
        "chain",
        "trust anchors are not compared",
        "verdict.py",
        "if entry.trust_anchors and not _ends_in(chain, entry):",
        "if False:",
        (_CONTEXT,),
    ),
    Mutant(
        "name",
        "an authority pin counts although the host name was not checked",
        "tls/_enforcer.py",
        "if pins_only else verdict.depth > 0",
        "if pins_only else False",
        (_UNVERIFIED, _COMPARED),
    ),
    Mutant(
        "name",
        "the host-name check is required only after creation",
        "tls/_guarded.py",
        "        record.checks_host_name &= checks_host_name\n",
        "        record.checks_host_name = checks_host_name\n",
        (_UNVERIFIED,),
    ),
    Mutant(
        "name",
        "a connection without a name passes",
        "tls/context.py",
        "            raise no_server_name()\n",
        "            return self, server_hostname\n",
        (_CONTEXT,),
    ),
    Mutant(
        "name",
        "injected: a connection without a name passes",
        "tls/_enforcer.py",
        "        if not self.allow_unnamed or policy.require_pins:\n",
        "        if False:\n",
        (_INJECT,),
    ),
    Mutant(
        "name",
        "injected: allow_unnamed overrides require-pins",
        "tls/_enforcer.py",
        "        if not self.allow_unnamed or policy.require_pins:\n",
        "        if not self.allow_unnamed:\n",
        ("tests/tls/test_unnamed.py",),
    ),
    Mutant(
        "name",
        "injected: a name that is not a host name passes as no name",
        "tls/_enforcer.py",
        "        if record.bad_name is not None:\n",
        "        if False:\n",
        ("tests/tls/test_unnamed.py",),
    ),
    Mutant(
        "name",
        "Unicode names are left to IDNA 2003",
        "tls/context.py",
        "server_hostname if server_hostname.isascii() else host",
        "server_hostname",
        (_NAME,),
    ),
)

_COMPLETED = (
    Mutant(
        "completion",
        "certificates that complete the chain need not be verified",
        "tls/_completion.py",
        "for link in verifier.verify(leaf, others)))",
        "for link in known))",
        (_COMPLETION,),
    ),
    Mutant(
        "completion",
        "the system's directory is always trusted",
        "tls/_completion.py",
        "(listed if last in listed else ())",
        "listed",
        (_COMPLETION,),
    ),
    Mutant(
        "completion",
        "chains are not completed",
        "tls/_enforcer.py",
        "        if isinstance(verdict, Mismatched) and chain and not tls.session_reused:\n",
        "        if False:\n",
        (_COMPLETION,),
    ),
)

_STACKS = (
    Mutant(
        "H8",
        "replaced classes are not noticed",
        "tls/_chain.py",
        'if ssl.SSLContext is not _SSL_CONTEXT or _SSL_CONTEXT.__module__ != "ssl":',
        "if False:",
        (_GREEN, "-k", "pinned_context"),
    ),
    Mutant(
        "H8",
        "injected: somebody else's connections pass unseen",
        "tls/inject.py",
        "        if not isinstance(owner, (ssl.SSLSocket, ssl.SSLObject)):\n            raise UnsafeContextError(",
        "        if not isinstance(owner, (ssl.SSLSocket, ssl.SSLObject)):\n"
        "            return original(self, *args, **kwargs)\n            raise UnsafeContextError(",
        (_GREEN, "-k", "after_an_injection and gevent"),
    ),
    Mutant(
        "H8",
        "injected: replaced classes are not noticed",
        "tls/inject.py",
        '            if original.__module__ != "ssl":\n',
        "            if False:\n",
        (_GREEN, "-k", "injection_is_refused"),
    ),
    Mutant(
        "pins-only",
        "hosts that are not pinned pass without verification",
        "tls/_enforcer.py",
        "        if record.pins_only and not isinstance(verdict, Matched):\n",
        "        if record.pins_only and isinstance(verdict, Mismatched):\n",
        (_PINS_ONLY,),
    ),
    Mutant(
        "pins-only",
        "any presented certificate may match",
        "verdict.py",
        'chain.certificates[:1] if entry.trust == "pins-only" else chain.certificates',
        "chain.certificates",
        ("tests/core/test_verdict.py",),
    ),
    Mutant(
        "pins-only",
        "the name is not compared",
        "tls/_enforcer.py",
        "needs_name = entry.check_host_name if pins_only",
        "needs_name = False if pins_only",
        (_PINS_ONLY,),
    ),
    Mutant(
        "pins-only",
        "no host of the policy is verified",
        "tls/_enforcer.py",
        'if entry is None or entry.trust != "pins-only":',
        "if entry is None:",
        (_PINS_ONLY,),
    ),
    Mutant(
        "pins-only",
        "settings do not reach the inner context",
        "tls/context.py",
        "        if name in _SHARED_ATTRIBUTES and self._inner is not None:\n",
        "        if False:\n",
        (_PINS_ONLY,),
    ),
    Mutant(
        "compromised",
        "a pins-only entry that is not in force hides the chain",
        "tls/_enforcer.py",
        "        if not record.verifies:\n            pins_only",
        "        if not record.verifies or getattr(entry, 'trust', None) == 'pins-only':\n            pins_only",
        ("tests/tls/test_compromised_attacks.py",),
    ),
    Mutant(
        "compromised",
        "a chain that nobody saw counts as not compromised",
        "tls/_enforcer.py",
        "    if policy.refuse_compromised and not chain and (record.verifies or record.was_found):\n",
        "    if False:\n",
        ("tests/tls/test_compromised_attacks.py",),
    ),
    Mutant(
        "policy",
        "a parent's pins also count, as a union",
        "policy.py",
        "        if exact is not None:\n            return exact\n",
        "        if exact is not None and not any(parent in self._by_host for parent in ancestors(host)):\n"
        "            return exact\n",
        (_NAME,),
    ),
    Mutant(
        "policy",
        "a mismatch is never enforced",
        "verdict.py",
        "if isinstance(verdict, Mismatched) and verdict.enforced:",
        "if False:",
        (_CONTEXT,),
    ),
    Mutant(
        "policy",
        "report-only is enforced",
        "verdict.py",
        "if isinstance(verdict, Mismatched) and verdict.enforced:",
        "if isinstance(verdict, Mismatched):",
        (_CONTEXT,),
    ),
    Mutant(
        "policy",
        "require-pins is ignored",
        "verdict.py",
        'if isinstance(verdict, NotPinned) and policy.require_pins and verdict.reason != "off":',
        "if False:",
        (_CONTEXT,),
    ),
    Mutant(
        "event",
        "an exception of the callback reaches the connection",
        "tls/event.py",
        "        except Exception:\n",
        "        except KeyError:\n",
        (_EVENT,),
    ),
    Mutant(
        "event",
        "every failure is reported again",
        "tls/event.py",
        "            if last is not None and time - last < interval:\n",
        "            if False:\n",
        (_EVENT,),
    ),
    Mutant(
        "event",
        "an unverified leaf is reported as verified",
        "tls/_enforcer.py",
        "verified = chain if record.verifies else None",
        "verified = chain",
        (_EVENT,),
    ),
    Mutant(
        "import",
        "modules are loaded by the first handshake",
        "tls/_enforcer.py",
        "        preload()\n",
        "",
        ("tests/tls/test_no_import.py", "-k", "imported"),
    ),
    Mutant(
        "switch",
        "the debug switch works without being allowed",
        "tls/context.py",
        "debug_switch if debug_switch and _is_switched_off(debug_switch) else None",
        '"PINSMITH_DISABLE" if _is_switched_off(debug_switch or "PINSMITH_DISABLE") else None',
        (_SWITCH,),
    ),
    Mutant(
        "switch",
        "the debug switch is silent",
        "tls/_enforcer.py",
        "            _say_disabled(self.disabled_by, record.host)\n",
        "",
        (_SWITCH,),
    ),
    Mutant(
        "inject",
        "server-side sockets are judged",
        "tls/inject.py",
        "        if isinstance(self, _OWN) or self.server_side or enforcer is None:\n",
        "        if isinstance(self, _OWN) or enforcer is None:\n",
        (_INJECT,),
    ),
    Mutant(
        "inject",
        "a connection from before the injection counts as verified",
        "tls/inject.py",
        "verifies=False, checks_host_name=False)",
        "verifies=True, checks_host_name=True)",
        (_INJECT,),
    ),
    Mutant(
        "inject",
        "extract() undoes other people's patches",
        "tls/inject.py",
        "        require_injected(if_any=True)\n",
        "",
        (_INJECT,),
    ),
    Mutant(
        "thread",
        "the class changes before the pins are checked",
        "tls/_guarded.py",
        "            stick(record, error)\n            raise\n        if record.passed:\n",
        "            stick(record, error)\n            raise\n"
        "        self.__class__ = PinnedSSLSocket\n        if record.passed:\n",
        (_CONCURRENCY, _IMPLICIT),
    ),
)

DECISION_MUTANTS = (*_VERIFIED, *_COMPLETED, *_STACKS)
