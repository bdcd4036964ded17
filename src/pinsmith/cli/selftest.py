"""
Prove that a wrong pin is refused in this environment.

Python's clients, and urllib3, requests, httpx, aiohttp, niquests, botocore and pyOpenSSL if they are installed, connect
to hostile servers on the loopback, directly and through an HTTP proxy. They first use a pinned context, then plain
calls under pinsmith.inject. With a right pin the connection must work; with a wrong pin it must be refused before a
byte is sent. This also finds patches of Python's ssl, such as gevent's. Nothing leaves the machine. In a program, call
pinsmith.selftest(context).
"""

from __future__ import annotations

from typing import Final

import click

from pinsmith.cli import _output
from pinsmith.cli._command import Command
from pinsmith.exit_code import ExitCode

EXAMPLES: Final = (("Check enforcement where your program runs:", "pinsmith selftest"),)


@click.command("selftest", Command, help=__doc__, examples=EXAMPLES)
def selftest() -> int:
    """Run the self-test on a fresh context and on the whole process."""
    import logging

    import pinsmith
    from pinsmith.lab.way import WAYS

    # Every refusal is also a log record; here the refusals are expected.
    logging.getLogger("pinsmith").addHandler(logging.NullHandler())
    proofs = list(pinsmith.selftest(pinsmith.PinnedSSLContext(pinsmith.Policy())))
    _output.result(*map(str, proofs))
    pinsmith.inject(pinsmith.Policy())
    try:
        of_process = pinsmith.selftest()
    finally:
        pinsmith.extract()
    _output.result(*(f"whole process, {proof}" for proof in of_process))
    proofs += of_process
    missing = [way.name for way in WAYS if not way.is_installed]
    if missing:
        _output.note(f"not installed, so not tried: {', '.join(missing)}")
    _output.flush()  # in a log of both streams the sum stands below the results
    wrong = sum(proof.case == "wrong pin" for proof in proofs)
    _output.success(f"{wrong} wrong pins were refused, and {len(proofs) - wrong} right pins were accepted")
    return ExitCode.OK
