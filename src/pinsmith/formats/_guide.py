"""The guide to a format: its platforms, where its file goes, and the lines to add elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

PlatformId = Literal[
    "android",
    "ios",
    "react-native",
    "expo",
    "flutter",
    "cordova-capacitor",
    "low-code",
    "python",
    "node",
    "languages",
    "servers",
    "command-line",
    "other",
]


@dataclass(frozen=True, slots=True)
class Platform:
    """
    A group of formats that serve the same developers.

    Attributes:
        id: Kebab-case, as users type it.
        title: The name for lists.
        verify: How somebody proves that an app or a program of this platform is pinned.
        words: Other names that users type.
    """

    id: PlatformId
    title: str
    verify: str
    words: tuple[str, ...] = ()


_APP: Final = (
    "Run `pinsmith lab serve --state DIR`, build the app once with a pin file of its page, and open every scenario. "
    "docs/lab-serve.md describes the set-up for simulators, emulators and phones."
)
_PROGRAM: Final = (
    "Run `pinsmith lab run -- COMMAND {url}`, where COMMAND starts your client with the pins of the lab. docs/lab.md "
    "describes how it gets them."
)
_SERVER: Final = (
    "In a test set-up, connect with the new configuration to a server that has another key, such as those of "
    "`pinsmith lab serve`. The connection must fail."
)
_FILE: Final = "Run `pinsmith sync --check` in CI. It fails if the file differs from pins.toml."

PLATFORMS: Final = (
    Platform("android", "Android", _APP),
    Platform("ios", "iOS", _APP, ("apple", "ipados", "iphone", "macos", "tvos", "watchos")),
    Platform("react-native", "React Native", _APP, ("reactnative", "rn")),
    Platform("expo", "Expo", _APP),
    Platform("flutter", "Flutter", _APP, ("dart",)),
    Platform("cordova-capacitor", "Cordova and Capacitor", _APP, ("ionic",)),
    Platform("low-code", "Low-code", _APP, ("lowcode",)),
    Platform("python", "Python", _PROGRAM),
    Platform("node", "Node", _PROGRAM, ("javascript", "js", "nodejs", "typescript")),
    Platform("languages", "Other languages", _PROGRAM),
    Platform("servers", "Servers and DNS", _SERVER, ("dane", "dns", "proxy", "server")),
    Platform("command-line", "Command line", _PROGRAM, ("cli", "shell")),
    Platform("other", "Other", _FILE),
)
"""All platforms, in the order of lists."""

# These groups are not platforms with a guide. Some of their formats have one.
_GROUPS: Final = frozenset({"low-code", "languages", "servers", "command-line", "other"})
_UNGUIDED: Final = frozenset({"dynapins", "rn-cert-pinner", "rn-ssl-manager-bundle", "wultra"})
_GUIDES: Final = {
    "curl": ("curl", "curl-shell", "wget"),
    "dane": ("tlsa",),
    "dotnet": ("dotnet",),
    "go": ("go", "grpc-go"),
    "java": ("apache-httpclient", "jsse-java", "ktor-cio"),
    "nginx-envoy": ("envoy", "nginx"),
    "outsystems": ("outsystems", "outsystems-odc"),
    "php": ("php-curl",),
    "ruby": ("ruby-net-http",),
    "rust": ("rust-reqwest", "rust-rustls"),
    "smartface": ("smartface",),
    "wavemaker": ("wavemaker",),
}


def guide_of(format_id: str, platform: PlatformId) -> str | None:
    """Return the name of the page in docs/guides for a format and its first platform; None if there is none."""
    named = next((page for page, ids in _GUIDES.items() if format_id in ids), None)
    return named or (None if platform in _GROUPS or format_id in _UNGUIDED else platform)


def platform_of(name: str) -> Platform | None:
    """Return the platform that has a name, whatever its case and whether it is spelled with blanks or hyphens."""
    wanted = "-".join(re.findall(r"[a-z0-9]+", name.lower()))
    return next((entry for entry in PLATFORMS if wanted in {entry.id, *entry.words}), None)


@dataclass(frozen=True, slots=True)
class Addition:
    """
    Lines that belong in another file than the one that pinsmith writes.

    Attributes:
        file: The usual name of that file, or ``shell`` for commands to run.
        text: The lines.
    """

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """
    The part of a format that is for people. These texts may change in every release.

    Attributes:
        platforms: The platforms on which the format is useful. The first says how to verify that it works.
        place: A usual path of the file in a project; empty if the format is only read.
        additions: The lines that other files of the project need.
        usage: For code: a snippet that shows how a program uses the file.
        remarks: Facts that users must know and no flag expresses.
        limits: The connections that the file does not protect, and what it cannot express.
    """

    platforms: tuple[PlatformId, ...]
    place: str = ""
    additions: tuple[Addition, ...] = ()
    usage: str = ""
    remarks: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
