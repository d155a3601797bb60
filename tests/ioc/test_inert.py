"""Whatever is in the database, in a file, in a setting or on the command line: no command shows it raw."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import load_workbook
from rich.text import Text
from typer.main import get_command

from hub.texts import UNREADABLE
from ioc import main
from ioc.output import Terminal, out
from tests import hostile
from tests.connectors.stub import Reply, says, stub
from tests.hostile import COMMANDS, FORBIDDEN, HOSTILE, MARKUP, every_text
from tests.installation import PUBLISHED
from tests.postgres import Postgres
from tests.screens.pages.world import LEADER
from warehouse.database import connect

DAYS = ("--from", "2023-01-01", "--to", "2023-06-30")
SHOWING = {
    "account list": (),
    "account rights": (LEADER,),
    "account show": (LEADER,),
    "audit record": (f"VB{HOSTILE}",),
    "government status": (),
    "incident alerts": (),
    "incident list": (),
    "incident reminder list": (),
    "incident show": ("1",),
    "key list": (),
    "kpi explain": ("gate_vehicles", *DAYS),
    "kpi show": ("online_dossier_rate", *DAYS, "--by", "field"),
    "nation compare": ("gate_vehicles", "--period", "2023-06"),
    "nation list": (),
    "note list": (),
    "quality deliverers": (),
    "quality offenders": (),
    "quality quarantine": (),
    "quality runs": (),
    "quality show": ("1",),
    "reconcile source": (),
    "reference missing": (),
}
"""Commands that show something which a source or a person has sent."""
TELLING = {
    "account add": (f"x{HOSTILE}", "--name", HOSTILE),
    "account bi": (LEADER, "--role", f"bi{HOSTILE}"),
    "account disable": (HOSTILE,),
    "account enable": (HOSTILE,),
    "account end-sessions": (HOSTILE,),
    "account import": ("{hostile_file}",),
    "account password": (HOSTILE,),
    "archive check": (),
    "archive kpis": (HOSTILE,),
    "archive write": (HOSTILE,),
    "audit checkpoint": (),
    "audit cosign": ("{hostile_file}",),
    "audit key": (),
    "audit log": ("--subject", HOSTILE),
    "audit receipt": (HOSTILE, "--period", HOSTILE),
    "audit verify": (),
    "db migrate": (HOSTILE,),
    "db start": (),
    "db status": (),
    "db stop": (),
    "demo": ("--source", HOSTILE),
    "docs build": ("{hostile_folder}",),
    "docs check": (),
    "docs contracts": ("{hostile_folder}",),
    "docs lineage": ("{hostile_file}", *DAYS),
    "doctor": (),
    "forget": (HOSTILE, "--reason", "Yêu cầu", "--yes"),
    "government resend": DAYS,
    "government send": (),
    "incident acknowledge": (HOSTILE,),
    "incident assign": ("1", "--to", HOSTILE),
    "incident reminder letter": ("1", HOSTILE),
    "incident reminder withdraw": ("7", "--reason", HOSTILE),
    "incident resolve": ("2", "--reason", HOSTILE),
    "init": ("{hostile_folder}", "--province", f"H05{HOSTILE}", "--area", "27"),
    "key add": (HOSTILE, "--name", HOSTILE),
    "key revoke": (HOSTILE,),
    "kpi list": ("--province", HOSTILE),
    "kpi recompute": (HOSTILE,),
    "kpi refresh": ("--kpi", HOSTILE),
    "nation add": ("H37", "--url", f"postgresql://{HOSTILE}"),
    "nation read": (HOSTILE,),
    "nation remove": (HOSTILE,),
    "note add": ("gate_vehicles", f"Hệ thống dừng {HOSTILE}", *DAYS),
    "note withdraw": ("7",),
    "plan apply": ("{hostile_file}", "--reason", HOSTILE, "--approve"),
    "plan show": ("--out", "{hostile_file}"),
    "quality assign": (HOSTILE, "--to", HOSTILE, "--reason", HOSTILE),
    "quality effects": ("1",),
    "quality page": ("1", HOSTILE),
    "quality reject": ("1", "--record", HOSTILE, "--reason", HOSTILE),
    "quality anomalies": ("--source", HOSTILE),
    "quality replay": (HOSTILE,),
    "quality rules": ("--rule", HOSTILE),
    "quality trend": ("--deliverer", HOSTILE),
    "quality waive": ("1", "--record", "9", "--reason", HOSTILE),
    "report periodic": ("--period", HOSTILE),
    "report quality": ("--period", HOSTILE),
    "reconcile published": ("{hostile_file}",),
    "run": (HOSTILE, *DAYS),
    "serve": ("--port", HOSTILE),
    "source check": (HOSTILE,),
    "source freshness": (),
    "source list": (),
    "source new": (HOSTILE, "--sample", "{hostile_file}"),
    "source template": (HOSTILE, "{hostile_file}"),
    "source preview": ("{hostile_file}", "--sample", "{hostile_file}"),
    "watch": ("--seen",),
}
"""The others, with what makes them quote: a name, a file, an argument."""
WITHOUT_JSON = {"demo", "init", "serve", "source new", "source template"}


class Said(NamedTuple):
    """What a command wrote, and how it ended."""

    stdout: str
    stderr: str
    code: Any


Ask = Callable[..., Said]


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[str]:
    group = group or get_command(main.app)
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))
    if not hasattr(group, "commands"):
        yield " ".join(path)


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    made = postgres.database()
    hostile.fill(made)
    return made


@pytest.fixture
def ask(url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs a command as the shell does, with an own folder for what it may write."""
    for name, value in {
        "IOC_WAREHOUSE_URL": url,
        "IOC_LANG": "en",
        "IOC_PROVINCE": "H37",
        "IOC_AREA": "20",
        "IOC_STATE": str(tmp_path / "state"),
        "IOC_GATEWAY_URL": "http://127.0.0.1:9",
        "IOC_CLIENT_ID": f"hub{HOSTILE}",
        "IOC_CLIENT_SECRET": "secret",
        "IOC_HMAC_KEY": "5a" * 32,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123 - no password is asked for
    names = {"hostile_file": str(tmp_path / f"tệp{COMMANDS}.csv"), "hostile_folder": str(tmp_path / f"a{COMMANDS}")}
    Path(names["hostile_file"]).write_text(f"login{COMMANDS},name\n{HOSTILE},{HOSTILE}\n")

    def run(command: str, *arguments: str) -> Said:
        given = [argument.format(**names) if argument.startswith("{hostile_") else argument for argument in arguments]
        monkeypatch.setattr(sys, "argv", ["ioc", *command.split(), *given])
        with pytest.raises(SystemExit) as ended:
            main.main()
        return Said(*capsys.readouterr(), ended.value.code)

    return run


def test_every_command_is_asked() -> None:
    assert {*SHOWING, *TELLING} == set(commands())


@pytest.mark.parametrize("command", SHOWING)
def test_what_a_source_has_sent_is_shown_and_inert(ask: Ask, command: str) -> None:
    said = ask(command, *SHOWING[command])
    assert not FORBIDDEN.search(said.stdout + said.stderr)
    assert said.code in (None, 3), said.stderr
    assert f"{UNREADABLE}[31m" in said.stdout, "it stands in what is shown"
    assert "[red]" in re.sub(r"[\s│]", "", said.stdout), "markup is text"


@pytest.mark.parametrize("command", SHOWING)
def test_json_holds_the_same_as_escapes(ask: Ask, command: str) -> None:
    said = ask(command, *SHOWING[command], "--json")
    assert not FORBIDDEN.search(said.stdout + said.stderr)
    assert "\\u001b[31m" in said.stdout
    assert COMMANDS in every_text(json.loads(said.stdout)), "a program reads what was sent"


@pytest.mark.parametrize("command", TELLING)
def test_what_is_quoted_is_inert(ask: Ask, command: str) -> None:
    for options in ((), () if command in WITHOUT_JSON else ("--json",)):
        said = ask(command, *TELLING[command], *options)
        assert said.stdout + said.stderr
        assert not FORBIDDEN.search(said.stdout + said.stderr)
        assert "\nERROR:root:forged" not in said.stderr
        assert "Unexpected error" not in said.stderr


ANSWERS: dict[str, Callable[[], Reply]] = {
    "status": lambda: Reply(HOSTILE.encode(), 400),
    "header": lambda: Reply(b"{}", headers={"Content-Encoding": "\x1b[31m\x9b2J\x07"}),
    "no JSON": lambda: Reply(HOSTILE.encode()),
    "code": lambda: says({"error_code": HOSTILE, "code": HOSTILE, "status": HOSTILE, "ma_loi": HOSTILE}),
    "records": lambda: says({"data": [{HOSTILE: HOSTILE}], "total": HOSTILE, "next": HOSTILE, "items": [HOSTILE]}),
    "list": lambda: says([{HOSTILE: HOSTILE}]),
}
"""What of an answer is hostile → the answer."""


@pytest.mark.parametrize("hostile_part", ANSWERS)
@pytest.mark.parametrize("source", ["dvc", "feedback", "gate", "ioffice", "telecom"])
def test_what_is_told_of_an_answer_is_inert(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, source: str, hostile_part: str
) -> None:
    with stub(lambda _: ANSWERS[hostile_part]()) as there:
        monkeypatch.setenv("IOC_GATEWAY_URL", there.url)
        said = ask("run", source, "--from", "2023-05-01", "--to", "2023-05-02")
    assert there.asked
    assert not FORBIDDEN.search(said.stdout + said.stderr)
    assert "\nERROR:root:forged" not in said.stderr
    assert "Unexpected error" not in said.stderr


@pytest.mark.parametrize("kind", [str, Text])
def test_a_terminal_is_given_the_hubs_own_styles_and_no_others(
    capsys: pytest.CaptureFixture[str], kind: type[str] | type[Text]
) -> None:
    Terminal(force_terminal=True, width=300).print(kind(HOSTILE), style="red", highlight=False)
    written = capsys.readouterr().out
    plain = written.replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert plain != written
    assert MARKUP in plain
    assert not FORBIDDEN.search(plain)


def test_the_consoles_of_commands_are_such_terminals() -> None:
    assert isinstance(out, Terminal)


def test_a_report_is_compared_in_a_workbook_without_them(ask: Ask, tmp_path: Path) -> None:
    lines = (PUBLISHED / "langson-2023.csv").read_text("utf-8").splitlines()
    file = tmp_path / "published.csv"
    file.write_text("\n".join([lines[0], *(line.replace("reference", HOSTILE) for line in lines[1:])]), "utf-8")
    said = ask("reconcile published", str(file), "--xlsx", f"out{COMMANDS}.xlsx")
    assert said.code in (None, 3), said.stderr
    assert not FORBIDDEN.search(said.stdout + said.stderr)
    [book] = tmp_path.glob("out*.xlsx")
    cells = [str(cell.value) for sheet in load_workbook(book) for row in sheet for cell in row if cell.value]
    assert not FORBIDDEN.search("".join(cells))


def test_an_unexpected_error_is_shown_where_it_arose_and_inert(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr("connectors.catalogue.sources_of", fail)
    assert HOSTILE not in ask("source list").stderr
    monkeypatch.setenv("IOC_DEBUG", "1")
    said = ask("source list")
    assert "RuntimeError" in said.stderr
    assert "Traceback" in said.stderr
    assert not FORBIDDEN.search(said.stderr)


def test_the_database_keeps_what_was_sent(url: str) -> None:
    with connect(url, "owner") as owner:
        row = owner.execute("select record_key from quality.quarantine").fetchone()
    assert row == (f"PA{HOSTILE}",)
