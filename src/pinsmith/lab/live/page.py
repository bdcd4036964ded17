"""The page of a lab service. It fits the small screen of a phone, and has no external resources."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Final

from pinsmith.lab.live import download, qr
from pinsmith.lab.live.event import RESULT_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.lab.live.event import Event, VisitResult
    from pinsmith.lab.live.service import LabService, Served

WARNING: Final = (
    "Trust these roots only on an emulator, or on a device that you use only for tests. "
    "Remove them afterwards. Their keys exist only in the memory of this program."
)
CONTROL: Final = (
    "A refusal proves pinning only if the device trusts both roots. Check that first: its browser, which does not pin, "
    "must open wrong-key without a warning. The lab then correctly reports that the browser accepts a rogue."
)
OPEN_WARNING: Final = "Everybody in this network can reach these servers and read this page."

_EXPECTED: Final = {
    "accept": "accept: the app must get a response",
    "refuse": "refuse: the app must not send a byte",
    "withhold": "withhold: the app must not send a byte to the rogue",
}

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --faint: #888; --good: #187a3d; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --good: #5fcf87; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { font: 16px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; } p { margin: .35rem 0; }
a { color: LinkText; overflow-wrap: anywhere; }
code { font: .85em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.warning { border-left: .3rem solid var(--bad); padding: .4rem .75rem; background: #c6282814; }
.files { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: 0; padding: 0; }
.files a { display: inline-block; border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; }
.cards { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); }
article { border: 1px solid var(--line); border-radius: .6rem; padding: .75rem; }
.head { display: flex; gap: .75rem; justify-content: space-between; align-items: flex-start; }
.head > div { min-width: 0; }
svg { width: 7.5rem; flex: none; height: auto; display: block; border-radius: .3rem; }
summary { cursor: pointer; color: var(--faint); } .faint { color: var(--faint); font-size: .9em; }
.pass { color: var(--good); } .accepts-a-rogue, .refuses-a-good-server { color: var(--bad); font-weight: 600; }
ol { list-style: none; margin: 0; padding: 0; max-height: 15rem; overflow-y: auto; }
.pass, .accepts-a-rogue, .refuses-a-good-server, .unproven { display: inline-block; }
pre { overflow-x: auto; font-size: .8rem; }
ol li { border-top: 1px solid var(--line); padding: .4rem 0; overflow-wrap: anywhere; } ol li:first-child { border: 0; }
"""

# Replaces only elements that change, by id, so that the rest of the page and its scroll position stay.
_SCRIPT: Final = """
const refresh = async () => {
  try {
    const fresh = new DOMParser().parseFromString(await (await fetch("/live")).text(), "text/html");
    for (const item of fresh.body.children) document.getElementById(item.id)?.replaceWith(item.cloneNode(true));
    document.getElementById("ended").hidden = true;
  } catch { document.getElementById("ended").hidden = false; }
  setTimeout(refresh, 2000);
};
setTimeout(refresh, 2000);
"""


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_digest(_STYLE)}'; script-src 'sha256-{_digest(_SCRIPT)}'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy of the page: only its own style, its own script, and its own updates."""


def whole(service: LabService) -> str:
    """Return the HTML of the page."""
    host = escape(service.place.host)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<noscript><meta http-equiv="refresh" content="5"></noscript>'
        f"<title>pinsmith lab: {host}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>pinsmith lab: {host}</h1>\n{_warnings(service)}{_trust(service)}{_pins(service)}"
        f'<h2>What arrived</h2>\n<p id="ended" class="warning" hidden>The lab has ended.</p>\n'
        f"{_arrived(service.watch.latest)}"
        f'<h2>Scenarios</h2>\n<div class="cards">\n{"".join(_card(one, service) for one in service.served)}</div>\n'
        f"{_left_out(service)}<script>{_SCRIPT}</script></body></html>\n"
    )


def live(service: LabService) -> str:
    """Return the HTML of the elements that change, with their ids on the page."""
    return "".join(_seen(served, service) for served in service.served) + _arrived(service.watch.latest)


def _warnings(service: LabService) -> str:
    texts = [OPEN_WARNING, WARNING] if service.place.is_open else [WARNING]
    return f'<p class="warning">{escape(" ".join(texts))}</p>\n'


def _trust(service: LabService) -> str:
    items = "".join(f"<li>{_link(file)}</li>" for file in download.authorities(service.pki))
    return f'<h2>Trust</h2>\n<ul class="files">{items}</ul>\n<p class="faint">{escape(CONTROL)}</p>\n'


def _pins(service: LabService) -> str:
    pki = service.pki
    return (
        f"<h2>Pins of {escape(service.place.host)}</h2>\n"
        f"<p><code>{escape(pki.pin)}</code></p>\n<p><code>{escape(pki.backup_pin)}</code> (backup)</p>\n"
    )


def _card(served: Served, service: LabService) -> str:
    scenario, url = served.scenario, escape(served.scene.url)
    drawn = qr.svg(served.scene.url) if qr.is_available() else ""
    own = served.pinning.pins != (service.pki.pin, service.pki.backup_pin)
    pins = "".join(f"<p><code>{escape(pin)}</code></p>" for pin in served.pinning.pins) if own else ""
    note = f"<p>{escape(served.note)}</p>" if served.note else ""
    return (
        f'<article><div class="head"><div><h3>{escape(scenario.id)}</h3><p>{escape(scenario.title)}</p>'
        f'<p><a href="{url}">{url}</a></p><p class="faint">{escape(_EXPECTED[scenario.expected])}</p>'
        f"{_seen(served, service)}</div>{drawn}</div>\n{note}{pins}"
        f"<details><summary>more</summary><pre>{escape(scenario.description)}</pre>"
        f'<p><a href="/pins/{escape(scenario.id)}.toml">pins.toml</a></p></details></article>\n'
    )


def _seen(served: Served, service: LabService) -> str:
    counts = service.watch.counts_of(served.scenario.id)
    parts = [
        f'<span class="{result}">{counts[result]} &times; {RESULT_WORDS[result]}</span>'
        for result in RESULT_WORDS
        if counts[result]
    ]
    return f'<p id="seen-{escape(served.scenario.id)}">{", ".join(parts) or "no connections yet"}</p>'


def _left_out(service: LabService) -> str:
    if not service.left_out:
        return ""
    items = "".join(f"<li>{escape(left.scenario.id)}: {escape(left.reason)}</li>" for left in service.left_out)
    return f"<details><summary>{len(service.left_out)} left out</summary><ul>{items}</ul></details>\n"


def _arrived(events: Iterable[Event]) -> str:
    items = "".join(
        f'<li><span class="faint">{event.at:%H:%M:%S} UTC</span> <b>{escape(event.scenario)}</b> '
        f"{escape(event.peer)} {escape(event.what)}{_request(event)} {_result(event.result)}</li>"
        for event in events
    )
    return f'<ol id="arrived">{items or "<li>Nothing yet.</li>"}</ol>\n'


def _request(event: Event) -> str:
    return f" <code>{escape(event.request)}</code>" if event.request else ""


def _result(result: VisitResult) -> str:
    return f'<span class="{result}">→ {escape(RESULT_WORDS[result])}</span>'


def _link(file: download.Download) -> str:
    return f'<a href="{escape(file.path)}">{escape(file.name)}</a> <span class="faint">{escape(file.title)}</span>'
