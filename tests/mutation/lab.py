"""Mutants of the lab: what a verdict needs, what is shown of a client, where the proxy connects other machines."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_ADDRESS = "tests/lab/test_address.py"
_JUDGEMENT = "tests/lab/proxy/test_judgement.py"
_PROXIED = "tests/lab/live/test_proxied.py"
_REDACT = "tests/lab/process/test_redact.py"
_RUN = "tests/cli/test_lab_run.py"
_STATE = "tests/lab/state/test_lab_keys.py"
_TRIAL = "tests/lab/test_trial.py"

LAB_MUTANTS = (
    Mutant(
        "proxy",
        "the proxy connects other machines to link-local addresses of this machine",
        "lab/address.py",
        "meaning.is_link_local or ",
        "",
        (_ADDRESS,),
    ),
    Mutant(
        "proxy",
        "the proxy connects other machines to the loopback through an IPv6 address that contains an IPv4 address",
        "lab/address.py",
        "any(found in network for network in _ENDING_IN_IPV4)",
        "False",
        (_ADDRESS,),
    ),
    Mutant(
        "verdict",
        "a client that leaks before it refuses passes",
        "lab/trial.py",
        "    if guarded:\n        return",
        "    if guarded and ended.well:\n        return",
        (_TRIAL,),
    ),
    Mutant(
        "verdict",
        "a client that hangs passes",
        "lab/trial.py",
        'return "hung", "hangs", ended.words',
        'return "hung", "pass", ended.words',
        (_TRIAL,),
    ),
    Mutant(
        "verdict",
        "a client that never connected passes",
        "lab/trial.py",
        "    if not connected or (act.wanted and not wanted):\n",
        "    if act.wanted and not wanted:\n",
        (_TRIAL,),
    ),
    Mutant(
        "verdict",
        "a client that ends well at a rogue passes",
        "lab/trial.py",
        '    if ended.well and act.expected == "refuse":\n',
        "    if False:\n",
        (_TRIAL,),
    ),
    Mutant(
        "verdict",
        "a client that sent nothing counts as accepting a good server",
        "lab/trial.py",
        "    if ended.well and wanted:\n",
        "    if ended.well:\n",
        (_TRIAL,),
    ),
    Mutant(
        "verdict",
        "a client passes while one of its processes still holds a connection",
        "lab/trial.py",
        "and not is_settled and ended.is_gone:",
        "and not is_settled and not ended.is_gone:",
        (_TRIAL,),
    ),
    Mutant(
        "verdict",
        "a client that refuses everything is not reported",
        "lab/verdict.py",
        'return bool(passed) and "accept" not in passed',
        "return False",
        (_RUN,),
    ),
    Mutant(
        "proxy",
        "a refusal without a control proves pins",
        "lab/proxy/judgement.py",
        "    if control is None:\n        where",
        "    if control is None and trust.is_named:\n        where",
        (_JUDGEMENT,),
    ),
    Mutant(
        "proxy",
        "a client that does not trust the rogue authority counts as pinning",
        "lab/proxy/judgement.py",
        "    if CA_ALERT in evidence.refused and not",
        "    if not evidence.refused and not",
        (_JUDGEMENT,),
    ),
    Mutant(
        "proxy",
        "one accepted certificate is ignored if there are many refusals",
        "lab/proxy/judgement.py",
        "if intercepted := [evidence for evidence in evidences if evidence.intercepted]:",
        "if intercepted := [evidence for evidence in evidences if evidence.intercepted and not evidence.refused]:",
        (_JUDGEMENT,),
    ),
    Mutant(
        "secrets",
        "a password of a client is shown",
        "lab/process/redact.py",
        '    text = _NAMED.sub(rf"\\1 {REMOVED}", text)\n',
        "",
        (_REDACT,),
    ),
    Mutant(
        "secrets",
        "a key or token without a name is shown",
        "lab/process/redact.py",
        "lambda found: found[1] or REMOVED",
        "lambda found: found[0]",
        (_REDACT,),
    ),
    Mutant(
        "proxy",
        "the proxy of lab serve leads to the proxy of a scenario, and so to every port of this machine",
        "lab/live/routes.py",
        " and not isinstance(server, ConnectProxy)",
        "",
        (_PROXIED,),
    ),
    Mutant(
        "proxy",
        "the proxy of lab serve connects to the port that a client names",
        "lab/live/routes.py",
        "return self._endpoints[label].get(port)",
        "return (scene.address, port)",
        (_PROXIED,),
    ),
    Mutant(
        "proxy",
        "the proxy of lab serve accepts names that only end like those of the lab",
        "lab/live/routes.py",
        '_BELOW: Final = f".{LAB_DOMAIN}"',
        "_BELOW: Final = LAB_DOMAIN",
        (_PROXIED,),
    ),
    Mutant(
        "proxy",
        "servers of lab serve are open to the network beside the proxy",
        "lab/live/service.py",
        "address = LOOPBACK if self.place.is_proxied else self.place.address",
        "address = self.place.address",
        (_PROXIED,),
    ),
    Mutant(
        "state",
        "authorities that devices trust may certify every name",
        "lab/pki/lab_pki.py",
        "only = mint.only_below(LAB_DOMAIN)",
        "only: mint.Extensions = ()",
        (_STATE,),
    ),
    Mutant(
        "state",
        "authorities that devices trust may certify IP addresses",
        "lab/pki/mint.py",
        "[x509.DNSName(domain)], everywhere)",
        "[x509.DNSName(domain)], None)",
        (_STATE,),
    ),
    Mutant(
        "state",
        "private keys that other users can read are used",
        "files/private.py",
        "    if status.st_mode & _OTHERS:\n",
        "    if False:\n",
        (_STATE,),
    ),
    Mutant(
        "state",
        "a damaged file of keys is used",
        "lab/state/state_file.py",
        "        if hashlib.sha256(envelope.content).hexdigest() == envelope.sha256:\n",
        "        if True:\n",
        (_STATE,),
    ),
)
