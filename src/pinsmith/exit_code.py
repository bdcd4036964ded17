"""The exit codes of the command line. They are not in `pinsmith.errors`, because its import would load `ssl`."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of a command; that of an error is `pinsmith.errors.PinsmithError.exit_code`."""

    OK = 0
    BROKE = 1
    USAGE = 2
    MISMATCH = 3
    NOT_PINNED = 4
    WARNED = 5
    FOUND_INFO = 11
    FOUND_LOW = 12
    FOUND_MEDIUM = 13
    FOUND_HIGH = 14
    INTERRUPTED = 130


MEANINGS: dict[ExitCode, str] = {
    ExitCode.OK: "success",
    ExitCode.BROKE: "a host or a file could not be read or written",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.MISMATCH: "a key is not pinned, clients refuse a chain, or a file is out of date",
    ExitCode.NOT_PINNED: "a host is not pinned",
    ExitCode.WARNED: "a warning, with --strict",
    ExitCode.FOUND_INFO: "the worst finding of lint is info",
    ExitCode.FOUND_LOW: "the worst finding of lint is low",
    ExitCode.FOUND_MEDIUM: "the worst finding of lint is medium",
    ExitCode.FOUND_HIGH: "the worst finding of lint is high",
    ExitCode.INTERRUPTED: "interrupted with Ctrl-C",
}
