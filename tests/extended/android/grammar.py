"""Generate random network security configurations: Android accepts most, refuses some, and many are odd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.formats.policy import pin

if TYPE_CHECKING:
    from random import Random

HOSTS: Final = (
    *("example.com", "api.example.com", "a.b.api.example.com", "example.org", "www.example.org", "10.0.2.2"),
    *("localhost", "xn--bcher-kva.example", "deep.er.example.net", "example.net"),
)
PROBES: Final = (
    *HOSTS,
    *(f"x.{host}" for host in HOSTS if host != "10.0.2.2"),
    "ample.com",
    "notexample.com",
    "com",
    "EXAMPLE.com.",
)
_BOOLEANS: Final = (*("true", "false") * 4, "True", "FALSE", "1", "0", "0x0", "0x10", " true ", "yes", "", "tRUE", "-1")
_DAYS: Final = (
    *("2031-05-01", "2040-12-31") * 6,
    *("2031-5-1", " 2031-05-01", "2031-05-01T00:00", "1999-05-01", "2031-05-01x", "2031- 5-01"),
)
_BAD_DAYS: Final = ("2031-02-30", "01.02.2031", "2031/05/01", "", "2031-13-01", "2031-05", "x2031-05-01", "0-01-01")
_MISPLACED: Final = ("pin", "domain", "pin-set", "certificates", "unknown")
_RARELY: Final = 0.012


class Grammar:
    """A random file for Android."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._free = list(HOSTS)
        random.shuffle(self._free)

    def file(self) -> str:
        """Return the text of the file."""
        parts = [self._config(0) for _ in range(self._random.randint(0, 4))]
        if self._some(0.5):
            parts.append(self._base())
        if self._some(0.3):
            parts.append('<debug-overrides><trust-anchors><certificates src="user"/></trust-anchors></debug-overrides>')
        if self._some(_RARELY):
            parts.append(self._base())
        if self._some(0.1):
            parts.append(f"<pin-set>{self._pin()}</pin-set>")
        self._random.shuffle(parts)
        tools = ' xmlns:tools="http://schemas.android.com/tools"'
        root = "network-security-config" if not self._some(_RARELY) else "resources"
        return f"<{root}{tools}>{self._filler()}{self._filler().join(parts)}</{root}>\n"

    def _some(self, share: float) -> bool:
        return self._random.random() < share

    def _filler(self) -> str:
        return self._random.choice(("\n", "\n    ", "", "<!-- a -- > b -->".replace("-- >", "- >"), "\r\n\t", " text "))

    def _base(self) -> str:
        inner = f"<pin-set>{self._pin()}</pin-set>" if self._some(_RARELY) else ""
        source = "all" if self._some(_RARELY) else self._random.choice(("system", "user", "@raw/ca"))
        anchors = f'<trust-anchors><certificates overridePins="true" src="{source}"/></trust-anchors>'
        return f'<base-config cleartextTrafficPermitted="true">{inner}{anchors}</base-config>'

    def _config(self, depth: int) -> str:
        parts = [self._domain() for _ in range(1 if self._some(0.6) else 3) if self._free or self._some(0.2)]
        parts = parts if parts or self._some(0.2) else [self._domain()]
        if self._some(0.75):
            parts.append(self._pin_set())
        if self._some(_RARELY):
            parts.append(self._pin_set())
        if self._some(0.1):
            parts.append('<trust-anchors><certificates src="system"/></trust-anchors>')
        if self._some(0.1):
            name = self._random.choice(_MISPLACED[3:] if "<domain" in "".join(parts) else _MISPLACED)
            parts.append(f'<{name} src="user"/>' if name in _MISPLACED[3:] else f"<tools-{name}>x</tools-{name}>")
        if depth < 3:
            parts += [self._config(depth + 1) for _ in range(self._random.choice((0, 0, 0, 1, 2)))]
        parts += self._more()
        self._random.shuffle(parts)
        attributes = self._random.choice(("", ' hstsEnforced="true"', ' tools:x="y"', ' odd="1"'))
        return f"<domain-config{attributes}>{self._filler()}{self._filler().join(parts)}</domain-config>"

    def _more(self) -> list[str]:
        """Return further elements that a domain-config may contain."""
        return []

    def _domain(self) -> str:
        known = self._some(_RARELY) or not self._free
        host = self._random.choice(HOSTS) if known else self._free.pop()
        text = self._random.choice(
            (*(host,) * 8, host.upper(), f" {host}\n", f"<!-- x -->{host}", f"{host}<!-- y -->", f"<![CDATA[{host}]]>")
        )
        if self._some(0.08):
            text = self._random.choice((f"*.{host}", f"{host}.", f"https://{host}/", f"{host}:443"))
        if self._some(_RARELY):
            text = self._random.choice(("", " ", f"{host[:3]}<!-- z -->{host[3:]}", f"{host}<b/>", f"<b/>{host}"))
        attributes = self._random.choice(("", f' includeSubdomains="{self._random.choice(_BOOLEANS)}"', ' tools:x="z"'))
        return f"<domain{attributes}>{text}</domain>"

    def _pin_set(self) -> str:
        pins = [self._pin() for _ in range(self._random.choice((0, 1, 1, 2, 2, 3)))]
        if self._some(0.05):
            pins.append("<other>x</other>")
        day = self._random.choice(_BAD_DAYS if self._some(_RARELY) else _DAYS)
        attributes = f' expiration="{day}"' if self._some(0.5) else ""
        return f"<pin-set{attributes}>{self._filler()}{self._filler().join(pins)}</pin-set>"

    def _pin(self) -> str:
        text = pin(self._random.choice(("leaf", "standby", "root", "fourth", "fifth"))).base64
        good = (
            *(text,) * 8,
            f"\n  {text}\n",
            text[:-1],
            f"{text[:8]} {text[8:]}",
            f"{text[:8]}.{text[8:]}",
            f"{text}\n.",
        )
        bad = (
            *(f"sha256/{text}", text[:-2], f"{text}=", f"{text}A", "", "  ", "AAAA", f"{text[:8]}<!-- c -->{text[8:]}"),
            *(
                text.translate({43: "-", 47: "_", ord(text[0]): "-"}),
                f"{text}<b/>",
                f"={text}",
                f"{text[:20]}={text[20:]}",
            ),
        )
        body = self._random.choice(bad if self._some(_RARELY) else good)
        digest = ' digest="SHA-256"' if not self._some(0.1) else ' digest="sha-256"'
        if self._some(_RARELY):
            digest = self._random.choice(
                ("", ' digest="SHA-1"', ' digest=" SHA-256"', ' digest="SHA256"', ' digest=""')
            )
        return f"<pin{digest}>{body}</pin>"


class TrustKitGrammar(Grammar):
    """A random file for TrustKit, which accepts fewer files than Android."""

    def _domain(self) -> str:
        if self._some(0.04):
            return super()._domain()
        host = self._free.pop() if self._free else "example.com"
        if host in {"localhost", "10.0.2.2", "xn--bcher-kva.example"} and not self._some(0.05):
            host = f"{host.replace('.', '-')}.example.com"
        attributes = self._random.choice(("", ' includeSubdomains="true"', ' includeSubdomains="false"'))
        return f"<domain{attributes}>{host}</domain>"

    def _pin_set(self) -> str:
        if self._some(0.1):
            return super()._pin_set()
        seeds = self._random.sample(("leaf", "standby", "root", "fourth"), self._random.choice((2, 2, 2, 3, 1, 0)))
        pins = "".join(f'<pin digest="SHA-256">{pin(seed).base64}</pin>' for seed in seeds)
        attributes = ' expiration="2031-05-01"' if self._some(0.3) else ""
        return f"<pin-set{attributes}>{pins}</pin-set>"

    def _more(self) -> list[str]:
        if self._some(0.3):
            return []
        enforces = self._random.choice((' enforcePinning="true"', ' enforcePinning="false"', "", ' enforcePinning="1"'))
        default = self._random.choice(("", ' disableDefaultReportUri="true"', ' disableDefaultReportUri="false"'))
        uris = ("https://reports.example.net/", " https://two.example.net/a?b=c ", "http://three.example.net")
        chosen = self._random.sample(uris, self._random.choice((0, 0, 1, 2)))
        if self._some(_RARELY):
            chosen.append("reports.example.net")
        inner = "".join(f"<report-uri>{uri}</report-uri>" for uri in chosen)
        return [f"<trustkit-config{enforces}{default}>{inner}</trustkit-config>"]
