"""Show what `pinsmith add` would change for a host that was inspected. No file is written."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.errors import PinsmithError
from pinsmith.pinfile import Edit
from pinsmith.policy import Policy
from pinsmith.rotation.draft import draft
from pinsmith.rotation.sighting import LiveHost
from pinsmith.sync.patch import lines_for_people

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.service.inspection import Inspected


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What `pinsmith add` would do.

    Attributes:
        command: The command as a shell takes it; empty if there is nothing to do.
        diff: The change of the pin file as a unified diff, without the backup that the command adds; empty if there is
            none.
        warnings: One sentence for each thing that is likely to go wrong.
        problem: Why the host cannot be pinned; None if it can.
    """

    command: str
    diff: str = ""
    warnings: tuple[str, ...] = ()
    problem: PinsmithError | None = None


def preview(inspected: Inspected, files: Sequence[Path]) -> Preview:
    """
    Say how the host can be pinned, by its own key.

    Args:
        inspected: What the host presents.

        files: The pin files; that which covers the host is taken, or the first one.
    """
    target, path = inspected.target, inspected.file or next(iter(files), None)
    words = ["pinsmith", "init" if path is None else "add", str(target).removesuffix(":443")]
    words += ["--file", str(path)] if path is not None else []
    words += ["--starttls", target.starttls] if target.starttls else []
    try:
        if path is None:
            draft_of = draft(Policy(()), [LiveHost(inspected.outcomes)], "own-key")
            return Preview(shlex.join([*words, "--generate-backup"]), warnings=draft_of.enrolments[0].warnings)
        edit = Edit.load(path)
        before = edit.text
        policy = edit.result().policy
        made = draft(policy, [LiveHost(inspected.outcomes)], "own-key")
        if not made.put_into(edit):
            return Preview("")
    except PinsmithError as error:
        return Preview("", problem=error)
    is_new = policy.entry_of(target.host) is None
    diff = "\n".join(lines_for_people(path.name, before.encode(), edit.text.encode()))
    command = shlex.join([*words, "--generate-backup"] if is_new else words)
    return Preview(command, diff, made.enrolments[0].warnings)
