"""The endpoints of formats: the list of all, and the files that they make from a pin file."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from pinsmith.documents.export import OutputDocument, OutputFileOut
from pinsmith.documents.finding import finding_out
from pinsmith.documents.formats import FormatsDocument, formats_document
from pinsmith.formats import FORMATS, find
from pinsmith.server.endpoint import Endpoint, File, Parameter, missing
from pinsmith.server.exports import choose, options_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from pinsmith.server.exports import Output, OutputFile, Source
    from pinsmith.server.site import Site

_NUMBER: Final = re.compile(r"[0-9]{1,6}")


async def _formats(_: Site, __: Request) -> FormatsDocument:
    return formats_document(FORMATS)


async def _output(site: Site, request: Request) -> OutputDocument:
    source, output = await _made(site, request)
    return OutputDocument(
        format=request.path_params["format"],
        pin_file=str(source.path),
        hosts=list(output.hosts),
        losses=[finding_out(loss) for loss in output.losses],
        ending=[finding_out(found) for found in output.ending],
        files=[_file_out(file) for file in output.files],
    )


async def _file(site: Site, request: Request) -> File:
    number = request.path_params["number"]
    _, output = await _made(site, request)
    if not _NUMBER.fullmatch(number) or int(number) >= len(output.files):
        raise missing(f"the output has {len(output.files)} files, which are counted from 0")
    file = output.files[int(number)]
    return File(file.content, file.media_type, file.name.rpartition("/")[2])


async def _made(site: Site, request: Request) -> tuple[Source, Output]:
    target = find(request.path_params["format"])
    source, hosts = choose(site.sources, request.path_params["source"])
    given = [*(("hosts", host) for host in hosts), *request.query_params.multi_items()]
    return source, await site.exports.make(target, source, options_of(target, given), site.now())


def _file_out(file: OutputFile) -> OutputFileOut:
    text = file.text
    return OutputFileOut(
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        text=text,
        base64=base64.b64encode(file.content).decode() if text is None else None,
    )


_PARAMETERS: Final = (
    Parameter(name="format", place="path", about="The id of a format.", schema={"type": "string"}),
    Parameter(
        name="source",
        place="path",
        about="The name of a watched pin file, such as `pins.toml`, or a host that one of them contains. The second of "
        "two files with the same name is `pins.toml~2`.",
        schema={"type": "string"},
    ),
)
_OPTIONS: Final = Parameter(
    name="options",
    place="query",
    about="The options of the format, each as a parameter of its own with the name that it has in `[[output]]`.",
    schema={"type": "object", "additionalProperties": {"type": "string"}},
    more={"style": "form", "explode": True},
)
_LIST: Final = {"type": "array", "items": {"type": "string"}}
_QUERY: Final = (
    Parameter(name="hosts", place="query", about="Only these hosts of the pin file; may be repeated.", schema=_LIST),
    Parameter(
        name="accept-loss", place="query", about="The ids of the losses that you accept; may be repeated.", schema=_LIST
    ),
    Parameter(
        name="allow-ending",
        place="query",
        about="Whether pins may have expired or expire within 30 days.",
        schema={"type": "boolean", "default": False},
    ),
    Parameter(
        name="roles",
        place="query",
        about="The pins to write if the platform takes either those of leaves or those of authorities.",
        schema={"enum": ["leaf", "ca"]},
    ),
    _OPTIONS,
)
_REFUSALS: Final = {
    404: "The format, the pin file, the host or the number of the file does not exist.",
    409: "Several pin files contain the host.",
    422: "`pinsmith export` would refuse. `findings` has the losses that need consent.",
    503: "The pin file was not read yet, or too many outputs are made at the moment.",
}

FORMAT_ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/formats", summary="List the formats of platforms", answer=_formats, document=FormatsDocument
    ),
    Endpoint(
        path="/api/v1/formats/{format}/{source}",
        summary="Make the files for a platform, as `pinsmith export` does",
        answer=_output,
        document=OutputDocument,
        parameters=(*_PARAMETERS, *_QUERY),
        refusals=_REFUSALS,
    ),
    Endpoint(
        path="/api/v1/formats/{format}/{source}/files/{number}",
        summary="Download one of these files",
        answer=_file,
        media_type="*/*",
        parameters=(
            *_PARAMETERS,
            Parameter(
                name="number",
                place="path",
                about="The place of the file in `files`, from 0.",
                schema={"type": "integer", "minimum": 0},
            ),
            *_QUERY,
        ),
        refusals=_REFUSALS,
    ),
)
