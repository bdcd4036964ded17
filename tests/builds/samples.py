"""Build files, and the clients that each lists."""

from __future__ import annotations

from typing import Final, NamedTuple


class Sample(NamedTuple):
    """A file, with the id of its reader, and the packages, versions and lines that it lists."""

    reader: str
    name: str
    text: str
    listed: tuple[tuple[str, str, int], ...]


_OKHTTP: Final = "maven:com.squareup.okhttp3:okhttp"

SAMPLES: Final = (
    Sample(
        "cargo",
        "Cargo.lock",
        'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n\n[[package]]\nname = "rustls-webpki"\n'
        'version = "0.103.15"\nsource = "registry+https://example.org/index"\ndependencies = [\n "ring",\n]\n',
        (("cargo:rustls-webpki", "0.103.15", 9),),
    ),
    Sample(
        "cocoapods",
        "Podfile.lock",
        'PODS:\n  - Alamofire (5.9.0)\n  - "GoogleUtilities/NSData+zlib (7.0.0)"\n'
        "  - Socket (1.0):\n    - Starscream (< 3.0)\n  - Starscream (2.0.3)\n\n"
        "DEPENDENCIES:\n  - Starscream (~> 2.0)\n\nSPEC CHECKSUMS:\n  Starscream: 00\n",
        (("cocoapods:Starscream", "2.0.3", 6),),
    ),
    Sample(
        "cocoapods",
        "Podfile",
        "target 'App' do\n  # pod 'Starscream', '1.0.0'\n  pod 'Starscream', '2.0.3'\n  pod 'Starscream', '~> 2.0'\n"
        "  pod 'Starscream'\nend\n",
        (("cocoapods:Starscream", "2.0.3", 3),),
    ),
    Sample(
        "conan",
        "conanfile.txt",
        "[requires]\nzlib/1.3\nlibcurl/8.12.1\n[options]\nlibcurl/*:with_ssl=wolfssl\n",
        (("conan:libcurl with wolfSSL", "8.12.1", 3),),
    ),
    Sample(
        "dotnet",
        "App.csproj",
        "<Project>\n  <PropertyGroup>\n    <TargetFrameworks>net9.0;net9.0-android35.0</TargetFrameworks>\n"
        "  </PropertyGroup>\n</Project>\n",
        (("dotnet:.NET for Android", "9.0", 3),),
    ),
    Sample(
        "flutter",
        "pubspec.yaml",
        "name: app\ndependencies:\n  flutter:\n    sdk: flutter\n  http: ^1.2.0\n  # ok_http: ^0.1.0\n"
        "  cronet_http: ^1.0.0\n",
        (("pub:flutter", "", 4), ("pub:cronet_http", "", 7)),
    ),
    Sample(
        "gradle",
        "app/build.gradle",
        "ext.okhttp_version = '4.12.0'\ndependencies {\n"
        "    // implementation 'com.squareup.okhttp3:okhttp:3.0.0'\n"
        "    implementation 'com.squareup.okhttp3:okhttp:4.9.0'\n"
        '    implementation "com.squareup.okhttp3:okhttp:$okhttp_version"\n'
        "    implementation 'com.squareup.okhttp3:okhttp:4.+'\n"
        '    implementation "com.squareup.okhttp3:okhttp:${elsewhere}"\n'
        "    implementation 'com.squareup.okhttp3:okhttp'\n}\n",
        ((_OKHTTP, "4.9.0", 4), (_OKHTTP, "4.12.0", 5)),
    ),
    Sample(
        "gradle",
        "build.gradle.kts",
        'dependencies {\n    implementation(platform("com.squareup.okhttp3:okhttp-bom:5.5.1"))\n'
        '    implementation("com.squareup.okhttp3:okhttp")\n}\n',
        (("maven:com.squareup.okhttp3:okhttp-bom", "5.5.1", 2),),
    ),
    Sample(
        "gradle",
        "gradle/libs.versions.toml",
        '[versions]\nokhttp = "4.12.0"\n[libraries]\n'
        'one = { module = "com.squareup.okhttp3:okhttp", version.ref = "okhttp" }\n'
        'two = { group = "com.squareup.okhttp3", name = "okhttp", version = "4.11.0" }\n'
        'three = "com.squareup.okhttp3:okhttp:4.10.0"\n',
        ((_OKHTTP, "4.12.0", 4), (_OKHTTP, "4.11.0", 5), (_OKHTTP, "4.10.0", 6)),
    ),
    Sample(
        "gradle",
        "gradle.lockfile",
        "# generated\ncom.squareup.okhttp3:okhttp:4.12.0=releaseRuntimeClasspath\nempty=annotationProcessor\n",
        ((_OKHTTP, "4.12.0", 2),),
    ),
    Sample(
        "maven",
        "pom.xml",
        "<project>\n<properties><okhttp.version>4.12.0</okhttp.version></properties>\n"
        "<!-- <dependency><groupId>com.squareup.okhttp3</groupId><artifactId>okhttp</artifactId>"
        "<version>3.0.0</version></dependency> -->\n"
        "<dependency>\n<groupId>com.squareup.okhttp3</groupId>\n<artifactId>okhttp</artifactId>\n"
        "<version>${okhttp.version}</version>\n</dependency>\n</project>\n",
        ((_OKHTTP, "4.12.0", 4),),
    ),
    Sample(
        "npm",
        "package-lock.json",
        '{\n  "name": "app",\n  "version": "1.0.0",\n  "lockfileVersion": 3,\n  "packages": {\n    "": {\n'
        '      "dependencies": {\n        "undici": "^7.23.0"\n      }\n    },\n    "node_modules/undici": {\n'
        '      "version": "7.25.0",\n      "engines": {\n        "node": ">=20.18.1"\n      }\n    },\n'
        '    "node_modules/jsdom/node_modules/undici": {\n      "version": "5.5.0"\n    }\n  }\n}\n',
        (("npm:undici", "7.25.0", 12), ("npm:undici", "5.5.0", 18)),
    ),
    Sample(
        "npm",
        "package.json",
        '{\n  "name": "app",\n  "version": "1.0.0",\n  "dependencies": {\n    "request": "2.88.2",\n'
        '    "undici": "^7.23.0"\n  }\n}\n',
        (("npm:request", "2.88.2", 5),),
    ),
    Sample(
        "npm",
        "npm-shrinkwrap.json",
        '{\n  "dependencies": {\n    "request": {\n      "version": "2.88.2",\n      "requires": {\n'
        '        "https-proxy-agent": "^2.2.0"\n      }\n    }\n  }\n}\n',
        (("npm:request", "2.88.2", 4),),
    ),
    Sample(
        "npm",
        "yarn.lock",
        'https-proxy-agent@^2.2.0, https-proxy-agent@^2.2.1:\n  version "2.2.1"\n  dependencies:\n'
        '    agent-base "^4.1.0"\n\n"undici@npm:^7.23.0":\n  version: 7.25.0\n  resolution: "undici@npm:7.25.0"\n',
        (("npm:https-proxy-agent", "2.2.1", 2), ("npm:undici", "7.25.0", 7)),
    ),
    Sample(
        "npm",
        "pnpm-lock.yaml",
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      undici:\n        specifier: ^7.23.0\n"
        "        version: 7.25.0\n\npackages:\n\n  '@types/request@2.48.0':\n    resolution: {}\n\n"
        "  undici@7.25.0:\n    resolution: {}\n\n  /request/2.88.2:\n    resolution: {}\n\nsnapshots:\n\n"
        "  undici@7.25.0: {}\n",
        (("npm:undici", "7.25.0", 16), ("npm:request", "2.88.2", 19)),
    ),
    Sample(
        "python",
        "requirements-dev.txt",
        "# requests==2.32.0\nrequests[socks]==2.32.1 \\\n    --hash=sha256:00\nRequests >= 2.32.0, < 2.32.3 ; python\n"
        "requests~=2.32\nrequests\naiohttp<3.11\n",
        (("pypi:requests", "2.32.1", 2), ("pypi:requests", ">= 2.32.0, < 2.32.3", 4), ("pypi:aiohttp", "<3.11", 7)),
    ),
    Sample(
        "python",
        "uv.lock",
        'version = 1\n\n[[package]]\nname = "requests"\nversion = "2.32.1"\nsource = { registry = "x" }\n',
        (("pypi:requests", "2.32.1", 5),),
    ),
    Sample(
        "python",
        "pylock.toml",
        'lock-version = "1.0"\n[[packages]]\nname = "aiohttp"\nversion = "3.10.11"\n',
        (("pypi:aiohttp", "3.10.11", 4),),
    ),
    Sample(
        "python",
        "Pipfile.lock",
        '{\n    "default": {\n        "requests": {\n            "hashes": [\n                "sha256:00"\n'
        '            ],\n            "version": "==2.32.2"\n        }\n    }\n}\n',
        (("pypi:requests", "2.32.2", 7),),
    ),
    Sample(
        "swiftpm",
        "Package.resolved",
        '{\n  "pins" : [\n    {\n      "identity" : "starscream",\n      "kind" : "remoteSourceControl",\n'
        '      "location" : "https://github.com/daltoniam/Starscream.git",\n      "state" : {\n'
        '        "revision" : "00",\n        "version" : "2.0.3"\n      }\n    },\n    {\n      "location" : "https://example.com/fork/Starscream",\n'
        '      "state" : {\n        "version" : "2.0.3"\n      }\n    }\n  ],\n  "version" : 2\n}\n',
        (("swift:daltoniam/starscream", "2.0.3", 9),),
    ),
)
