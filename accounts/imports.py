"""Many accounts at once, from a CSV file: all of them, or none and every fault with its line."""

import csv
from dataclasses import dataclass
from pathlib import Path

from accounts import accounts, passwords
from accounts.rights import Connection, Limits, Role, check_role, find_limits
from hub.errors import InvalidAccount

COLUMNS = ("login", "name", "role", "area", "organisations", "fields")
"""Lists are separated by semicolons; an empty area, organisations or fields means all."""


@dataclass(frozen=True)
class Imported:
    """An account that was made; its initial password is told once and kept nowhere."""

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


def import_accounts(connection: Connection, file: Path, province: str, *, with_passwords: bool) -> list[Imported]:
    """Make the accounts of `file` for a province; the caller commits.

    Without passwords they sign in through the identity provider, or once a password is set. Raises InvalidAccount with
    all faults of the file, line by line; nothing was written then.
    """
    lines, faults = _read(connection, file, province)
    if faults:
        told = [(f"{file.name}, dòng {n}: {f.vi}", f"{file.name}, line {n}: {f.en}") for n, f in faults]
        raise InvalidAccount("\n".join(vi for vi, _ in told), "\n".join(en for _, en in told))
    made = []
    for line in lines:
        password = passwords.initial() if with_passwords else None
        accounts.create(connection, line.login, line.name, line.role, line.limits, password)
        made.append(Imported(line.login, line.name, line.role, password))
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
    faults: list[tuple[int, InvalidAccount]] = []
    try:
        for row in reader:
            try:
                line = _line(connection, reader.line_num, row, province)
                if line.login in taken:
                    raise _repeated(line.login, taken[line.login])
                taken[line.login] = line.number
                lines.append(line)
            except InvalidAccount as fault:
                faults.append((reader.line_num, fault))
    except csv.Error as error:
        faults.append((reader.line_num, InvalidAccount(f"không phải CSV: {error}", f"no CSV: {error}")))
    return lines, faults


def _line(connection: Connection, number: int, row: dict[str | None, str | None], province: str) -> _Line:
    if None in row or None in row.values():
        raise InvalidAccount(
            f"phải có {len(COLUMNS)} giá trị; giá trị có dấu phẩy phải đặt trong ngoặc kép",
            f"must have {len(COLUMNS)} values; quote those that hold a comma",
        )
    said = {column: str(row[column]).strip() for column in COLUMNS}
    if not said["name"]:
        raise InvalidAccount("thiếu name", "name is missing")
    organisations, fields = _several(said["organisations"]), _several(said["fields"])
    limits = find_limits(connection, province, said["area"] or None, organisations, fields)
    return _Line(number, accounts.check_login(said["login"]), said["name"], check_role(said["role"]), limits)


def _several(text: str) -> list[str] | None:
    return [one.strip() for one in text.split(";")] if text else None


def _repeated(login: str, line: int) -> InvalidAccount:
    if not line:
        return InvalidAccount(f"tài khoản {login!r} đã có", f"there is an account {login!r} already")
    return InvalidAccount(f"{login!r} đã có ở dòng {line}", f"{login!r} is on line {line} already")
