"""`pinsmith import FILE --into`: one file is merged into a pin file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.cli import _output
from pinsmith.cli._editing import editing
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.formats import Format
    from pinsmith.importing import Choice, Difference, Merged
    from pinsmith.policy import Policy


def merge_into(policy: Policy, target: Format, path: Path, into: Path, choice: Choice | None) -> int:
    """Merge *policy* into the pin file *into*, which is created if it does not exist."""
    with editing(into):
        return _merge(policy, target, path, into, choice)


def _merge(policy: Policy, target: Format, path: Path, into: Path, choice: Choice | None) -> int:
    if not into.exists():
        from pinsmith.importing.adopt import new_pin_file

        new_pin_file(policy, ()).save(into)
        _output.note(f"wrote {into}")
        return ExitCode.OK
    from pinsmith.importing import differences, merge
    from pinsmith.pinfile import Edit

    edit = Edit.load(into)
    found = differences(edit.result().policy, policy, target.can)
    if found and choice is None:
        _output.result(*_diff(found, str(into), str(path)))
        hosts = dict.fromkeys(difference.host for difference in found)
        _output.error(
            "import-differs",
            f"{into} and {path} differ for {', '.join(hosts)}; nothing was changed",
            hint=f"--keep keeps what {into} says, --take takes what {path} says",
        )
        return ExitCode.MISMATCH
    _tell(merge(edit, policy, found, choice), into)
    edit.save()
    return ExitCode.OK


def _diff(found: Sequence[Difference], ours: str, theirs: str) -> Iterator[str]:
    host = None
    for difference in found:
        if difference.host != host:
            host = difference.host
            yield f"--- {ours}: {host}"
            yield f"+++ {theirs}: {host}"
        yield from (f"-{line}" for line in difference.ours)
        yield from (f"+{line}" for line in difference.theirs)


def _tell(merged: Merged, into: Path) -> None:
    if not (merged.added or merged.taken or merged.roles):
        _output.success(f"{into} already has every host, so it is unchanged")
    if merged.added:
        _output.note(f"added {', '.join(merged.added)} to {into}")
    if merged.taken:
        _output.note(f"changed {', '.join(dict.fromkeys(difference.host for difference in merged.taken))} in {into}")
    if merged.roles:
        _output.note(f"set the role of {', '.join(merged.roles)} in {into}")
    for name in merged.unused:
        _output.warning(f"no host in {into} uses the key {name} any longer; [keys.{name}] was kept, but may be deleted")
