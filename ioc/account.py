"""`ioc account`: accounts of the screens and the read API, and their rights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from accounts.account_roles import ROLES, check_role
from ioc.account_access import access, listed, plain, read_password
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.reader import reader_settings
from ioc.texts import say

if TYPE_CHECKING:
    from accounts.directory import Account

app = App("Tài khoản và quyền / accounts and their rights")

_ROLES = ", ".join(ROLES)
Login = Annotated[str, typer.Argument(help="Tên đăng nhập / login")]
Province = Annotated[
    str | None, typer.Option(help="Mã tỉnh, mặc định của cài đặt / province, by default the installation's")
]
Area = Annotated[
    str | None,
    typer.Option(help="Mã địa bàn, gồm cấp dưới; MÃ@NGÀY: địa bàn cũ / area with all below; CODE@DAY: a former one"),
]
Organisation = Annotated[
    list[str] | None, typer.Option("--organisation", help="Mã đơn vị, lặp lại được / organisation, may be repeated")
]
Field = Annotated[list[str] | None, typer.Option("--field", help="Mã lĩnh vực, lặp lại được / field, may be repeated")]
Role = Annotated[str | None, typer.Option(help=f"Vai trò: {_ROLES} / role: {_ROLES}")]
Subject = Annotated[
    str | None, typer.Option(help="Mã người dùng ở nhà cung cấp định danh / subject at the identity provider")
]
AllProvinces = Annotated[bool, typer.Option("--all-provinces", help="Mọi tỉnh / every province")]
AsJson = Annotated[bool, Json]


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Tên đơn vị, chức danh sử dụng / department or position that uses it")],
    role: Role = "viewer",
    province: Province = None,
    all_provinces: AllProvinces = False,
    area: Area = None,
    organisation: Organisation = None,
    field: Field = None,
    oidc_subject: Subject = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="Không có mật khẩu / no password: identity provider only")
    ] = False,
    json: AsJson = False,
) -> None:
    """Tạo tài khoản; mật khẩu nhập khi được hỏi hoặc từ stdin / create an account; password from prompt or stdin."""
    from accounts import directory
    from accounts.rights import find_limits

    with access() as connection:
        limits = find_limits(
            connection,
            None if all_provinces else province or reader_settings().province,
            area,
            organisation or None,
            field or None,
        )
        known = check_role(role or "viewer")
        password = None if without_password else read_password(directory.check_login(login))
        directory.create(connection, login, name, known, limits, password, oidc_subject)
        made = directory.find(connection, login)
    _show(made, json)


@app.command("list")
def list_(json: AsJson = False) -> None:
    """Liệt kê tài khoản / list the accounts."""
    from accounts import directory

    with access() as connection:
        every = directory.every(connection)
    if json:
        print_json([plain(account) for account in every])
        return
    print_table(
        say("Tài khoản", "Accounts"),
        {
            "login": say("đăng nhập", "login"),
            "name": say("tên", "name"),
            "role": say("vai trò", "role"),
            "province": say("tỉnh", "province"),
            "area": say("địa bàn", "area"),
            "organisations": say("đơn vị", "organisations"),
            "fields": say("lĩnh vực", "fields"),
            "sessions": say("phiên", "sessions"),
            "state": say("trạng thái", "state"),
        },
        [_row(account) for account in every],
    )


@app.command()
def show(login: Login, json: AsJson = False) -> None:
    """Xem một tài khoản / show one account."""
    from accounts import directory

    with access() as connection:
        account = directory.find(connection, login)
    _show(account, json)


@app.command()
def rights(
    login: Login,
    role: Role = None,
    province: Province = None,
    area: Area = None,
    organisation: Organisation = None,
    field: Field = None,
    all_provinces: AllProvinces = False,
    all_areas: Annotated[bool, typer.Option("--all-areas", help="Toàn tỉnh / the whole province")] = False,
    all_organisations: Annotated[
        bool, typer.Option("--all-organisations", help="Mọi đơn vị / every organisation")
    ] = False,
    all_fields: Annotated[bool, typer.Option("--all-fields", help="Mọi lĩnh vực / every field")] = False,
    oidc_subject: Subject = None,
    json: AsJson = False,
) -> None:
    """Đổi quyền, có hiệu lực ngay; quyền không nêu thì giữ nguyên / change rights immediately; those not given stay."""
    from dataclasses import replace

    from accounts import directory
    from accounts.rights import Limits, find_limits

    for flag, value, name in (
        (all_provinces, province or area or organisation, "province"),
        (all_areas, area, "area"),
        (all_organisations, organisation, "organisation"),
        (all_fields, field, "field"),
    ):
        if flag and value:
            raise typer.BadParameter(f"--all-{name}s + --{name}: {say('chọn một', 'give one of them')}")
    with access() as connection:
        account = directory.find(connection, login)
        limits = directory.limits_of(connection, account)
        moved = all_provinces or (province is not None and province != account.province)
        if moved:  # areas and organisations are those of the province
            limits = replace(limits, area_id=None, organisations=None)
        home = None if all_provinces else province or account.province
        given = find_limits(connection, home, area, organisation or None, field or None)
        limits = Limits(
            given.province_id,
            given.area_id if area or all_areas else limits.area_id,
            given.organisations if organisation or all_organisations else limits.organisations,
            given.fields if field or all_fields else limits.fields,
        )
        directory.set_rights(connection, account, check_role(role or account.role), limits)
        if oidc_subject is not None:
            directory.set_subject(connection, account, oidc_subject or None)
        changed = directory.find(connection, login)
    _show(changed, json)


@app.command()
def password(login: Login, json: AsJson = False) -> None:
    """Đặt lại mật khẩu; mọi phiên kết thúc / set a new password; all sessions end."""
    from accounts import directory

    with access() as connection:
        account = directory.find(connection, login)
        directory.set_password(connection, account, read_password(account.login), by_user=False)
    _done(json, {"login": account.login}, "Đã đặt mật khẩu, các phiên đã kết thúc.", "Password set, sessions ended.")


@app.command()
def disable(login: Login, json: AsJson = False) -> None:
    """Khoá tài khoản ngay: phiên, khoá API, đăng nhập BI / disable an account now: sessions, API keys, BI login."""
    from accounts import directory

    with access() as connection:
        account = directory.find(connection, login)
        directory.disable(connection, account)
    _done(
        json, {"login": account.login, "disabled": True}, f"Đã khoá {account.login}.", f"{account.login} is disabled."
    )


@app.command()
def enable(login: Login, json: AsJson = False) -> None:
    """Mở khoá tài khoản / enable an account again."""
    from accounts import directory

    with access() as connection:
        account = directory.find(connection, login)
        directory.enable(connection, account)
    _done(json, {"login": account.login, "disabled": False}, f"Đã mở khoá {login}.", f"{login} is enabled.")


@app.command("end-sessions")
def end_sessions(login: Login, json: AsJson = False) -> None:
    """Kết thúc mọi phiên của tài khoản / end every session of the account."""
    from accounts import directory, sessions

    with access() as connection:
        account = directory.find(connection, login)
        ended = sessions.end_all(connection, account.account_id)
    _done(json, {"login": account.login, "ended": ended}, f"Đã kết thúc {ended} phiên.", f"{ended} sessions ended.")


@app.command()
def bi(
    login: Login,
    role: Annotated[str, typer.Option("--role", help="Đăng nhập ở cơ sở dữ liệu / login at the database")],
    without_password: Annotated[
        bool, typer.Option("--without-password", help="Giữ mật khẩu đã có / the login already has its password")
    ] = False,
    json: AsJson = False,
) -> None:
    """Cho công cụ BI đọc bằng SQL với quyền của tài khoản / let a BI tool read by SQL with the account's rights."""
    from accounts import bi_logins, directory

    with access("owner") as connection:
        account = directory.find(connection, login)
        secret = None if without_password else read_password(role)
        statements = bi_logins.prepare(connection, role, secret)
        directory.set_db_role(connection, account, role)
    if json:
        print_json({"login": account.login, "db_role": role, "sql_for_administrator": statements})
    elif statements is None:
        typer.echo(say(f"{role} đọc serving.* với quyền của {login}.", f"{role} reads serving.* as {login} may."))
    else:
        err.print(
            say(
                "Cài đặt này không được tạo đăng nhập; người quản trị cơ sở dữ liệu cần chạy:",
                "This installation may not create logins; ask the database administrator to run:",
            )
        )
        typer.echo(statements)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: login,name,role,area,organisations,fields")],
    province: Province = None,
    initial_passwords: Annotated[
        bool, typer.Option("--initial-passwords", help="Tạo và in mật khẩu ban đầu / create and print passwords")
    ] = False,
    json: AsJson = False,
) -> None:
    """Tạo nhiều tài khoản: tất cả hoặc không / create many accounts: all of them or none."""
    from accounts.imports import import_accounts

    with access() as connection:
        home = province or reader_settings().province
        made = import_accounts(connection, file, home, with_passwords=initial_passwords)
    if json:
        print_json([plain(one) for one in made])
        return
    err.print(say(f"Đã tạo {len(made)} tài khoản.", f"{len(made)} accounts created."))
    if initial_passwords:
        for one in made:
            typer.echo(f"{one.login},{one.password}")


def _row(account: "Account") -> dict[str, Any]:
    return plain(account) | {
        "province": account.province or listed(None),
        "area": account.area or say("toàn tỉnh", "whole province"),
        "organisations": listed(account.organisations),
        "fields": listed(account.fields),
        "state": say("đã khoá", "disabled") if account.disabled_at else say("hoạt động", "enabled"),
    }


def _show(account: "Account", json: bool) -> None:
    if json:
        print_json(plain(account))
        return
    row = _row(account)
    labels = {
        "login": ("Đăng nhập", "Login"),
        "name": ("Tên", "Name"),
        "role": ("Vai trò", "Role"),
        "province": ("Tỉnh", "Province"),
        "area": ("Địa bàn", "Area"),
        "organisations": ("Đơn vị", "Organisations"),
        "fields": ("Lĩnh vực", "Fields"),
        "db_role": ("Đăng nhập BI", "BI login"),
        "oidc_subject": ("Mã OIDC", "OIDC subject"),
        "sessions": ("Phiên đang mở", "Open sessions"),
        "state": ("Trạng thái", "State"),
    }
    for key, label in labels.items():
        if row[key] is not None:
            typer.echo(f"{say(*label)}: {row[key]}")


def _done(json: bool, data: dict[str, Any], vi: str, en: str) -> None:
    if json:
        print_json(data)
    else:
        typer.echo(say(vi, en))
