"""The program: its commands by name, and how mistakes on the command line are reported."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import click

from pinsmith._closest import closest
from pinsmith.cli import _completion, _output
from pinsmith.cli._command import Command, CommandLineError, LazyGroup, load, show_overview
from pinsmith.exit_code import MEANINGS, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

# A command is one file of its name. The summaries stand here too, so that the overview loads none of them;
# tests/cli/test_app.py compares.
COMMANDS: Final[dict[str, str]] = {
    "fetch": "Show the certificates and pins that live hosts present.",
    "show": "Show the pins of certificate, key and request files.",
    "explain": "Explain what a pin lets in, where it survives, and which clients lose a host.",
    "init": "Create a pins.toml from the keys that hosts present.",
    "add": "Pin more hosts, or more keys of a host, in pins.toml.",
    "remove": "Remove a host, or a key of a host, from pins.toml.",
    "check": "Compare what live hosts present with pins.toml.",
    "lint": "Find what is wrong with the pins of pin files and of platforms' files.",
    "key": "Make, prove and retire the keys of pins.toml, list them, and print their certificates.",
    "rotate": "Change a host to its next key, step by step, so that no user is locked out.",
    "bundle": "Give programs new pins without a release, signed by several people, by The Update Framework (TUF).",
    "release": "Record which pins each shipped version of an app has, so that `check` covers old versions too.",
    "formats": "List the formats of platforms, or describe one.",
    "setup": "Find the apps and programs beside pins.toml, and add the outputs that pin them.",
    "export": "Write the pins in the format of a platform.",
    "import": "Turn the pins of platforms' files and of code into one pins.toml.",
    "convert": "Turn one platform's file into another's.",
    "sync": "Write every output listed in pins.toml, or report which are out of date.",
    "lab": "Prove with hostile servers whether a client really pins, whatever it is written in.",
    "scan": "Look at a long list of hosts with the help of workers, and print what they present.",
    "worker": "Ask the hosts that `pinsmith scan` has put into a queue.",
    "serve": "Watch the hosts of pin files, and send alerts before and when clients are locked out.",
    "audit": "Answer for each host of a project or app whether it is pinned, and find what makes pins void.",
    "report": "Read the reports that apps send when their pins do not match.",
    "mcp": "Offer read-only tools to agents, by the Model Context Protocol.",
    "selftest": "Prove that a wrong pin is refused in this environment.",
    "demo": "Watch a pin being fetched, enforced and rotated, and an interceptor being stopped.",
}

EXAMPLES: Final = (
    ("Look at the pins of a host:", "pinsmith fetch example.com"),
    ("Create a pins.toml, with a standby key as backup:", "pinsmith init example.com --generate-backup"),
    ("Compare live hosts with pins.toml, as in CI:", "pinsmith check"),
)


class Program(LazyGroup):
    """The group of all commands; its help ends with the exit codes."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write commands, options and exit codes."""
        super().format_options(ctx, formatter)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in MEANINGS.items()])
        formatter.write_paragraph()
        formatter.write_text(
            "`pinsmith help CODE` explains the code of an error, such as pin-mismatch, or the rule of a finding."
        )


@click.command(
    "pinsmith", Program, path="", summaries=COMMANDS, examples=EXAMPLES, help="TLS pinning done right, from one file."
)
@click.option("-V", "--version", is_flag=True, help="Show the version and exit.")
@click.option("--install-completion", is_flag=True, help="Install completion for your shell: bash, zsh or fish.")
@click.option(
    "--show-completion", is_flag=True, help="Show the completion script of your shell, to install it by hand."
)
@click.pass_context
def program(context: click.Context, *, version: bool, install_completion: bool, show_completion: bool) -> None:
    """Answer the options of the program itself."""
    if version:
        import pinsmith

        _output.result(f"pinsmith {pinsmith.__version__}")
    elif install_completion:
        _completion.install(program)
    elif show_completion:
        _output.text(_completion.script(program))
    else:
        context.invoke(show_overview)
        return
    context.exit()


def names() -> list[str]:
    """List every command, a group before what is in it: ``fetch``, ``lab``, ``lab run``."""
    return [command for name in COMMANDS for command in (name, *(f"{name} {inner}" for inner in _inner(name)))]


def _inner(name: str) -> list[str]:
    command = load(name)
    return list(command.summaries) if isinstance(command, LazyGroup) else []


def run(words: list[str]) -> int:
    """
    Parse *words*, run the command they name, and return the exit code; usage errors are reported here.

    ``help COMMAND`` is read as ``COMMAND --help``; ``help CODE`` prints the meaning of an error code.
    """
    if words[:1] == ["help"]:
        if len(words) == 2 and words[1] not in COMMANDS and not words[1].startswith("-"):  # noqa: PLR2004
            return _explain(words[1])
        words = [*words[1:], "--help"]
    if instruction := os.environ.get(_completion.VARIABLE):
        return _completion.answer(program, instruction)
    try:
        with program.make_context("pinsmith", list(words), obj=words) as context:
            return int(program.invoke(context) or ExitCode.OK)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.UsageError, CommandLineError) as error:
        return _report(error, words)


def _explain(word: str) -> int:
    """Print what an error code or a rule means; a word that is neither of them nor a command is an error."""
    from pinsmith.cli import _error_code

    is_code, near = _error_code.explain(word, COMMANDS)
    if is_code:
        return ExitCode.OK
    hint = f"did you mean {near}?" if near else f"{_error_code.PAGE} lists the codes, `pinsmith --help` the commands"
    text = f"{word!r} is neither a command, nor an error code, nor a rule"
    return _report(CommandLineError(text, click.Context(program, info_name="pinsmith"), hint=hint), [])


def _report(error: click.UsageError | CommandLineError, words: Sequence[str]) -> int:
    """Print what is wrong, what to do, and a command line that works."""
    context = error.ctx
    assert context is not None  # noqa: S101 - for the type checker
    assert isinstance(context.command, Command)  # noqa: S101 - for the type checker
    text = _text(error)
    hint = getattr(error, "hint", None) or f"`{context.command_path} --help` lists arguments and options"
    separated = None
    named = re.search(r"(?<![\w-])--?\w[\w-]*", text)
    if named and (separated := _separated(context, words, named[0])):
        hint = "write -- before the program and its arguments"
    elif isinstance(error, click.NoSuchOption) and (near := _nearest(context.command, error.option_name)):
        hint = f"did you mean {near}?"
    _output.error("usage", text, details=getattr(error, "details", ()), hint=hint)
    _output.note(f"example: {separated or _example(context.command, f'{text} {hint}')}")
    return ExitCode.USAGE


def _text(error: click.ClickException) -> str:
    """Describe the error like all other errors: a refused value is quoted beside its option."""
    if isinstance(error, CommandLineError):
        return error.message
    if isinstance(error, click.NoSuchOption):
        return f"no such option: {error.option_name}"
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter) and error.param:
        return f"{error.param.opts[-1]} {error.message.rstrip('.')}"
    text = error.format_message().rstrip(".")
    return text[:1].lower() + text[1:]


def _nearest(command: Command, unknown: str) -> str | None:
    # Without the dashes, which make all options alike.
    known = {
        name.lstrip("-"): name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
    }
    near = closest(unknown.lstrip("-"), known)
    return known[near] if near else None


def _example(command: Command, text: str) -> str:
    """Choose the example of *command* with the most options that *text* mentions; the first one if none has any."""
    named = set(re.findall(r"(?<![\w-])--?\w[\w-]*", text))
    return max((line for _, line in command.examples), key=lambda line: len(named & set(line.split())))


def _separated(context: click.Context, words: Sequence[str], named: str) -> str | None:
    """Insert the ``--`` that *words* lack before a program with the option *named*; None if they do not lack it."""
    import shlex

    parameters = context.command.params
    if "--" in words or not any("after --" in (getattr(parameter, "help", None) or "") for parameter in parameters):
        return None
    with_value = {
        name for parameter in parameters if not getattr(parameter, "is_flag", True) for name in parameter.opts
    }
    path = context.command_path.split(" ")
    at = len(path) - 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in with_value else 1
    is_of_program = any(word.startswith(named) for word in words[at:])
    return shlex.join([path[0], *words[:at], "--", *words[at:]]) if is_of_program else None
