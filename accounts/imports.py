"""Many accounts at once, from a CSV file: all of them, or none and every error with its line."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from accounts import directory, passwords
from accounts.account_roles import Role, check_role
from accounts.caller import Connection
from accounts.rights import Limits, find_limits
from hub.errors import Abort, InvalidAccount
from hub.tables import CsvRow, LineFault, Word, examine, told
from hub.translation import msg


class AccountRow(CsvRow):
    """A line of the file. Lists are separated by semicolons; an empty area, organisations or fields means all."""

    login: Word
    name: Word
    role: Word
    area: str
    organisations: str
    fields_: str = Field(alias="fields")


@dataclass(frozen=True)
class ImportedAccount:
    """An account that was created; its initial password is shown once and stored nowhere."""

    login: str
    name: str
    role: Role
    password: str | None


@dataclass(frozen=True)
class _Account:
    login: str
    name: str
    role: Role
    limits: Limits


def import_accounts(
    connection: Connection, file: Path, province: str, *, with_passwords: bool
) -> list[ImportedAccount]:
    """Create the accounts of `file` for a province; the caller commits.

    Without passwords they sign in through the identity provider, or once a password is set. Raises InvalidAccount with
    all errors of the file, line by line; then nothing was written.
    """
    made = []
    for new in _read(connection, file, province):
        password = passwords.initial() if with_passwords else None
        directory.create(connection, new.login, new.name, new.role, new.limits, password)
        made.append(ImportedAccount(new.login, new.name, new.role, password))
    return made


def _read(connection: Connection, file: Path, province: str) -> list[_Account]:
    taken = {login for (login,) in connection.execute("select login from access.account")}
    lines_of: dict[str, int] = {}
    found = []
    try:
        lines, faults = examine(file, AccountRow, ("login",))
    except Abort as error:
        raise InvalidAccount(error) from None
    for line in lines:
        try:
            new = _account(connection, line.row, province)
        except InvalidAccount as fault:
            faults.append(LineFault(line.number, None, fault))
            continue
        first = lines_of.setdefault(new.login, line.number)  # as it is kept: in small letters
        if new.login in taken:
            there = msg("there is an account {login!r} already", login=new.login)
            faults.append(LineFault(line.number, "login", there))
        elif first != line.number:
            twice = msg("{identity} is on line {line} already; keep one", identity=new.login, line=first)
            faults.append(LineFault(line.number, "login", twice))
        found.append(new)
    if faults:
        raise InvalidAccount(told(file, *sorted(faults, key=lambda fault: fault.line)))
    return found


def _account(connection: Connection, row: AccountRow, province: str) -> _Account:
    organisations, fields = _codes(row.organisations), _codes(row.fields_)
    limits = find_limits(connection, province, row.area or None, organisations, fields)
    return _Account(directory.check_login(row.login), row.name, check_role(row.role), limits)


def _codes(text: str) -> list[str] | None:
    return [one.strip() for one in text.split(";")] if text else None
