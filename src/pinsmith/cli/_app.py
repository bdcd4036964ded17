"""The program: its commands by name, how they are found, and how their help reads."""

from __future__ import annotations

import inspect
import keyword
import re
import shlex
import textwrap
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from pinsmith.cli import _output
from pinsmith.exit_code import MEANINGS, ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# A command is one file of its name. The summaries stand here too, so that the overview loads none of them;
# tests/cli/test_app.py compares.
COMMANDS: Final[dict[str, str]] = {
    "fetch": "Show the certificates and pins that live hosts present.",
    "show": "Show the pins of certificate, key and request files.",
    "init": "Begin a pins.toml with the keys that hosts present.",
    "add": "Pin more hosts, or more keys of a host, in pins.toml.",
    "remove": "Remove a host, or a key of a host, from pins.toml.",
    "check": "Compare what live hosts present with pins.toml.",
    "formats": "List the formats of platforms, and what each can say.",
    "export": "Write the pins in the format of a platform.",
    "import": "Read the pins of a platform's file, as a pins.toml.",
    "convert": "Turn one platform's file into another's.",
    "sync": "Write every output listed in pins.toml, or report which are out of date.",
    "lab": "Prove with hostile servers whether a client really pins, whatever it is written in.",
    "selftest": "Prove that a wrong pin is refused in this very environment.",
    "demo": "Watch a pin being fetched, enforced and rotated, and an interceptor being stopped.",
}

EXAMPLES: Final = (
    ("Look at the pins of a host:", "pinsmith fetch example.com"),
    ("Begin a pins.toml, with a standby key as backup:", "pinsmith init example.com --generate-backup"),
    ("Compare live hosts with pins.toml, as in CI:", "pinsmith check"),
)


_TYPE: Final = re.compile(r" <[\w\[\]]+>$")
_RANGE: Final = re.compile(r"; (?:[\d.]+<=)?x[<>]=[\d.]+|  \[[\d.]+<=x<=[\d.]+\]")
# By the type of pydantic's error, https://docs.pydantic.dev/latest/errors/validation_errors/; typer asks it.
_EXPECTED: Final = {
    "float_parsing": "a number expected",
    "int_parsing": "a whole number expected",
    "greater_than_equal": "{ge:g} or more expected",
    "less_than_equal": "{le:g} or less expected",
}


class ExampleCommand(TyperCommand):
    """A command whose help shows its examples before its options."""

    examples: Sequence[tuple[str, str]] = ()

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the classes are private in typer
        """Write summary, examples, usage, details and options, in this order."""
        summary, _, details = (self.help or "").partition("\n\n")
        _write_paragraphs(formatter, summary)
        _write_examples(formatter, self.examples)
        formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        _write_paragraphs(formatter, details)
        self.format_options(ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - see above
        """Write arguments and options, without Python's types and the comparisons that typer adds."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            shown = [each for each in self.get_params(ctx) if each.param_type_name == kind]
            records = [
                (_TYPE.sub("", name) if kind == "argument" else name, _RANGE.sub("", text))
                for name, text in filter(None, (each.get_help_record(ctx) for each in shown))
            ]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


class LazyGroup(TyperGroup):
    """
    Knows commands by name and loads the file of the one that is used.

    Attributes:
        path: The words before its commands: nothing for the program itself.
        summaries: What each command says of itself, by name.
    """

    path: str = ""
    summaries: Mapping[str, str] = COMMANDS
    examples: Sequence[tuple[str, str]] = EXAMPLES

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - as in typer
        return list(self.summaries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - as in typer
        return load(f"{self.path} {cmd_name}".strip()) if cmd_name in self.summaries else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as in typer
        # For the suggestion; typer looks at the commands that are loaded.
        self.commands = dict.fromkeys(self.summaries) if args[0] not in self.summaries else {}  # type: ignore[assignment]
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the classes are private in typer
        """Write summary, examples, usage, details, commands, options and exit codes, in this order."""
        summary, _, details = (self.help or "").partition("\n\n")
        _write_paragraphs(formatter, summary)
        _write_examples(formatter, self.examples)
        formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        _write_paragraphs(formatter, details)
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
        TyperCommand.format_options(self, ctx, formatter)  # type: ignore[arg-type]
        if not self.path:
            with formatter.section("Exit codes"):
                formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])


def names() -> list[str]:
    """List every command, a group before what is in it: ``fetch``, ``lab``, ``lab run``."""
    return [each for name in COMMANDS for each in (name, *(f"{name} {inner}" for inner in _inner(name)))]


def stem_of(name: str) -> str:
    """Name the file and the function of a command: ``lab_run`` of ``lab run``, ``import_`` of ``import``."""
    stem = name.replace(" ", "_")
    return f"{stem}_" if keyword.iskeyword(stem) else stem


def _inner(name: str) -> Mapping[str, str]:
    inner: Mapping[str, str] = getattr(import_module(f"pinsmith.cli.{stem_of(name)}"), "COMMANDS", {})
    return inner


def load(name: str) -> ExampleCommand | LazyGroup:
    """Import the file of the command *name* and build it."""
    module = import_module(f"pinsmith.cli.{stem_of(name)}")
    if hasattr(module, "COMMANDS"):
        return _group(_inner_root, name, module.COMMANDS, module.EXAMPLES, inspect.getdoc(module))
    single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    settings = {"help_option_names": ["-h", "--help"]}
    single.command(name, cls=ExampleCommand, help=inspect.getdoc(module), context_settings=settings)(
        getattr(module, stem_of(name))
    )
    command = typer.main.get_command(single)
    assert isinstance(command, ExampleCommand)  # noqa: S101 - for the type checker
    command.examples = module.EXAMPLES
    return command


def run(words: list[str]) -> int:
    """Parse *words*, run the command they name, and return the exit code; usage errors are reported here."""
    group = _group(_root, "", COMMANDS, EXAMPLES)
    try:
        code = group.main(words, prog_name="pinsmith", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        return _report_usage(error, words)
    if code == ExitCode.INTERRUPTED:  # typer caught it; nothing else returns this
        raise KeyboardInterrupt
    return int(code or 0)


def _group(
    callback: Callable[..., None],
    path: str,
    summaries: Mapping[str, str],
    examples: Sequence[tuple[str, str]],
    text: str | None = None,
) -> LazyGroup:
    program = typer.Typer(
        cls=LazyGroup,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
        add_completion=not path,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback(invoke_without_command=True, help=text)(callback)
    group = typer.main.get_command(program)
    assert isinstance(group, LazyGroup)  # noqa: S101 - for the type checker
    group.path, group.summaries, group.examples = path, summaries, examples
    return group


def _inner_root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        _output.result(*context.get_help().split("\n"))
        raise typer.Exit


def _root(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """TLS pinning done right, from one file."""
    if version:
        import pinsmith

        _output.result(f"pinsmith {pinsmith.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        _output.result(*context.get_help().split("\n"))
        raise typer.Exit


def _report_usage(error: typer.TyperException, words: Sequence[str]) -> int:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "pinsmith"
    text = _refused_value(error) or error.format_message().rstrip(".")
    separated = _separated(context, words, error.option_name) if hasattr(error, "option_name") else None
    hint = f"write -- before the program and its arguments: `{separated}`" if separated else None
    _output.error("usage", text[:1].lower() + text[1:], hint=hint or f"`{path} --help` shows what it takes")
    return ExitCode.USAGE


def _separated(context: Any, words: Sequence[str], unknown: str) -> str | None:  # noqa: ANN401 - private in typer
    """Insert the ``--`` that *words* lack before a program with the option *unknown*; None if that is not the fault."""
    parameters = context.command.params
    if "--" in words or not any("after --" in (getattr(each, "help", None) or "") for each in parameters):
        return None
    with_value = {name for each in parameters if not getattr(each, "is_flag", True) for name in each.opts}
    path = context.command_path.split(" ")
    at = len(path) - 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in with_value else 1
    is_of_program = any(word.startswith(unknown) for word in words[at:])
    return shlex.join([path[0], *words[:at], "--", *words[at:]]) if is_of_program else None


def _refused_value(error: typer.TyperException) -> str | None:
    """Name the option, quote its value and say what was expected; None if no value was refused."""
    found = getattr(error.__cause__, "errors", None)
    option = getattr(error, "param", None)
    if found is None or option is None:
        return None
    refused = found()[0]
    value = f"{option.opts[-1]} {str(refused['input'])!r}"
    if refused["type"] in _EXPECTED:
        return f"{value}: {_EXPECTED[refused['type']].format(**refused.get('ctx', {}))}"
    # Of typer's own checks, which begin with the value.
    problem = refused["msg"].removeprefix("Value error, ").removeprefix(repr(refused["input"])).rstrip(".")
    return value + problem if problem.startswith(" ") else f"{value}: {problem}"


def _write_paragraphs(formatter: Any, text: str) -> None:  # noqa: ANN401 - the class is private in typer
    for paragraph in filter(None, text.split("\n\n")):
        if formatter.getvalue():
            formatter.write_paragraph()
        if paragraph.startswith("    "):
            formatter.write(textwrap.indent(textwrap.dedent(paragraph), "  ") + "\n")  # a table: as it stands
        else:
            formatter.write_text(paragraph.replace("\n", " "))


def _write_examples(formatter: Any, examples: Sequence[tuple[str, str]]) -> None:  # noqa: ANN401 - see above
    with formatter.section("Examples"):
        for what, command in examples:
            formatter.write_text(what)
            # Not wrapped: it is there to be copied.
            formatter.write(f"{'':{formatter.current_indent + 2}}{command}\n")
