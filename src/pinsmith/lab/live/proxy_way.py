"""How to set the proxy of a lab service on a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.lab.live.place import bracketed
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.live.place import Place

PROXY: Final = (
    f"The hosts below {LAB_DOMAIN} exist only behind this proxy, which refuses all other hosts. "
    "Set it on the device, and remove it afterwards."
)


@dataclass(frozen=True, slots=True)
class ProxyWay:
    """
    One kind of device.

    Attributes:
        device: A noun phrase.
        text: What to do, in a sentence.
        commands: Commands for this machine.
    """

    device: str
    text: str
    commands: tuple[str, ...] = ()


def proxy_ways(place: Place, port: int) -> Iterator[ProxyWay]:
    """
    Yield the ways that fit the address of *place*.

    Source:
        https://developer.android.com/studio/run/emulator-networking-address; ``Settings.Global.HTTP_PROXY``, and
        ``ProxyTracker.loadDeprecatedGlobalHttpProxy`` of AOSP: ``:0`` removes the proxy; deleting the setting does not.
    """
    if place.address == "127.0.0.1" or place.is_everywhere:
        yield ProxyWay(
            "Android emulator",
            "It reaches this machine as 10.0.2.2. The second command removes the proxy.",
            (
                f"adb shell settings put global http_proxy 10.0.2.2:{port}",
                "adb shell settings put global http_proxy :0",
            ),
        )
        yield ProxyWay(
            "Android device with USB debugging",
            "The last command removes the proxy.",
            (
                f"adb reverse tcp:{port} tcp:{port}",
                f"adb shell settings put global http_proxy localhost:{port}",
                "adb shell settings put global http_proxy :0",
            ),
        )
        yield ProxyWay(
            "iOS simulator, or a program on this machine",
            f"Set the automatic proxy of the machine to http://127.0.0.1:{port}/proxy.pac, or the proxy of the program "
            f"to http://127.0.0.1:{port}.",
        )
    if place.is_open:
        address = "the address of this machine" if place.is_everywhere else bracketed(place.address)
        yield ProxyWay(
            "phone in the network of this machine",
            f"In the settings of the Wi-Fi network, set the HTTP proxy to manual, server {address}, port {port}; or to "
            f"automatic, with the URL http://{'ADDRESS' if place.is_everywhere else address}:{port}/proxy.pac.",
        )
