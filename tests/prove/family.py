"""List every proven client of generated code; a new client is a line here and a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.prove import dart_vm, dotnet, go, grpc_python, jsse, ktor, node, okhttp, php, python, qt, ruby, rust, shell

if TYPE_CHECKING:
    from tests.prove.subject import Subject

SUBJECTS: Final[tuple[Subject, ...]] = (
    *dart_vm.SUBJECTS,
    *dotnet.SUBJECTS,
    *go.SUBJECTS,
    *grpc_python.SUBJECTS,
    *jsse.SUBJECTS,
    *ktor.SUBJECTS,
    *node.SUBJECTS,
    *okhttp.SUBJECTS,
    *php.SUBJECTS,
    *python.SUBJECTS,
    *qt.SUBJECTS,
    *ruby.SUBJECTS,
    *rust.SUBJECTS,
    *shell.SUBJECTS,
)
