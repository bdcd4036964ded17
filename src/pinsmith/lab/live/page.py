"""The page of a lab service. It fits the small screen of a phone, and has no external resources."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Final

from pinsmith.lab.live import download, qr
from pinsmith.lab.live.event import RESULT_WORDS
from pinsmith.lab.live.proxy_way import PROXY, proxy_ways
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.lab.live.event import Event, VisitResult
    from pinsmith.lab.live.proxy_way import ProxyWay
    from pinsmith.lab.live.service import LabService, Served

WARNING: Final = (
    "Trust these roots only on an emulator, or on a device that you use only for tests. "
    "Remove them afterwards. Their keys exist only in the memory of this program."
)
DOMAIN_WARNING: Final = (
    "Trust these roots only on an emulator, or on a device that you use only for tests. "
    f"They may certify only hosts below {LAB_DOMAIN}, but not every platform checks that. "
    "They end on {ends:%Y-%m-%d}; remove them afterwards."
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
.cards { display: grid; align-items: start; gap: .75rem; }
.cards { grid-template-columns: repeat(auto-fill, minmax(min(26rem, 100%), 1fr)); }
article { border: 1px solid var(--line); border-radius: .6rem; padding: .75rem; }
.head { display: flex; gap: .75rem; justify-content: space-between; align-items: flex-start; }
.head > div { min-width: 0; }
svg { width: 7.5rem; flex: none; height: auto; display: block; border-radius: .3rem; }
summary { cursor: pointer; color: var(--faint); } .faint { color: var(--faint); font-size: .9em; }
.pass { color: var(--good); } .accepts-a-rogue, .refuses-a-good-server { color: var(--bad); font-weight: 600; }
ol { list-style: none; margin: 0; padding: 0; max-height: 15rem; overflow-y: auto; }
.pass, .accepts-a-rogue, .refuses-a-good-server, .unproven { display: inline-block; }
pre { overflow-x: auto; font-size: .8rem; }
dl { margin: .5rem 0; } dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; }
dd pre { margin: .35rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.filters { display: none; gap: .5rem 1.5rem; flex-wrap: wrap; margin: .5rem 0 .75rem; }
.filters fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem; }
.filters legend { float: left; padding: .3rem .5rem .3rem 0; color: var(--faint); }
.filters label { border: 1px solid var(--line); border-radius: 1rem; padding: .25rem .7rem; cursor: pointer; }
.filters input { position: absolute; opacity: 0; }
.filters label:has(:checked) { background: LinkText; color: Canvas; border-color: LinkText; }
.filters label:has(:focus-visible) { outline: 2px solid LinkText; outline-offset: 2px; }
@supports selector(:has(*)) { .filters { display: flex; } }
body:has(#profile-leaf:checked) article:not(.leaf),
body:has(#profile-plain:checked) article:not(.plain),
body:has(#state-waiting:checked) article:not(:has(.is-waiting)),
body:has(#state-seen:checked) article:has(.is-waiting),
body:has(#state-passed:checked) article:not(:has(.is-passed)),
body:has(#state-failed:checked) article:not(:has(.is-failed)) { display: none; }
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


# Only CSS, so that a card moves as soon as the live part changes its state. Old browsers show no filters and all cards.
_FILTERS: Final = """<div class="filters">
<fieldset><legend>The app pins</legend>
<label><input type="radio" name="profile" id="profile-chain" checked>any key of the chain</label>
<label><input type="radio" name="profile" id="profile-leaf">the leaf alone</label>
<label><input type="radio" name="profile" id="profile-plain">plain hosts</label></fieldset>
<fieldset><legend>Show</legend>
<label><input type="radio" name="state" id="state-all" checked>all</label>
<label><input type="radio" name="state" id="state-waiting">not yet</label>
<label><input type="radio" name="state" id="state-seen">seen</label>
<label><input type="radio" name="state" id="state-passed">correct</label>
<label><input type="radio" name="state" id="state-failed">failed</label></fieldset>
</div>
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
    cards = "".join(_card(served, service) for served in service.served)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<noscript><meta http-equiv="refresh" content="5"></noscript>'
        f"<title>pinsmith lab: {host}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>pinsmith lab: {host}</h1>\n{_warnings(service)}{_proxy(service)}{_trust(service)}{_pins(service)}"
        f'<h2>What arrived</h2>\n<p id="ended" class="warning" hidden>The lab has ended.</p>\n'
        f"{_arrived(service.watch.latest)}"
        f'<h2>Scenarios</h2>\n{_FILTERS}<div class="cards">\n{cards}</div>\n'
        f"{_left_out(service)}<script>{_SCRIPT}</script></body></html>\n"
    )


def live(service: LabService) -> str:
    """Return the HTML of the elements that change, with their ids on the page."""
    return "".join(_seen(served, service) for served in service.served) + _arrived(service.watch.latest)


def _warnings(service: LabService) -> str:
    return f'<p class="warning">{escape(warning_of(service))}</p>\n'


def warning_of(service: LabService) -> str:
    """Say who can reach *service*, and what trust in its roots means."""
    trust = DOMAIN_WARNING.format(ends=service.pki.root.ends) if service.place.is_proxied else WARNING
    return f"{OPEN_WARNING} {trust}" if service.place.is_open else trust


def _proxy(service: LabService) -> str:
    if not service.place.is_proxied:
        return ""
    ways = "".join(
        f"<dt>{escape(way.device)}</dt><dd>{escape(way.text)}{_commands(way)}</dd>"
        for way in proxy_ways(service.place, service.port)
    )
    return (
        f"<h2>Proxy</h2>\n<p>{escape(PROXY)}</p>\n<dl>{ways}</dl>\n"
        '<p class="faint"><a href="/proxy.pac">proxy.pac</a> sends only the hosts of the lab to this proxy.</p>\n'
    )


def _commands(way: ProxyWay) -> str:
    return f"<pre>{escape(chr(10).join(way.commands))}</pre>" if way.commands else ""


def _trust(service: LabService) -> str:
    items = "".join(f"<li>{_link(file)}</li>" for file in download.authorities(service.pki))
    return f'<h2>Trust</h2>\n<ul class="files">{items}</ul>\n<p class="faint">{escape(CONTROL)}</p>\n'


def _pins(service: LabService) -> str:
    pki = service.pki
    files = "".join(f"<li>{_link(file)}</li>" for file in download.pins_of_all(service))
    listed = f'<ul class="files">{files}</ul>\n' if files else ""
    return (
        f"<h2>Pins of {escape(service.place.host)}</h2>\n"
        f"<p><code>{escape(pki.pin)}</code></p>\n<p><code>{escape(pki.backup_pin)}</code> (backup)</p>\n{listed}"
    )


def _card(served: Served, service: LabService) -> str:
    scenario, url = served.scenario, escape(served.url)
    drawn = qr.svg(served.url) if qr.is_available() else ""
    own = served.pinning.pins != (service.pki.pin, service.pki.backup_pin)
    pins = "".join(f"<p><code>{escape(pin)}</code></p>" for pin in served.pinning.pins) if own else ""
    note = f"<p>{escape(served.note)}</p>" if served.note else ""
    return (
        f'<article class="{_classes(served)}"><div class="head"><div>'
        f"<h3>{escape(scenario.id)}</h3><p>{escape(scenario.title)}</p>"
        f'<p><a href="{url}">{url}</a></p><p class="faint">{escape(_EXPECTED[scenario.expected])}</p>'
        f"{_seen(served, service)}</div>{drawn}</div>\n{note}{pins}"
        f"<details><summary>more</summary><pre>{escape(scenario.plain_description)}</pre>"
        f"<p>{_files(served)}</p></details></article>\n"
    )


def _classes(served: Served) -> str:
    return " ".join([*sorted(served.scenario.profiles), *(["plain"] if download.is_plain(served) else [])])


def _files(served: Served) -> str:
    files = (*download.pins(served), *download.certificates(served))
    return ", ".join(f'<a href="{escape(file.path)}">{escape(file.title)}</a>' for file in files)


def _seen(served: Served, service: LabService) -> str:
    counts = service.watch.counts_of(served.scenario.id)
    parts = [
        f'<span class="{result}">{counts[result]} &times; {RESULT_WORDS[result]}</span>'
        for result in RESULT_WORDS
        if counts[result]
    ]
    failed = counts["accepts-a-rogue"] or counts["refuses-a-good-server"]
    state = "failed" if failed else "passed" if counts["pass"] else "unproven" if parts else "waiting"
    shown = ", ".join(parts) or "no connections yet"
    return f'<p id="seen-{escape(served.scenario.id)}" class="is-{state}">{shown}</p>'


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
