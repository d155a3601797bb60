"""Typer in the chosen language. Help is written once, 'tiếng Việt / English', and one half of it is shown; what Typer
says by itself is English, and replaced."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import typer
from pydantic import ValidationError
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

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


def chosen(text: str) -> str:
    """The half of each paragraph that is in the chosen language; what has no halves is for both."""
    return "\n\n".join(_half(paragraph) for paragraph in text.split("\n\n"))


def _half(paragraph: str) -> str:
    vietnamese, *english = re.split(r"\s+/\s+", paragraph.strip().removesuffix("."), maxsplit=1)
    return say(vietnamese, english[0][:1].upper() + english[0][1:]) if english else vietnamese


def _choose(command: TyperCommand | TyperGroup) -> None:
    command.help = chosen(command.help or "")
    command.options_metavar = say("[OPTIONS]")
    for parameter in command.params:
        parameter.help = chosen(getattr(parameter, "help", None) or "")  # type: ignore[attr-defined]


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
            err.print(line, markup=False, highlight=False, soft_wrap=True)
    err.print(f"✗ {message}", style="red", markup=False, highlight=False, soft_wrap=True)


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
        why = say(*describe(cause)) if isinstance(cause, ValidationError) else error.message
        return say("Invalid value for {hint}: {why}", hint=hint, why=why) if hint else why
    if hasattr(error, "possibilities"):
        near = ", ".join(sorted(error.possibilities or ()))
        also = say(" (Possible options: {near})", near=near) if near else ""
        return say("No such option: {option_name}", option_name=error.option_name) + also
    if hasattr(error, "option_name"):
        missing = "requires" in error.message
        vietnamese = "cần một giá trị" if missing else "không nhận giá trị"
        return say(f"Tuỳ chọn {error.option_name!r} {vietnamese}.", error.message)
    return str(error.format_message())
