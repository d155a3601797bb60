"""Typer in the chosen language. Help is written once, 'tiếng Việt / English', and one half of it is shown; what Typer
says by itself is English, and replaced."""

import re
from collections.abc import Callable
from typing import Any

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

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
    command.options_metavar = say("[TUỲ CHỌN]", "[OPTIONS]")
    for parameter in command.params:
        parameter.help = chosen(getattr(parameter, "help", None) or "")  # type: ignore[attr-defined]


def _set_titles() -> None:
    rich_utils.ARGUMENTS_PANEL_TITLE = say("Đối số", "Arguments")
    rich_utils.OPTIONS_PANEL_TITLE = say("Tuỳ chọn", "Options")
    rich_utils.COMMANDS_PANEL_TITLE = say("Lệnh", "Commands")
    rich_utils.DEFAULT_STRING = say("[mặc định: {}]", "[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = say("[bắt buộc]", "[required]")


class _Spoken:
    """What commands and groups of them share: what Typer says around their help."""

    def get_usage(self, ctx: Any) -> str:
        said: str = super().get_usage(ctx)  # type: ignore[misc]
        return said.replace("Usage:", say("Cách dùng:", "Usage:"), 1)

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = say("Hiện hướng dẫn này", "Show this message")
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _set_titles()
        super().format_help(ctx, formatter)  # type: ignore[misc]


class _Command(_Spoken, TyperCommand):
    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        _choose(self)


class _Group(_Spoken, TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        _choose(self)
        self.subcommand_metavar = say("LỆNH [ĐỐI SỐ]...", "COMMAND [ARGS]...")
