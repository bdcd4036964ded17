"""The target for .NET enforces the pins of a header Host as documented, and reports hosts without pins."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats.code.dotnet import FACTORY
from pinsmith.lab.stage import Stage
from tests.prove import dotnet
from tests.prove.variant import PKIS, Variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity

    Ask = Callable[..., tuple[list[str], int]]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

HEADER: Final = "other.test"


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return a function that asks ``localhost`` with some pins; it returns the hook's reports and the bytes sent."""
    (subject,) = dotnet.SUBJECTS
    for tool in subject.tools:
        tool.find()
    folder = tmp_path_factory.mktemp("dotnet")
    pki = PKIS.of("ec-p256")
    (folder / "trusted.pem").write_text(pki.trusted_pem)
    with Stage(pki) as stage:
        plain = {host: stage.pinning(host=host).pin_file() for host in ("localhost", HEADER)}
    texts = plain | {"strict": plain[HEADER].replace("[keys", "[defaults]\nrequire-pins = true\n\n[keys", 1)}
    variants = {name: Variant.of_text(text) for name, text in texts.items()}
    built = subject.build(folder, [*variants.values()])

    def ask(pins: str, identity: Identity, *header: str) -> tuple[list[str], int]:
        with Stage(pki) as stage:
            server = stage.serve(identity)
            arguments = (
                variants[pins].name,
                f"https://localhost:{server.port}/",
                str(folder / "trusted.pem"),
                "",
                *header,
            )
            done = subprocess.run(
                [*built.command[:-4], *arguments], capture_output=True, text=True, check=False, timeout=60
            )
            server.settled()
            heard = [line for line in done.stderr.splitlines() if line.startswith("reported: ")]
            return heard, server.disclosed_size

    return ask


def test_the_pins_are_those_of_the_name_in_the_header(ask: Ask) -> None:
    """As the documented limit states, the name in a header Host is checked, and its pins are enforced."""
    heard, sent = ask(HEADER, PKIS.of("ec-p256").impostor(HEADER), HEADER)
    assert heard == ["reported: other.test, refused"]
    assert not sent


def test_the_pins_of_the_host_of_the_url_do_not_count_with_a_header(ask: Ask) -> None:
    """The documented limit is correct; when this test fails, remove the limit."""
    heard, sent = ask("localhost", PKIS.of("ec-p256").impostor(HEADER), HEADER)
    assert not heard
    assert sent


def test_the_pins_of_the_host_of_the_url_count_without_a_header(ask: Ask) -> None:
    """The control: without a header, the pins of the URL's host are enforced."""
    heard, sent = ask("localhost", PKIS.of("ec-p256").impostor())
    assert heard == ["reported: localhost, refused"]
    assert not sent


def test_the_hook_reports_hosts_that_are_refused_without_pins(ask: Ask) -> None:
    """With require-pins, the hook reports a host that is refused because it has no pins."""
    heard, sent = ask("strict", PKIS.of("ec-p256").genuine())
    assert heard == ["reported: localhost, refused without pins"]
    assert not sent
    heard, sent = ask(HEADER, PKIS.of("ec-p256").genuine())
    assert not heard
    assert sent


IMPORTS: Final = """\
#nullable enable
using System;
using System.Net.Http;
using Microsoft.Extensions.DependencyInjection;
using Pins;
"""
MAIN: Final = """
internal static class Use
{
    public static void Main() => Add(null!);

    private static void Add(IServiceCollection services)
    {
        SNIPPET
    }
}
"""
SIGNATURES: Final = """
namespace Microsoft.Extensions.DependencyInjection
{
    internal interface IServiceCollection { }
    internal interface IHttpClientBuilder { }
    internal static class Extensions
    {
        public static IHttpClientBuilder AddHttpClient(this IServiceCollection services, string name) => null!;
        public static IHttpClientBuilder ConfigurePrimaryHttpMessageHandler(
            this IHttpClientBuilder builder, Func<HttpMessageHandler> configureHandler) => builder;
        public static IHttpClientBuilder ConfigurePrimaryHttpMessageHandler(
            this IHttpClientBuilder builder, Func<IServiceProvider, HttpMessageHandler> configureHandler) => builder;
        public static IHttpClientBuilder ConfigurePrimaryHttpMessageHandler(
            this IHttpClientBuilder builder, Action<HttpMessageHandler, IServiceProvider> configureHandler) => builder;
    }
}
"""
"""
The interface that the snippet calls, because no registry of these tests has Microsoft.Extensions.Http.

Source: dotnet/runtime, src/libraries/Microsoft.Extensions.Http/ref/Microsoft.Extensions.Http.cs
"""


@pytest.mark.parametrize("is_misspelt", [False, True])
def test_the_snippet_for_the_factory_fits_its_signatures(tmp_path: Path, is_misspelt: bool) -> None:  # noqa: FBT001
    """The snippet for IHttpClientFactory compiles against the published signatures; a misspelt one does not."""
    (subject,) = dotnet.SUBJECTS
    for tool in subject.tools:
        tool.find()
    with Stage(PKIS.of("ec-p256")) as stage:
        pins = Variant.of_text(stage.pinning().pin_file()).write(tmp_path, "Pins.cs", "dotnet")
    snippet = FACTORY.replace("PinnedHttp.Pin(", "PinnedHttp.Pins(") if is_misspelt else FACTORY
    (tmp_path / "Use.cs").write_text(f"{IMPORTS}{MAIN.replace('SNIPPET', snippet)}{SIGNATURES}")
    if is_misspelt:
        with pytest.raises(AssertionError, match="CS0117"):
            dotnet.compiled([tmp_path / "Use.cs", pins], tmp_path)
    else:
        assert dotnet.compiled([tmp_path / "Use.cs", pins], tmp_path).exists()
