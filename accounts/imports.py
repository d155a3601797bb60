"""Many accounts at once, from a CSV file: all of them, or none and every error with its line."""

import csv
from dataclasses import dataclass
from pathlib import Path

from accounts import directory, passwords
from accounts.account_roles import Role, check_role
from accounts.caller import Connection
from accounts.rights import Limits, find_limits
from hub.errors import InvalidAccount

COLUMNS = ("login", "name", "role", "area", "organisations", "fields")
"""Lists are separated by semicolons; an empty area, organisations or fields means all."""


@dataclass(frozen=True)
class ImportedAccount:
    """An account that was created; its initial password is shown once and stored nowhere."""

    login: str
    name: str
    role: Role
    password: str | None


@dataclass(frozen=True)
class _Line:
    number: int
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
    lines, errors = _read(connection, file, province)
    if errors:
        messages = [(f"{file.name}, dòng {n}: {e.vi}", f"{file.name}, line {n}: {e.en}") for n, e in errors]
        raise InvalidAccount("\n".join(vi for vi, _ in messages), "\n".join(en for _, en in messages))
    made = []
    for line in lines:
        password = passwords.initial() if with_passwords else None
        directory.create(connection, line.login, line.name, line.role, line.limits, password)
        made.append(ImportedAccount(line.login, line.name, line.role, password))
    return made


def _read(connection: Connection, file: Path, province: str) -> tuple[list[_Line], list[tuple[int, InvalidAccount]]]:
    try:
        reader = csv.DictReader(file.read_text("utf-8-sig").splitlines(), strict=True)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidAccount(f"Không đọc được {file}: {error}", f"{file} cannot be read as UTF-8: {error}") from None
    if tuple(reader.fieldnames or ()) != COLUMNS:
        listed = ",".join(COLUMNS)
        raise InvalidAccount(
            f"{file.name}, dòng 1: các cột phải là {listed}", f"{file.name}, line 1: columns must be {listed}"
        )
    taken = {login: 0 for (login,) in connection.execute("select login from access.account")}
    lines: list[_Line] = []
    errors: list[tuple[int, InvalidAccount]] = []
    try:
        for row in reader:
            try:
                line = _line(connection, reader.line_num, row, province)
                if line.login in taken:
                    raise _repeated(line.login, taken[line.login])
                taken[line.login] = line.number
                lines.append(line)
            except InvalidAccount as error:
                errors.append((reader.line_num, error))
    except csv.Error as error:
        errors.append((reader.line_num, InvalidAccount(f"không phải CSV: {error}", f"is not CSV: {error}")))
    return lines, errors


def _line(connection: Connection, number: int, row: dict[str | None, str | None], province: str) -> _Line:
    if None in row or None in row.values():
        raise InvalidAccount(
            f"phải có {len(COLUMNS)} giá trị; giá trị có dấu phẩy phải đặt trong ngoặc kép",
            f"must have {len(COLUMNS)} values; quote values that hold a comma",
        )
    values = {column: str(row[column]).strip() for column in COLUMNS}
    if not values["name"]:
        raise InvalidAccount("thiếu name", "name is missing")
    organisations, fields = _codes(values["organisations"]), _codes(values["fields"])
    limits = find_limits(connection, province, values["area"] or None, organisations, fields)
    return _Line(number, directory.check_login(values["login"]), values["name"], check_role(values["role"]), limits)


def _codes(text: str) -> list[str] | None:
    return [one.strip() for one in text.split(";")] if text else None


def _repeated(login: str, line: int) -> InvalidAccount:
    if not line:
        return InvalidAccount(f"tài khoản {login!r} đã có", f"the account {login!r} already exists")
    return InvalidAccount(f"{login!r} đã có ở dòng {line}", f"{login!r} is already on line {line}")
