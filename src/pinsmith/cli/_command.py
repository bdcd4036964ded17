"""How commands are declared with click: the help shows examples first, and a group loads a command when it is used."""

from __future__ import annotations

import inspect
import keyword
import math
import textwrap
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from pinsmith._closest import closest
from pinsmith.cli import _output

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from click.shell_completion import CompletionItem

    Examples = Sequence[tuple[str, str]]

Declared = TypeVar("Declared", bound="Callable[..., Any]")
Number = TypeVar("Number", int, float)

# The path is not checked here, because the command that opens the file reports what is wrong with it.
PATH: Final = click.Path(path_type=Path, readable=False)
_SETTINGS: Final = {"help_option_names": ["-h", "--help"], "show_default": True}


class CommandLineError(click.ClickException):
    """
    A mistake on the command line that a command finds after click has accepted it.

    Args:
        message: What is wrong.

        ctx: The context of the command.

        details: Further lines.

        hint: What to do.
    """

    def __init__(self, message: str, ctx: click.Context, *, details: Sequence[str] = (), hint: str | None) -> None:
        super().__init__(message)
        self.ctx, self.details, self.hint = ctx, details, hint


def number(kind: type[Number], low: Number, high: float = math.inf) -> Callable[[Any], Number]:
    """
    Make the type of an option that takes a number from *low* to *high*.

    Args:
        kind: ``int`` for whole numbers, ``float`` for others.

        low: The least that is allowed.

        high: The most that is allowed.
    """
    what = {int: "a whole number", float: "a number"}[kind]

    def parse(text: Any) -> Number:
        try:
            value = kind(text)
        except ValueError:
            raise click.BadParameter(f"{text!r}: expected {what}") from None
        if not value <= high:  # nor does "nan"
            raise click.BadParameter(f"{text!r}: expected {high:g} or less")
        if value < low:
            raise click.BadParameter(f"{text!r}: expected {low:g} or more")
        return value

    return parse


def choice_option(*names: str, choices: Sequence[str], **attributes: Any) -> Callable[[Declared], Declared]:
    """Declare an option that takes one of *choices*."""
    return click.option(*names, type=click.Choice(choices), metavar=f"<{'|'.join(choices)}>", **attributes)


class Argument(click.Argument):
    """
    An argument with a line in the help, which click before 8.5 does not know.

    Args:
        names: The name of the parameter, alone.

        metavar: How the help and errors call it.

        help: What it is.

        attributes: As in click.
    """

    def __init__(self, names: Sequence[str], *, metavar: str, help: str, **attributes: Any) -> None:
        super().__init__(names, metavar=metavar, **attributes)
        self.metavar: str = metavar
        self.help = help

    def get_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the form for the line of usage: in brackets if optional, with dots if it may be repeated."""
        return [(self.metavar if self.required else f"[{self.metavar}]") + ("..." if self.nargs != 1 else "")]

    def get_help_record(self, ctx: click.Context) -> tuple[str, str]:
        """Return the entry for the list of arguments."""
        return self.metavar, f"{self.help}  [required]" if self.required else f"{self.help}"


def argument(name: str, **attributes: Any) -> Callable[[Declared], Declared]:
    """Declare an argument."""
    return click.argument(name, cls=Argument, **attributes)


class Command(click.Command):
    """
    A command whose help shows its examples before its options.

    Args:
        name: As users type it.

        examples: Pairs of a purpose and a command line. Usage errors end with one of these examples.

        help: The summary, and after an empty line the details.

        attributes: As in click.
    """

    def __init__(self, name: str, *, examples: Examples, help: str | None, **attributes: Any) -> None:
        super().__init__(name, help=inspect.cleandoc(help or ""), context_settings=_SETTINGS, **attributes)
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args*. Every usage error gets its command, because click leaves it out in some."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """
        Run the command and return what it returns.

        Raises:
            CommandLineError: If the command raises `UsageError`, which does not know the command.
        """
        try:
            return super().invoke(ctx)
        except Exception as error:
            from pinsmith.errors import UsageError  # not before it is needed: it costs more than the overview

            if not isinstance(error, UsageError):
                raise
            raise CommandLineError(str(error), ctx, details=error.details, hint=error.hint) from error

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write summary, examples, usage, details and options, in this order."""
        summary, _, details = (self.help or "").partition("\n\n")
        _write_paragraphs(formatter, summary)
        with formatter.section("Examples"):
            for what, line in self.examples:
                formatter.write_text(what)
                # Not wrapped: it is there to be copied.
                formatter.write(f"{'':{formatter.current_indent + 2}}{line}\n")
        formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        _write_paragraphs(formatter, details)
        self.format_options(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments and options."""
        for title, kind in (("Arguments", click.Argument), ("Options", click.Option)):
            shown = (
                parameter.get_help_record(ctx) for parameter in self.get_params(ctx) if isinstance(parameter, kind)
            )
            if records := list(filter(None, shown)):
                with formatter.section(title):
                    formatter.write_dl(records)


@click.pass_context
def show_overview(context: click.Context) -> None:
    """Answer a group without a command with its help."""
    if context.invoked_subcommand is None:
        _output.result(*context.get_help().split("\n"))


class LazyGroup(Command, click.Group):
    """
    A group that knows commands by name, and loads only the file of the command that is used.

    Args:
        name: As users type it.

        path: The words before its commands; empty for the program itself.

        summaries: The summaries of the commands, by name.

        callback: The function that runs before the command, or without one.

        attributes: As in `Command`.
    """

    def __init__(
        self,
        name: str,
        *,
        path: str,
        summaries: Mapping[str, str],
        callback: Callable[..., None] = show_overview,
        **attributes: Any,
    ) -> None:
        super().__init__(
            name, callback=callback, invoke_without_command=True, subcommand_metavar="COMMAND [ARGS]...", **attributes
        )
        self.path, self.summaries = path, summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the commands in the order of the help."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Command | None:
        """Load a command, if there is one of that name."""
        return load(f"{self.path} {cmd_name}".strip()) if cmd_name in self.summaries else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """
        Find the command that *args* begin with.

        Raises:
            CommandLineError: If there is no command of that name.
        """
        if args[0] not in self.summaries and not ctx.resilient_parsing:
            near = closest(args[0], self.summaries)
            raise CommandLineError(
                f"there is no command {args[0]!r}", ctx, hint=f"did you mean {near}?" if near else None
            )
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands and options without loading a command."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=text) for name, text in self.summaries.items() if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write commands and options."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
        super().format_options(ctx, formatter)


def stem_of(name: str) -> str:
    """Name the file and the function of a command: ``lab_run`` of ``lab run``, ``import_`` of ``import``."""
    stem = name.replace(" ", "_")
    return f"{stem}_" if keyword.iskeyword(stem) else stem


def load(name: str) -> Command:
    """Import the file of the command *name* and return what it declares."""
    command = getattr(import_module(f"pinsmith.cli.{stem_of(name)}"), stem_of(name))
    assert isinstance(command, Command)  # noqa: S101 - for the type checker
    return command


def _write_paragraphs(formatter: click.HelpFormatter, text: str) -> None:
    for paragraph in filter(None, text.split("\n\n")):
        if formatter.getvalue():
            formatter.write_paragraph()
        if paragraph.startswith("    "):
            formatter.write(textwrap.indent(textwrap.dedent(paragraph), "  ") + "\n")  # a table: as it stands
        else:
            formatter.write_text(paragraph.replace("\n", " "))
