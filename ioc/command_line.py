"""Typer in the chosen language. Help is written in English and shown as the catalogue has it; what Typer says by itself
is replaced."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import typer
from pydantic import ValidationError
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from hub.translation import paragraphs
from hub.validation import describe
from ioc.output import err
from ioc.texts import say


class App(typer.Typer):
    """A group of commands whose help speaks the chosen language."""

    def __init__(self, title: str) -> None:
        super().__init__(
            cls=_Group, help=title, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """As Typer's."""
        return super().command(name, cls=_Command, **settings)


def in_language(help_: str) -> str:
    """A help text in the chosen language, paragraph by paragraph."""
    return "\n\n".join(say(paragraph) for paragraph in paragraphs(help_))


def _choose(command: TyperCommand | TyperGroup) -> None:
    command.help = in_language(command.help or "")
    command.options_metavar = say("[OPTIONS]")
    for parameter in command.params:
        parameter.help = in_language(getattr(parameter, "help", None) or "")  # type: ignore[attr-defined]


def _set_titles() -> None:
    rich_utils.ARGUMENTS_PANEL_TITLE = say("Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = say("Options")
    rich_utils.COMMANDS_PANEL_TITLE = say("Commands")
    rich_utils.DEFAULT_STRING = say("[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = say("[required]")


class _Translated:
    """What commands and groups of them share: what Typer says around their help."""

    def get_usage(self, ctx: Any) -> str:
        usage: str = super().get_usage(ctx)  # type: ignore[misc]
        return usage.replace("Usage:", say("Usage:"), 1)

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = say("Show this message")
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _set_titles()
        super().format_help(ctx, formatter)  # type: ignore[misc]


class _Command(_Translated, TyperCommand):
    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        _choose(self)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        if extra := " ".join(super().parse_args(ctx, args)):
            ctx.fail(say("Unexpected arguments: {extra}", extra=extra))
        return []


class _Group(_Translated, TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        _choose(self)
        self.subcommand_metavar = say("COMMAND [ARGS]...")

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in self.commands:
            near = ", ".join(repr(one) for one in get_close_matches(name, self.commands))
            mean = say(" Did you mean {near}?", near=near) if near else ""
            ctx.fail(say("No such command {name!r}.", name=name) + mean)
        return super().resolve_command(ctx, args)


def print_usage_error(error: TyperException) -> None:
    """How the command is used, and what is wrong, on stderr; nothing where Typer has printed the help instead."""
    message = _words(error)
    if not message.strip():
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        hint = f"{context.command_path} --help"
        for line in (context.get_usage(), say("See `{hint}`", hint=hint)):
            err.print(line, highlight=False, soft_wrap=True)
    err.print(f"✗ {message}", style="red", highlight=False, soft_wrap=True)


def _words(error: Any) -> str:
    """What is wrong, by the kind of Typer's error; the rarer ones stay English."""
    if isinstance(error, typer.BadParameter):
        parameter: Any = error.param
        hint = error.param_hint or (parameter.get_error_hint() if parameter else "")
        if hasattr(error, "param_type"):
            is_option = (error.param_type or parameter.param_type_name) == "option"
            kind = say("option") if is_option else say("argument")
            return say("Missing {kind} {hint}.", kind=kind, hint=hint)
        cause = error.__cause__
        why = say(describe(cause)) if isinstance(cause, ValidationError) else error.message
        return say("Invalid value for {hint}: {why}", hint=hint, why=why) if hint else why
    if hasattr(error, "possibilities"):
        near = ", ".join(sorted(error.possibilities or ()))
        also = say(" (Possible options: {near})", near=near) if near else ""
        return say("No such option: {option_name}", option_name=error.option_name) + also
    if hasattr(error, "option_name"):
        if "requires" in error.message:
            return say("Option {name!r} requires an argument.", name=error.option_name)
        return say("Option {name!r} does not take a value.", name=error.option_name)
    return str(error.format_message())
