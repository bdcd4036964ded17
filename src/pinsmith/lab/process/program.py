"""Find the program of a client, and explain why it could not be started."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.errors import ClientStartError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def require_runnable(arguments: Sequence[str], *, environment: Mapping[str, str] | None = None) -> str:
    """
    Find the program that *arguments* name, as a shell does, without starting it.

    Args:
        arguments: The program and its arguments.

        environment: The environment with PATH; None for that of this process.

    Returns:
        The absolute path of the program. A name with a folder is relative to the current folder, not to the one in
        which the client is started.

    Raises:
        ClientStartError: if there is no such program, if it is not executable, or if an argument cannot be passed on.
    """
    if not arguments or not arguments[0]:
        raise ClientStartError("no client is named", hint="name the program and its arguments after `--`")
    name = arguments[0]
    for number, argument in enumerate(arguments):
        if "\0" in argument:
            where = f"argument {number}" if number else "the program's name"
            raise ClientStartError(
                f"client {name!r} cannot be started: {where} contains a NUL character, which programs cannot get",
                hint="pass the bytes in a file",
            )
    folders = os.get_exec_path(environment)
    if found := shutil.which(name, path=os.pathsep.join(folders)):
        return str(
            Path(found).absolute()
        )  # not resolved, because programs may depend on the link by which they were started
    raise _unrunnable(name, folders)


def digest_of(arguments: Sequence[str]) -> str:
    """
    Return the SHA-256 of the program that *arguments* name, in hexadecimal, so that a reader can identify its file.

    Raises:
        ClientStartError: as `require_runnable` does.
        OSError: if the program cannot be read.
    """
    with Path(require_runnable(arguments)).open("rb") as program:
        return hashlib.file_digest(program, "sha256").hexdigest()


def explained(error: Exception, arguments: Sequence[str], program: str, directory: Path | None) -> ClientStartError:
    """Return the error for a *program* that `require_runnable` has found and the system did not start."""
    name = arguments[0]
    number = error.errno if isinstance(error, OSError) else None
    hint = None
    if directory is not None and not directory.is_dir():
        reason = f"its folder {str(directory)!r} does not exist"
    elif number == errno.ENOEXEC:
        reason = f"{program!r} is neither a program for this machine nor a script that names its interpreter"
        hint = "begin a script with a line such as `#!/bin/sh`, or name the interpreter before it"
    elif number == errno.E2BIG:
        longest = max(range(len(arguments)), key=lambda index: len(arguments[index]))
        reason = f"its arguments are too long for this system; argument {longest} is the longest, with "
        reason += f"{len(os.fsencode(arguments[longest]))} bytes"
        hint = "pass long values in a file or in the environment variables of the lab"
    elif number == errno.ENOENT:
        reason = f"the interpreter in the first line of {program!r} does not exist"
        hint = "correct that line, or name the interpreter before the script"
    else:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return ClientStartError(f"client {name!r} cannot be started: {reason}", hint=hint)


def _unrunnable(name: str, folders: Sequence[str]) -> ClientStartError:
    has_folder = any(separator in name for separator in (os.sep, os.altsep) if separator)
    candidates = [Path(name)] if has_folder else [Path(folder, name) for folder in folders]
    subject = f"client {name!r} cannot be started"
    if found := next((path for path in candidates if path.is_file()), None):
        hint = f"run `chmod +x {found}`, or name the interpreter before it"
        return ClientStartError(f"{subject}: {str(found)!r} is not executable", hint=hint)
    if has_folder and Path(name).is_dir():
        return ClientStartError(f"{subject}: it is a folder, not a program", hint="name the program inside it")
    if has_folder:
        place = "" if Path(name).is_absolute() else f"; it is relative to {str(Path.cwd())!r}"
        return ClientStartError(f"{subject}: there is no such file", hint=f"check the path{place}")
    return ClientStartError(
        f"{subject}: there is no such program in PATH",
        hint=f"name it as `./{name}`" if Path(name).is_file() else "check the spelling, or name it with its folder",
        details=["PATH:", *(f"  {folder}" for folder in folders)],
    )
