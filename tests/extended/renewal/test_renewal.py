"""Certificates that real ACME clients get from real ACME servers are deployed, unless they would lock users out."""

from __future__ import annotations

import base64
import importlib
import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from ruamel.yaml import YAML

from tests.extended.renewal import authority
from tests.extended.renewal.programs import build, definitions, go
from tests.extended.renewal.shop import Shop, opened, require_certbot, serving
from tests.extended.vault import PIN, opened as opened_vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.extended.renewal.authority import AcmeServer

pytestmark = pytest.mark.extended

# Nobody asks for the answers to challenges, because Pebble takes every challenge as passed.
WORDS = {
    "certbot": ("--agree-tos", "--register-unsafely-without-email", "--webroot", "--webroot-path", "web"),
    "lego": ("--accept-tos", "--http", "--http.webroot", "web", "--no-random-sleep"),
}
CERTBOT = ("--config-dir", "certbot", "--work-dir", "certbot", "--logs-dir", "certbot/logs", "--server")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the programs in Go, unless the session of nox has done that."""
    if built := os.environ.get("RENEWAL_PROGRAMS"):
        return Path(built)
    folder = tmp_path_factory.mktemp("go")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def pebble(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AcmeServer]:
    """Run Pebble."""
    with authority.pebble(programs, tmp_path_factory.mktemp("pebble") / "root.pem") as acme:
        yield acme


@pytest.fixture
def shop(pebble: AcmeServer, programs: Path, tmp_path: Path) -> Iterator[Shop]:
    """Run nginx with the old key."""
    (tmp_path / "web").mkdir()
    with opened(tmp_path, pebble, programs) as made:
        yield made


def _words(shop: Shop, tool: str) -> tuple[str, ...]:
    if tool == "lego":
        return WORDS["lego"]
    require_certbot()
    return (*WORDS["certbot"], *CERTBOT, shop.acme.directory)


@pytest.mark.parametrize("tool", ["certbot", "lego"])
def test_a_certificate_of_the_standby_key_is_deployed_and_every_release_accepts_it(tool: str, shop: Shop) -> None:
    """The script hands the request of the next key to the client, and nginx presents that key to users."""
    shop.require("sh", shop.script(tool), *_words(shop, tool))
    shop.until_next()
    assert shop.accepts("4.0")


def test_a_fresh_key_of_certbot_is_refused_by_the_hook(shop: Shop) -> None:
    """By default, certbot makes a new key: its hook refuses it, certbot succeeds anyway, and nginx keeps the old."""
    hook = shop.hook("RENEWED_LINEAGE/fullchain.pem", "RENEWED_LINEAGE/privkey.pem")
    words = ("certbot", "certonly", "--non-interactive", "--domains", shop.host, *_words(shop, "certbot"))
    done = shop.run(*words, "--deploy-hook", hook)
    assert "would present no pinned key" in done.stdout + done.stderr
    assert done.returncode == 0
    assert shop.presents_old
    assert shop.accepts("4.0")


def test_a_fresh_key_of_lego_is_refused_by_the_hook(shop: Shop) -> None:
    """By default, lego makes a new key: its hook refuses it, lego fails, and nginx keeps the old certificate."""
    hook = shop.hook("LEGO_HOOK_CERT_PATH", "LEGO_HOOK_CERT_KEY_PATH")
    done = shop.run("lego", "run", "--domains", shop.host, *WORDS["lego"], "--deploy-hook", hook)
    assert "would present no pinned key" in done.stdout + done.stderr
    assert done.returncode != 0
    assert shop.presents_old


def test_a_release_without_the_next_key_is_named_and_the_certificate_waits(shop: Shop) -> None:
    """The release is refused with its share; when it has ended, the script deploys the same certificate."""
    shop.released("3.9", 2.1, "old")
    script = shop.script("lego")
    refused = shop.run("sh", script, *WORDS["lego"])
    assert refused.returncode == 3, refused.stderr
    assert "android 3.9 (2.1% of users) is locked out" in refused.stdout
    assert shop.presents_old
    assert shop.accepts("3.9")
    ordered = _saved(shop)
    shop.require("pinsmith", "release", "end", "android", "3.9")
    shop.require("sh", script, *WORDS["lego"])
    shop.until_next()
    assert (_saved(shop), shop.accepts("3.9")) == (ordered, False)


def test_a_renewal_that_the_authority_wants_early_keeps_the_key(shop: Shop) -> None:
    """By ARI, lego renews long before the end, with the same request; without, it leaves the certificate alone."""
    script = shop.script("lego")
    shop.require("sh", script, *WORDS["lego"])
    shop.until_next()
    first = _saved(shop)
    assert "has this certificate already" in shop.run("sh", script, *WORDS["lego"]).stderr
    shop.acme.ask_for_renewal(first)
    shop.require("sh", script, *WORDS["lego"])
    assert _saved(shop) != first
    shop.until_next(reloads=2)
    served = (shop.server.folder.path / "server.crt").read_text()
    assert served == _saved(shop)


def test_an_early_renewal_of_certbot_goes_through_the_hook(shop: Shop) -> None:
    """With --reuse-key, certbot keeps its key; it renews by ARI, and its hook deploys the certificate."""
    words = ("--non-interactive", *CERTBOT, shop.acme.directory)
    order = ("certbot", "certonly", "--domains", shop.host, "--reuse-key", *_words(shop, "certbot"))
    shop.require(*order, "--non-interactive")
    live = shop.folder / "certbot" / "live" / shop.host
    shop.adopt((live / "privkey.pem").read_bytes())
    first = (live / "fullchain.pem").read_text()
    hook = shop.hook("RENEWED_LINEAGE/fullchain.pem", "RENEWED_LINEAGE/privkey.pem")
    renew = ("certbot", "renew", "--no-random-sleep-on-renew", "--deploy-hook", hook, *words)
    shop.acme.ask_for_renewal(first)  # before certbot asks for it, because it asks again only after hours
    shop.require(*renew)
    second = (live / "fullchain.pem").read_text()
    assert second != first
    shop.until_next()
    shop.require(*renew)
    assert (live / "fullchain.pem").read_text() == second


@pytest.mark.parametrize(("profile", "days"), [("six", 6), ("forty-five", 45)])
def test_short_lived_certificates_are_deployed_without_warnings(profile: str, days: int, shop: Shop) -> None:
    """A certificate of 6 or 45 days is deployed, and `check` does not warn of it, although users take 60 to update."""
    shop.require("sh", shop.script("lego"), *WORDS["lego"], "--profile", profile)
    shop.until_next()
    leaf = shop.presented()
    assert round((leaf.not_after - leaf.not_before).total_seconds() / 86400) == days
    connect = ("--connect", f"127.0.0.1:{shop.server.port}", "--json")
    (host, *_) = json.loads(shop.run("pinsmith", "check", shop.host, *connect).stdout)["hosts"]
    assert [finding["rule"] for finding in host["findings"] if finding["rule"] == "certificate-expires"] == []
    assert host["verdict"] == "matched"


@pytest.mark.parametrize("tool", ["lego", "step-ca"])
def test_step_ca_issues_for_the_standby_key(tool: str, programs: Path, tmp_path: Path) -> None:
    """Lego and the client of step-ca get the certificate from step-ca, which asks for the answer to its challenge."""
    with (
        authority.step_ca(programs, tmp_path / "root.pem") as acme,
        opened(tmp_path, acme, programs, host="localhost") as shop,
    ):
        answers = f"127.0.0.1:{acme.port}"
        words = {
            "lego": ("--accept-tos", "--http", "--http.address", answers, "--no-random-sleep"),
            "step-ca": ("--acme", acme.directory, "--root", acme.cafile, "--standalone", "--http-listen", answers),
        }
        shop.require("sh", shop.script(tool), *words[tool])
        shop.until_next()
        assert shop.accepts("4.0")


def test_a_key_in_a_token_gets_its_certificate_and_serves_from_there(shop: Shop) -> None:
    """
    The token signs the request and a random message, lego orders, and nginx uses the key in the token.

    A token with another key deploys nothing. A release that pins the key accepts nginx, and an older one refuses it.
    """
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("api", "other")}
    with ExitStack() as stack:
        vault = stack.enter_context(opened_vault(keys, "www-data"))
        shop.variables["SOFTHSM2_CONF"] = str(vault.configuration)
        (shop.folder / "pin").write_text(f"{PIN}\n")
        key = ("--password-file", "pin", vault.uri("object=api"))
        shop.require("pinsmith", "key", "import", "hsm", *key, "--host", shop.host)
        shop.require("pinsmith", "release", "add", "android", "4.1", "--share", "1")
        shop.require("pinsmith", "release", "end", "android", "4.0")
        shop.require("pinsmith", "key", "request", "hsm", *key, "-o", "hsm.csr")
        target = shop.folder / "tls.pem"

        def script(name: str) -> str:
            words = ("--key", vault.uri(name), "--password-file", "pin", "--certificate-to", target)
            request = ("rotate", "request", shop.host, "--with", "lego", "--request", "hsm.csr")
            (shop.folder / "renew.sh").write_text(shop.require("pinsmith", *request, *words))
            return "renew.sh"

        refused = shop.run("sh", script("object=other"), *WORDS["lego"])
        assert refused.returncode == 1, refused.stderr
        assert "the private key is not that of the certificate" in refused.stderr
        assert not target.exists()
        done = shop.run("sh", script("object=api"), *WORDS["lego"])
        assert done.returncode == 0, done.stderr
        assert PIN not in refused.stdout + refused.stderr + done.stdout + done.stderr
        shop.server = stack.enter_context(serving(vault, target.read_text()))
        assert [shop.accepts(version) for version in ("4.0", "4.1")] == [False, True]


def test_the_manifest_for_cert_manager_has_its_schema(shop: Shop, tmp_path: Path) -> None:
    """The CertificateRequest is valid by the definition of cert-manager's release, and has no unknown field."""
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.write_text('#!/bin/sh\n[ "$1" = create ] && cat >manifest.yaml && exit 1\n')
    kubectl.chmod(0o755)
    assert shop.run("sh", shop.script("cert-manager"), "our-ca", "Issuer", "api-tls").returncode == 1
    manifest = YAML(typ="safe").load((tmp_path / "manifest.yaml").read_text())
    go("mod", "download", "github.com/cert-manager/cert-manager")
    definition = definitions() / "cert-manager.io_certificaterequests.yaml"
    (version,) = YAML(typ="safe").load(definition.read_text())["spec"]["versions"]
    schema = _closed(version["schema"]["openAPIV3Schema"])
    validator = importlib.import_module("jsonschema").Draft202012Validator(schema)
    validator.validate(manifest)
    assert base64.b64decode(manifest["spec"]["request"]) == (shop.folder / "next.csr").read_bytes()
    del manifest["spec"]["issuerRef"]["name"]
    assert not validator.is_valid(manifest)


def _saved(shop: Shop) -> str:
    """Return the certificate that lego keeps."""
    (path,) = (path for path in (shop.folder / "lego" / "certificates").glob("*.crt") if ".issuer" not in path.suffixes)
    return path.read_text()


def _closed(schema: Any) -> Any:  # noqa: ANN401 - of JSON
    """Forbid unknown fields, as ``kubectl --validate=strict`` does."""
    if isinstance(schema, dict):
        closed = {name: _closed(value) for name, value in schema.items()}
        if isinstance(schema.get("properties"), dict):
            closed["additionalProperties"] = False
        return closed
    return [_closed(value) for value in schema] if isinstance(schema, list) else schema
