"""`ioc account` and `ioc key`, as an administrator types them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from accounts import directory, keys
from hub.errors import Abort, WrongCredentials
from ioc import account, key
from ioc.texts import told
from tests.accounts.sign_in import sign_in
from tests.postgres import Postgres
from warehouse.database import connect

PASSWORD = "một-mật-khẩu-dài"
HEADER = "login,name,role,area,organisations,fields\n"


@pytest.fixture
def url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    url = postgres.database()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", url)
    monkeypatch.setenv("IOC_LANG", "en")
    return url


def ioc(*words: str, said: str = "") -> Result:
    app = {"account": account.app, "key": key.app}[words[0]]
    return CliRunner().invoke(app, words[1:], input=said)


def answer(*words: str, said: str = "") -> Any:
    result = ioc(*words, "--json", said=said)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def fault(*words: str, said: str = "") -> str:
    result = ioc(*words, said=said)
    assert isinstance(result.exception, Abort), result.output
    return told(result.exception)


def add(login: str = "trang-dinh", *words: str) -> Any:
    return answer("account", "add", login, "--name", "UBND huyện Tràng Định", *words, said=f"{PASSWORD}\n")


def signs_in(url: str, login: str = "trang-dinh", password: str = PASSWORD) -> bool:
    with connect(url, "accounts") as connection:
        try:
            sign_in(connection, login, password, "10.0.0.1")
        except WrongCredentials:
            return False
        return True


def test_an_account_is_made_shown_limited_and_disabled(url: str) -> None:
    made = add("trang-dinh", "--role", "department", "--area", "180", "--field", "press", "--field", "feedback")
    assert made["area"] == "180 Huyện Tràng Định"
    assert (made["province"], made["role"], made["fields"]) == ("H37", "department", ["press", "feedback"])
    assert "hash" not in str(made)
    assert PASSWORD not in str(made)
    assert signs_in(url)
    assert [a["login"] for a in answer("account", "list")] == ["trang-dinh"]
    assert "UBND huyện Tràng Định" in ioc("account", "list").stdout

    changed = answer("account", "rights", "trang-dinh", "--all-areas", "--organisation", "000.00.11.H37")
    assert (changed["area"], changed["organisations"]) == (None, ["000.00.11.H37"])
    assert changed["fields"] == ["press", "feedback"]
    moved = answer("account", "rights", "trang-dinh", "--province", "H59", "--all-fields")
    assert (moved["province"], moved["organisations"], moved["fields"]) == ("H59", None, None)
    everything = answer("account", "rights", "trang-dinh", "--all-provinces", "--role", "admin")
    assert (everything["province"], everything["role"]) == (None, "admin")

    assert answer("account", "end-sessions", "trang-dinh") == {"login": "trang-dinh", "ended": 1}
    answer("account", "disable", "trang-dinh")
    assert not signs_in(url)
    assert "State: disabled" in ioc("account", "show", "trang-dinh").stdout
    answer("account", "enable", "trang-dinh")
    assert answer("account", "password", "trang-dinh", said="mật-khẩu-mới-2023\n") == {"login": "trang-dinh"}
    assert not signs_in(url)
    assert signs_in(url, password="mật-khẩu-mới-2023")


def test_passwords_are_never_taken_from_arguments(url: str) -> None:
    assert ioc("account", "add", "a-login", "--name", "x", "--password", PASSWORD).exit_code == 2
    assert ioc("account", "password", "a-login", PASSWORD).exit_code == 2
    assert "as the first line of stdin" in fault("account", "add", "a-login", "--name", "x")
    assert "12 to 256 characters" in fault("account", "add", "a-login", "--name", "x", said="short\n")
    assert answer("account", "list") == []
    assert answer("account", "add", "a-login", "--name", "x", "--without-password")["has_password"] is False


def test_a_wrong_word_is_told_in_the_language_of_who_asks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    add()
    assert fault("account", "show", "trang-din") == "there is no account 'trang-din'; there is trang-dinh"
    assert "there is no role 'chief'; there is viewer" in fault("account", "rights", "trang-dinh", "--role", "chief")
    assert "already belongs to another account" in fault("account", "add", "trang-dinh", "--name", "x", said=PASSWORD)
    both = ioc("account", "rights", "trang-dinh", "--area", "180", "--all-areas")
    assert both.exit_code == 2
    monkeypatch.setenv("IOC_LANG", "vi")
    assert fault("account", "show", "trang-din") == "Không có tài khoản 'trang-din'; có: trang-dinh"
    assert "Địa bàn: toàn tỉnh" in ioc("account", "show", "trang-dinh").stdout


def test_a_database_of_before_is_told_to_be_migrated(
    postgres: Postgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", postgres.database(migrated=False))
    assert "run `ioc db migrate`" in fault("account", "list")


def test_many_accounts_come_from_one_file(url: str, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    rows = [f"don-vi-{n},Đơn vị {n},department,,000.00.11.H37;000.00.12.H37,press" for n in range(84)]
    rows += ["trang-dinh,Huyện Tràng Định,department,180,,", '"lanh-dao","Chủ tịch, các phó chủ tịch",viewer,,,']
    file.write_text(HEADER + "\n".join(rows), "utf-8-sig")

    made = answer("account", "import", str(file))
    assert len(made) == 86
    assert {one["password"] for one in made} == {None}
    listed = {one["login"]: one for one in answer("account", "list")}
    assert listed["don-vi-7"]["organisations"] == ["000.00.11.H37", "000.00.12.H37"]
    assert listed["trang-dinh"]["area"] == "180 Huyện Tràng Định"
    assert listed["lanh-dao"]["name"] == "Chủ tịch, các phó chủ tịch"


def test_initial_passwords_are_told_once_with_the_accounts(url: str, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(HEADER + "one-office,Một,viewer,,,\nother-office,Khác,viewer,,,\n", "utf-8")
    result = ioc("account", "import", str(file), "--initial-passwords")
    told = dict(line.split(",") for line in result.stdout.splitlines())
    assert set(told) == {"one-office", "other-office"}
    assert signs_in(url, "one-office", told["one-office"])
    assert not signs_in(url, "one-office", told["other-office"])
    assert answer("account", "show", "one-office")["password_changed_at"] is None


def test_a_file_with_faults_makes_no_account_and_names_every_line(url: str, tmp_path: Path) -> None:
    add()
    file = tmp_path / "accounts.csv"
    file.write_text(
        HEADER
        + "good,Tốt,viewer,,,\n"
        + "trang-dinh,Đã có,viewer,,,\n"
        + "bad role,Sai,viewer,,,\n"
        + "chief,Sai,chief,,,\n"
        + "nowhere,Sai,viewer,99999,,\n"
        + "org,Sai,viewer,,000.00.11.H99,\n"
        + "field,Sai,viewer,,,press;pres\n"
        + "few,Sai,viewer\n"
        + ",Sai,viewer,,,\n"
        + "nameless,,viewer,,,\n"
        + "good,Lặp,viewer,,,\n"
        + "GOOD,Lặp,viewer,,,\n",
        "utf-8",
    )
    told = fault("account", "import", str(file)).splitlines()
    assert [re.findall(r"accounts\.csv, (line \d+)", line) for line in told] == [[f"line {n}"] for n in range(3, 14)]
    assert told[0].endswith("there is an account 'trang-dinh' already")
    assert told[-2].endswith("column login: good is on line 2 already; keep one")
    assert told[-1].endswith("column login: good is on line 2 already; keep one")
    assert [a["login"] for a in answer("account", "list")] == ["trang-dinh"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"login,role\nx,viewer\n",
            "line 1: columns are 'login,role', must be 'login,name,role,area,organi",
        ),
        (b"", "line 1: columns are '', must be"),
        ("login,tên".encode("utf-16"), "not UTF-8 at byte 0; save it as UTF-8"),
    ],
)
def test_what_is_no_file_of_accounts_is_told(url: str, tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "accounts.csv"
    file.write_bytes(content)
    assert told in fault("account", "import", str(file))
    assert "cannot be read" in fault("account", "import", "absent.csv")


def test_a_key_is_shown_once_listed_and_revoked(url: str) -> None:
    add()
    shown = ioc("key", "add", "trang-dinh", "--name", "Grafana", "--scope", "read", "--scope", "export", "--days", "30")
    secret = shown.stdout.strip()
    assert "shown only this once" in shown.stderr
    with connect(url, "accounts") as connection:
        who = keys.recognise(connection, secret)
    assert who is not None
    assert who.scopes == {"read", "export"}

    [listed] = answer("key", "list")
    assert secret.startswith(listed["prefix"])
    assert secret not in ioc("key", "list").stdout
    assert answer("key", "revoke", listed["prefix"]) == {"revoked": listed["prefix"]}
    with connect(url, "accounts") as connection:
        assert keys.recognise(connection, secret) is None
    assert "no API key has that prefix" in fault("key", "revoke", "ioc_nothing")


def test_a_bi_login_is_made_with_the_accounts_rights(postgres: Postgres, url: str) -> None:
    add("trang-dinh", "--area", "180")
    made = answer("account", "bi", "trang-dinh", "--role", "power_bi", said=f"{PASSWORD}\n")
    assert made == {"login": "trang-dinh", "db_role": "power_bi", "sql_for_administrator": None}
    database = url.rpartition("/")[2]
    try:
        with connect(postgres.named(database, "power_bi", PASSWORD), "owner") as tool:
            assert tool.execute("select province from serving_bi.provinces").fetchall() == [("H37",)]
        assert "rights beyond" in fault("account", "bi", "trang-dinh", "--role", "ioc_reader", said=f"{PASSWORD}\n")
        assert accounts_role(url) == "power_bi"
    finally:
        with connect(url, "owner") as owner:
            owner.execute("drop owned by power_bi; drop role power_bi")


def accounts_role(url: str) -> str | None:
    with connect(url, "accounts") as connection:
        return directory.find(connection, "trang-dinh").db_role


def test_an_account_is_made_even_if_nobody_reads_what_is_said_of_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `ioc account add … | head -1`."""

    def closed(*_: Any) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("ioc.account._show", closed)
    ioc("account", "add", "trang-dinh", "--name", "UBND huyện Tràng Định", said=f"{PASSWORD}\n")
    assert signs_in(url)
