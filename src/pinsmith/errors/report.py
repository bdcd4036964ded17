"""The errors of reading reports of pinning failures."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class ReportError(PinsmithError, ValueError):
    """
    Bytes are not a report of a pinning failure in a format that pinsmith reads, or they exceed a limit.

    The message never contains text of the report.
    """

    code = "unreadable-report"


class BatchError(PinsmithError, ValueError):
    """
    A message of the log of reports is not a batch of counts that a collector writes.

    The message never contains text of the batch.
    """

    code = "unreadable-batch"
