"""Leaves that are signed by their authority, but unusual in one place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from pinsmith.lab.pki.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.authority import Authority

NAME = "odd.test"
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
KEY_USAGE, SUBJECT_KEY, REVOCATION, POLICIES = "2.5.29.15", "2.5.29.14", "2.5.29.31", "2.5.29.32"
KEY_IDENTIFIER, PURPOSES, CONSTRAINTS, NAMES = "2.5.29.35", "2.5.29.37", "2.5.29.19", "2.5.29.17"

_POINT = "300b3009a007a0058603613a62"

Extension = tuple[str, str, bool]


def with_extensions(
    authority: Authority, *extensions: Extension, without: tuple[str, ...] = (), subject: x509.Name | None = None
) -> Identity:
    """
    Issue a usual leaf, in which some extensions are others.

    Args:
        authority: Signs.

        extensions: Dotted identifier, content in hexadecimal digits, and whether it is critical. They replace those
            with the same identifier.

        without: Identifiers of those to leave out.

        subject: The name of the leaf.
    """
    model = authority.issue(NAME)
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    builder = x509.CertificateBuilder(
        issuer_name=model.certificate.issuer,
        subject_name=model.certificate.subject if subject is None else subject,
        public_key=model.key.public_key(),
        serial_number=model.certificate.serial_number,
        not_valid_before=model.certificate.not_valid_before_utc,
        not_valid_after=model.certificate.not_valid_after_utc,
    )
    replaced = {*without, *(dotted for dotted, _, _ in extensions)}
    for extension in model.certificate.extensions:
        if extension.oid.dotted_string not in replaced:
            builder = builder.add_extension(extension.value, critical=extension.critical)
    for dotted, content, critical in extensions:
        raw = x509.UnrecognizedExtension(ObjectIdentifier(dotted), bytes.fromhex(content))
        builder = builder.add_extension(raw, critical=critical)
    return Identity(builder.sign(authority.key, hashes.SHA256()), model.key, model.issuers, model.root)


def resigned(
    authority: Authority, model: Identity, change: Callable[[bytes], bytes], algorithm: bytes = ECDSA_SHA256
) -> bytes:
    """
    Change the body of a leaf, and sign it again. The lengths inside of it stay as they are.

    Args:
        authority: Signs.

        model: The leaf.

        change: From body to body, DER; the header of the body is made anew.

        algorithm: The outer signature algorithm.
    """
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    body = element(0x30, change(model.certificate.tbs_certificate_bytes[4:]))
    signature = authority.key.sign(body, ec.ECDSA(hashes.SHA256()))
    return element(0x30, body + algorithm + element(0x03, b"\0" + signature))


def element(tag: int, content: bytes) -> bytes:
    """Return one element of DER."""
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def odd_leaves(authority: Authority) -> dict[str, Identity]:
    """Return leaves about which the two libraries may not agree, by a description."""
    return {
        "key usage without signatures": with_extensions(authority, (KEY_USAGE, "03020520", True)),
        "key usage of an authority": with_extensions(authority, (KEY_USAGE, "03020284", True)),
        "key usage that is not DER": with_extensions(authority, (KEY_USAGE, "03020080", True)),
        "own key identifier of another form": with_extensions(authority, (SUBJECT_KEY, "0c026162", False)),
        "own key identifier that is critical": with_extensions(authority, (SUBJECT_KEY, "04026162", True)),
        "empty own key identifier": with_extensions(authority, (SUBJECT_KEY, "0400", False)),
        "a byte behind the own key identifier": with_extensions(authority, (SUBJECT_KEY, "0401610000", False)),
        "no key identifier of the authority": with_extensions(authority, without=(KEY_IDENTIFIER,)),
        "key identifier of the authority that is broken": with_extensions(authority, (KEY_IDENTIFIER, "3005", False)),
        "key identifier of another authority": with_extensions(authority, (KEY_IDENTIFIER, "300480026162", False)),
        "revocation list of another form": with_extensions(authority, (REVOCATION, "30020500", False)),
        "empty revocation lists": with_extensions(authority, (REVOCATION, "3000", False)),
        "revocation lists that are critical": with_extensions(authority, (REVOCATION, _POINT, True)),
        "a byte behind the revocation lists": with_extensions(authority, (REVOCATION, _POINT + "00", False)),
        "a revocation list without an address": with_extensions(authority, (REVOCATION, "30063004a002a000", False)),
        "a revocation list with reasons": with_extensions(
            authority, (REVOCATION, "300f300da007a0058603" + "613a62" + "81020780", False)
        ),
        "a revocation list with an address that is not ASCII": with_extensions(
            authority, (REVOCATION, _POINT.replace("613a62", "613aff"), False)
        ),
        "a revocation list with an empty address": with_extensions(
            authority, (REVOCATION, "30083006a004a0028600", False)
        ),
        "a revocation list with an address that is cut off": with_extensions(
            authority, (REVOCATION, _POINT.replace("8603", "8604"), False)
        ),
        "revocation lists that are cut off": with_extensions(
            authority, (REVOCATION, "300b300aa008a0068604613a62", False)
        ),
        "a revocation list of an issuer's name": with_extensions(
            authority, (REVOCATION, _POINT.replace("8603", "8203"), False)
        ),
        "empty policies": with_extensions(authority, (POLICIES, "", False)),
        "policies that are critical": with_extensions(authority, (POLICIES, "3000", True)),
        "unknown extension": with_extensions(authority, ("1.2.3.4", "0500", False)),
        "unknown extension that is critical": with_extensions(authority, ("1.2.3.4", "0500", True)),
        "Netscape's type of a client": with_extensions(authority, ("2.16.840.1.113730.1.1", "03020780", False)),
        "purposes in another order": authority.issue(
            NAME, usages=[ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.SERVER_AUTH]
        ),
        "any purpose": authority.issue(NAME, usages=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
        "for clients only": authority.issue(NAME, usages=[ExtendedKeyUsageOID.CLIENT_AUTH]),
        "constraints that are not DER": with_extensions(authority, (CONSTRAINTS, "3003010100", True)),
        "an authority": authority.issue(NAME, is_ca=True),
    } | _with_odd_names(authority)


def _with_odd_names(authority: Authority) -> dict[str, Identity]:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=40)
    common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    return {
        "only a common name": authority.issue(NAME, san=False),
        "names with an unknown form": with_extensions(authority, (NAMES, "300c82086f64642e746573748800", False)),
        "names that are broken": with_extensions(authority, (NAMES, "300b82086f64642e746573740a", False)),
        "no names": with_extensions(authority, (NAMES, "3000", False)),
        "a byte behind the names": with_extensions(authority, (NAMES, "300a82086f64642e7465737400", False)),
        "a name that goes on behind the names": with_extensions(
            authority, (NAMES, "300d82086f64642e74657374820261", False)
        ),
        "an address of another form": with_extensions(
            authority, (NAMES, "301082086f64642e74657374880401020304", False)
        ),
        "an address of five bytes": with_extensions(
            authority, (NAMES, "301182086f64642e7465737487050102030405", False)
        ),
        "no subject, and names that are not critical": with_extensions(
            authority, (NAMES, "300a82086f64642e74657374", False), subject=x509.Name([])
        ),
        "the name of its issuer in other letters": with_extensions(
            authority,
            subject=x509.Name(
                [x509.NameAttribute(NameOID.COMMON_NAME, _common_name(authority).upper().replace(" ", "  "))]
            ),
        ),
        "two attributes in one part of the subject": with_extensions(
            authority,
            subject=x509.Name(
                [x509.RelativeDistinguishedName([*common, x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Two in one")])]
            ),
        ),
        "ends within a minute": authority.issue(NAME, not_after=soon),
        "begins within a minute": authority.issue(NAME, not_before=soon),
        "ended": authority.issue(NAME, not_after=soon - timedelta(days=2)),
        "after 2049": authority.issue(NAME, not_after=datetime(2051, 1, 1, tzinfo=UTC)),
    }


def _common_name(authority: Authority) -> str:
    return str(authority.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
