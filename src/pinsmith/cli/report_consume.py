"""
Write the counts of reports that collectors send to Kafka into ClickHouse.

The settings name both engines, in [reports.kafka] and [reports.clickhouse]. Each `pinsmith serve` with [reports.kafka]
is a collector. The command creates the tables that are missing, and runs until Ctrl-C or SIGTERM. Several of them share
the work.

Messages that come twice count once, also if this command, a broker or a collector is killed. A message that no
collector sends is passed over, with a line in the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _output
from pinsmith.cli._command import PATH, Command
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (("Consume until Ctrl-C:", "pinsmith report consume --settings service.toml"),)


@click.command("consume", Command, help=__doc__, examples=EXAMPLES)
@click.option("--settings", type=PATH, metavar="FILE", required=True, help="The settings of the service as TOML.")
def report_consume(*, settings: Path) -> int:
    """Consume until a signal, and return the exit code."""
    try:
        from pinsmith.service.consuming import consume
        from pinsmith.service.settings import load_settings
    except ImportError as error:
        raise UsageError(f"the service needs {error.name}", hint="pip install 'pinsmith[server]'") from error
    reports, folder = load_settings(settings).reports, settings.absolute().parent
    if reports.kafka is None or reports.clickhouse is None:
        missing = "kafka" if reports.kafka is None else "clickhouse"
        raise UsageError(
            f"{settings} has no table [reports.{missing}]",
            hint=f"name the engine there; docs/operate.md shows an example of [reports.{missing}]",
        )
    kafka, clickhouse = reports.kafka.address(folder), reports.clickhouse.address(folder)

    def began() -> None:
        _output.note(
            f"consuming {kafka.topic} of Kafka at {kafka} into ClickHouse at {clickhouse}; press Ctrl-C to end"
        )
        _output.flush()

    consume(kafka, clickhouse, began=began)
    return ExitCode.OK
