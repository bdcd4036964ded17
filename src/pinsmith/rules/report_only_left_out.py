"""A report-only host, and an output that cannot say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.errors import UnknownFormatError
from pinsmith.finding import Severity
from pinsmith.rules._example import API, KEY, STANDBY, host_table, pin_file
from pinsmith.rules._rule import Defect, Example, Rule, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.pinfile import Output
    from pinsmith.rules._rule import PinnedFile

_LOSS: Final = "report-only-dropped"
_HOST: Final = (KEY, STANDBY, host_table(API, "api standby", 'mode = "report-only"'))
_ALLOW: Final = '[[lint.allow]]\nrule = "report-only-pins"\nreason = "the pins are on trial until March"\n'
_OPTION: Final = "accept-loss"


def _check(file: PinnedFile) -> Iterator[Defect]:
    for output, place in file.outputs:
        if _can_report(output):
            continue
        for site in file.sites:
            if site.entry.mode == "report-only":
                message = f"{output.path} leaves it out, because {output.format} has no report-only mode"
                yield Defect(Site(site.entry, place), message)


def _can_report(output: Output) -> bool:
    accepted = output.options.get(_OPTION, ())
    try:
        can = formats.find(output.format).can
    except UnknownFormatError:
        return True  # `sync` refuses it
    return can.report_only or (isinstance(accepted, tuple) and _LOSS in accepted)


RULE = Rule(
    id="report-only-left-out",
    severity=Severity.MEDIUM,
    title="a report-only host that an output cannot express",
    effect="Clients of that output neither enforce nor report the pins of the host, so a trial there shows nothing.",
    fix="write an output with the ability report-only, or enforce the pins once they are tried",
    example=Example(
        pin_file(*_HOST, '[[output]]\nformat = "android-nsc"\npath = "network_security_config.xml"\n', _ALLOW),
        pin_file(*_HOST, '[[output]]\nformat = "trustkit-ios"\npath = "Info.plist"\n', _ALLOW),
    ),
    references=("MASWE-0028",),
    check=_check,
)
