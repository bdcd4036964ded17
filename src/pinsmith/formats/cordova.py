"""Cordova: the call that makes cordova-plugin-advanced-http trust only bundled certificates, and these; write only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats._certificate_files import NAMES, attached, files, folder_option
from pinsmith.formats._format import Can, Export, Format
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import remark
from pinsmith.formats._mark import require_own
from pinsmith.syntax.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUFFIX: Final = ".cer"
_CODE: Final = """{remark}
// Use the plugin for {host} only, because it trusts these certificates for every host.
// Files in www/certificates: {files}
document.addEventListener('deviceready', function () {{
  cordova.plugin.http.setServerTrustMode(
    'pinned',
    function () {{}},
    function () {{
      throw new Error('the certificates could not be pinned, so no request may be sent');
    }}
  );
}});
"""


def _write(export: Export) -> str:
    (entry,) = export.entries
    require_own(export.existing, export.name)
    names = ", ".join(files(export, _SUFFIX))
    return _CODE.format(remark=remark(export.source, "//"), host=one_line(entry.host), files=names)


def _attachments(export: Export) -> Mapping[str, bytes]:
    return attached(export, _SUFFIX)


FORMAT: Final = Format(
    id="cordova",
    title="Cordova, cordova-plugin-advanced-http",
    spec="https://github.com/silkimen/cordova-plugin-advanced-http#setservertrustmode",
    suffixes=(".cordova.js",),
    can=Can(hosts="none", matches="anchors", takes="certificate"),
    platforms=("cordova-capacitor",),
    place="www/pins.cordova.js",
    additions=(
        Addition("shell", "cordova plugin add cordova-plugin-advanced-http"),
        Addition(
            "www/index.html",
            """
<script src="cordova.js"></script>
<script src="pins.cordova.js"></script>
""",
        ),
    ),
    write=_write,
    recognises=lambda text, _: "setServerTrustMode" in text,
    options=(folder_option("certificates", "www/certificates"),),
    attachments=_attachments,
    trusted_names=NAMES,
    unreadable="a call but no certificates; read the files of www/certificates with `pinsmith show`",
    remarks=(
        (
            "Prefer android-nsc and apple-ats: the platforms then pin by key and by host, and also other requests. On "
            "Android, the platform pins this plugin only in its mode `legacy`: in the mode `default` it brings a trust "
            "manager of its own. On iOS, `cordova prepare` removes the pins of apple-ats, so a hook has to run "
            "`pinsmith sync` after it."
        ),
        (
            "Every file in `www/certificates` is trusted. `pinsmith sync` refuses to go on while it finds one that it "
            "wrote for a key that is not pinned any more. Delete such files."
        ),
        "On Android the certificates are the only anchors. On iOS the system must also trust the chain.",
    ),
    limits=(
        "The app turns pinning on while it runs. Requests that are sent earlier are not pinned.",
        "A renewed certificate does not match, even with the same key.",
    ),
)
