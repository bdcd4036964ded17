"""
Intercept an app's traffic, and tell for each host whether the app pins.

Set the proxy on the device, or let it run COMMAND. Trust the rogue authority there, which exists for this run only:
http://pinsmith.lab/ through the proxy serves its certificate, --save-ca writes it. Use the app, then press Ctrl-C. A
host is "not pinned" if the app sent anything to a certificate of the rogue authority. It is "pinned" if the app refused
that, and accepted it at another host: without such a control a refusal proves nothing. Name one with --control if no
host that the app asks for is intercepted anyway.

What is intercepted is passed on to the real host, but for hosts that must pin. Nothing is kept of it but counts and the
first request line, without its query. COMMAND finds proxy and authority in its environment: HTTPS_PROXY, SSL_CERT_FILE,
REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, NODE_EXTRA_CA_CERTS.

The exit code is 0 if every host that must pin does, or none was named; 4 if one does not or is asked without TLS; else
1, if one was not seen or its verdict is inconclusive.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from pinsmith.cli import _lab_proxy_options as options, _output
from pinsmith.cli._options import DEFAULT_TIMEOUT, CafileOption, FileOption, FormatOption
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from pinsmith.lab.interception.proxy import InterceptingProxy

EXAMPLES: Final = (
    ("Watch an emulator, whose proxy is 10.0.2.2:8080:", "pinsmith lab proxy --port 8080"),
    (
        "Demand that every host of the nearest pins.toml is pinned, and keep the evidence:",
        "pinsmith lab proxy --port 8080 --all --output verdict.json",
    ),
    (
        "Judge a program in CI:",
        "pinsmith lab proxy --must-pin api.example.com --control www.example.com -- ./use-the-api",
    ),
)


def lab_proxy(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="A program to run, after --, with its arguments; ends when it ends."),
    ] = None,
    *,
    must_pin: options.MustPinOption = None,
    must_pin_file: options.MustPinFileOption = None,
    every: Annotated[bool, typer.Option("--all", help="Every host that the pin file enforces must pin.")] = False,
    file: FileOption = None,
    control: options.ControlOption = None,
    upstream: Annotated[
        Literal["relay", "block"], typer.Option(help="Pass on to the real host what is intercepted, or answer 502.")
    ] = "relay",
    pass_through: Annotated[
        bool,
        typer.Option(
            "--pass-through-after-refusal",
            help="Pass on unopened what refused before, so that the app goes on working.",
        ),
    ] = False,
    connect_to: options.ConnectToOption = None,
    cafile: CafileOption = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Listen here; 0.0.0.0 lets every machine in.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Listen on this port. 0: any that is free.")] = 0,
    save_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rogue authority's certificate, PEM; never its key.")
    ] = None,
    until_seen: Annotated[
        bool, typer.Option("--until-seen", help="End as soon as each host that must pin has a verdict.")
    ] = False,
    seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", min=0.001, max=86_400, help="End after so many seconds.")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.001, max=3600, help="How long a client or a host may take for a step."),
    ] = DEFAULT_TIMEOUT,
    verdict_file: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the verdicts as JSON, whatever --format is.")
    ] = None,
    output: FormatOption = "text",
) -> int:
    """Intercept, tell what is seen, and conclude."""
    from pinsmith.cli import _lab_proxy_result as result
    from pinsmith.cli._lab_proxy_session import Session

    must = options.must_pin(must_pin or [], must_pin_file, file, every=every)
    if until_seen and not must:
        raise UsageError("--until-seen needs a host that must pin", hint="name one with --must-pin")
    proxy = _listen(
        upstream=upstream,
        must_pin=must,
        controls=options.wanted(control or []),
        pass_through=pass_through,
        route=options.routes(connect_to or []),
        cadata=options.trusted(cafile),
        timeout_seconds=timeout,
        address=options.listening_address(host),
        port=port,
        told=result.tell,
    )
    session = Session(proxy, until_seen=until_seen, seconds=seconds)
    session.run(command or [], save_ca=save_ca, cafile=cafile)
    return result.conclude(session, verdict_file=verdict_file, output=output)


def _listen(**settings: object) -> InterceptingProxy:
    from pinsmith.errors import PinsmithError
    from pinsmith.files import words_of
    from pinsmith.lab.address import is_loopback
    from pinsmith.lab.interception.proxy import InterceptingProxy

    try:
        proxy = InterceptingProxy(**settings)  # type: ignore[arg-type]
    except ValueError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        where = f"{settings['address']} port {settings['port']}"
        raise PinsmithError(f"{where} cannot be listened on: {words_of(error)}") from error
    if not is_loopback(proxy.address):
        _output.warning(f"whoever reaches {proxy.address} may use this proxy, and be intercepted by it")
    return proxy
