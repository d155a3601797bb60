"""`ioc … --help` speaks the chosen language, and no other."""

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from ioc.main import app

VIETNAMESE = re.compile("[àáâãèéêìíòóôõùúýăđĩũơưĐƯƠ\u1ea0-\u1ef9]")
FOR_BOTH = {"", "CSV: kpi,measure,breakdown,from,to,value,unit", "CSV: login,name,role,area,organisations,fields"}


def texts(command: TyperCommand | TyperGroup, name: str = "ioc") -> Iterator[tuple[str, str]]:
    """Place → what help says there, of a command and all below it."""
    yield name, command.help or ""
    for parameter in command.params:
        yield f"{name} {parameter.name}", getattr(parameter, "help", "")
    for below, one in getattr(command, "commands", {}).items():
        yield from texts(one, f"{name} {below}")


def said(language: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("IOC_LANG", language)
    command = get_command(app)
    assert isinstance(command, TyperGroup)
    return dict(texts(command))


def test_every_text_is_there_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    vietnamese, english = said("vi", monkeypatch), said("en", monkeypatch)
    assert {place: text for place, text in english.items() if VIETNAMESE.search(text)} == {}
    same = {place: text for place, text in vietnamese.items() if text == english[place] and text not in FOR_BOTH}
    assert same == {}


def test_every_command_and_group_says_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [place for place, text in said("en", monkeypatch).items() if not text] == []


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        (
            "vi",
            ["Cách dùng: ", "[TUỲ CHỌN]", "Đối số", "Tuỳ chọn", "[bắt buộc]", "[mặc định: 0]", "Hiện hướng dẫn này"],
        ),
        ("en", ["Usage: ", "[OPTIONS]", "Arguments", "Options", "[required]", "[default: 0]", "Show this message"]),
    ],
)
def test_what_typer_says_by_itself_is_in_that_language(
    language: str, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    shown = CliRunner().invoke(app, ["kpi", "explain", "--help"]).stdout
    assert [title for title in titles if title not in shown] == []
