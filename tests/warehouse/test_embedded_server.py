"""The embedded server: idempotent, raced, killed, moved, and never with its password in sight."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy.engine import make_url

from hub.errors import Abort
from tests.files import open_to_all
from tests.postgres import BINARIES, FAST, server_folder
from warehouse import embedded_server
from warehouse.database import connect

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def state() -> Iterator[Path]:
    with server_folder("server") as folder:
        yield folder


def start(state: Path) -> str:
    return embedded_server.start(state, settings=FAST)


def pid(state: Path) -> int:
    number = embedded_server.status(state).pid
    assert number is not None
    return number


def test_starting_twice_leaves_one_server_and_one_address(state: Path) -> None:
    url = start(state)
    first = pid(state)

    assert start(state) == url
    assert pid(state) == first


def test_callers_who_race_get_the_same_server(state: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from warehouse.embedded_server import start;"
        " print(start(Path(sys.argv[1])))"
    )
    callers = [
        subprocess.Popen([sys.executable, "-c", code, str(state)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    urls = {caller.communicate(timeout=60)[0].strip() for caller in callers}

    assert urls == {start(state)}


def test_data_survive_kill_9_of_the_server(state: Path) -> None:
    with connect(embedded_server.start(state), "owner") as connection:  # with default durability
        connection.execute("create table kept as select 42 as answer")
        connection.commit()
    os.kill(pid(state), signal.SIGKILL)

    with connect(embedded_server.start(state), "owner") as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_the_server_outlives_its_starter(state: Path) -> None:
    code = "import sys; from pathlib import Path; from warehouse.embedded_server import start; start(Path(sys.argv[1]))"
    starter = subprocess.run([sys.executable, "-c", code, str(state)], check=True, start_new_session=True)

    assert starter.returncode == 0
    assert os.getsid(pid(state)) == pid(state)


def test_a_pid_file_that_names_another_living_process_is_not_believed(state: Path) -> None:
    start(state)
    data = embedded_server.status(state).data
    embedded_server.stop(state)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

    assert not embedded_server.status(state).running
    start(state)
    assert embedded_server.status(state).running
    assert psutil.pid_exists(os.getpid())


def test_a_taken_port_makes_it_choose_another(state: Path) -> None:
    start(state)
    port = embedded_server.status(state).port
    embedded_server.stop(state)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        url = start(state)

    assert make_url(url).port != port
    with connect(url, "owner") as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_stopping_tells_whether_there_was_anything_to_stop(state: Path) -> None:
    start(state)

    assert embedded_server.stop(state)
    assert not embedded_server.stop(state)
    assert not embedded_server.status(state).running


def test_only_loopback_and_only_with_the_password(state: Path) -> None:
    url = make_url(start(state))
    listening = psutil.Process(pid(state)).net_connections("all")

    assert {c.laddr.ip for c in listening if c.family != socket.AF_UNIX and c.status == psutil.CONN_LISTEN} == {
        "127.0.0.1"
    }
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=url.port, user=url.username, password="guess", dbname=url.database)


def test_a_login_of_a_bi_tool_gets_into_no_other_database(state: Path) -> None:
    """Airflow's own lies beside the hub's, and its scheduler waits for locks that every login may take."""
    start(state)
    with connect(embedded_server.create_database(state, "airflow"), "owner") as connection:
        rows = connection.execute(
            "select datname from pg_database where datallowconn"
            " and has_database_privilege('public', oid, 'connect, temporary')"
        )
        assert rows.fetchall() == []


def test_the_password_is_in_one_file_of_the_owners_alone(state: Path) -> None:
    password = make_url(start(state)).password
    assert password is not None
    assert stat.S_IMODE((state / "postgres" / "password").stat().st_mode) == 0o600

    others = [path for path in state.rglob("*") if path.is_file() and path.name != "password"]
    assert len(others) > 100
    assert not [path for path in others if password.encode() in path.read_bytes()]
    assert password not in (embedded_server.status(state).address or "")
    assert not [p for p in psutil.process_iter(["cmdline"]) if password in " ".join(p.info["cmdline"] or [])]


def test_nothing_of_the_server_is_for_everybody(state: Path) -> None:
    before = os.umask(0)
    try:
        start(state / "new" / "state")
    finally:
        os.umask(before)
    try:
        assert len(list(state.rglob("*"))) > 100
        assert open_to_all(state) == []
        assert stat.S_IMODE((state / "new" / "state" / "postgres" / "server.log").stat().st_mode) == 0o640
    finally:
        embedded_server.stop(state / "new" / "state")


def test_data_of_another_version_are_refused_with_a_way_out(state: Path) -> None:
    embedded_server.start(state, binaries=BINARIES["16"], settings=FAST)
    embedded_server.stop(state)

    with pytest.raises(Abort, match=r"made by PostgreSQL 16, this is 18: dump it"):
        start(state)


def test_a_lost_password_is_told(state: Path) -> None:
    start(state)
    embedded_server.stop(state)
    (state / "postgres" / "password").unlink()

    with pytest.raises(Abort, match="password is missing"):
        start(state)


def test_a_faulty_setting_ends_in_one_line(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_server, "_PATIENCE", 0)

    with pytest.raises(Abort, match=r"does not start: .*shared_buffers.*; see .*server\.log") as caught:
        embedded_server.start(state, settings={"shared_buffers": "nonsense"})
    assert "\n" not in str(caught.value)


def test_a_state_folder_that_cannot_be_made_is_told(state: Path) -> None:
    (state / "file").write_text("")

    with pytest.raises(Abort, match="set IOC_STATE"):
        embedded_server.start(state / "file" / "state")


def test_further_databases_are_made_once(state: Path) -> None:
    start(state)
    url = embedded_server.create_database(state, "airflow")

    assert embedded_server.create_database(state, "airflow") == url
    with connect(url, "owner") as connection:
        assert connection.execute("select current_database()").fetchone() == ("airflow",)


if AS_ROOT:

    def test_where_the_servers_user_may_not_enter_data_and_programs_go_elsewhere(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: Path
    ) -> None:
        monkeypatch.setattr("warehouse.server_user.SHARED", state / "shared")
        closed = tmp_path / "home-of-root"
        closed.mkdir(mode=0o700)
        package = BINARIES["18"].parent.parent
        shutil.copytree(package / "pginstall18", closed / package.name / "pginstall18", symlinks=True)
        shutil.copytree(package.parent / f"{package.name}.libs", closed / f"{package.name}.libs")
        programs = closed / package.name / "pginstall18" / "bin"

        try:
            url = embedded_server.start(closed, binaries=programs, settings=FAST)
            with connect(url, "owner") as connection:
                assert connection.execute("select 1").fetchone() == (1,)
            found = embedded_server.status(closed)
            assert found.running
            assert (state / "shared") in found.data.parents
            assert embedded_server.start(closed, binaries=programs, settings=FAST) == url
        finally:
            embedded_server.stop(closed)

    def test_the_server_never_runs_as_root(state: Path) -> None:
        start(state)

        assert psutil.Process(pid(state)).uids().effective != 0
