"""`ioc account`: accounts of the screens and the read API, and their rights."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from accounts.account_roles import ROLES, check_role
from hub.texts import shown_in_line
from hub.translation import N_, Wording, msg
from ioc.account_access import access, listed, plain, read_password
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table, print_text
from ioc.reader import reader_settings
from ioc.texts import say

if TYPE_CHECKING:
    from accounts.directory import Account

app = App(N_("Accounts and their rights"))

_ROLES = "|".join(ROLES)
Login = Annotated[str, typer.Argument(help=N_("Login"))]
Province = Annotated[str | None, typer.Option(help=N_("Province, by default the installation's"))]
Area = Annotated[
    str | None,
    typer.Option(help=N_("Area with all below; CODE@DAY: a former one")),
]
Organisation = Annotated[list[str] | None, typer.Option("--organisation", help=N_("Organisation, may be repeated"))]
Field = Annotated[list[str] | None, typer.Option("--field", help=N_("Field, may be repeated"))]
Role = Annotated[str | None, typer.Option(metavar=_ROLES, help=N_("Role"))]
Subject = Annotated[str | None, typer.Option(help=N_("Subject at the identity provider"))]
AllProvinces = Annotated[bool, typer.Option("--all-provinces", help=N_("Every province"))]
AsJson = Annotated[bool, Json]


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help=N_("Department or position that uses it"))],
    role: Role = "viewer",
    province: Province = None,
    all_provinces: AllProvinces = False,
    area: Area = None,
    organisation: Organisation = None,
    field: Field = None,
    oidc_subject: Subject = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help=N_("No password: identity provider only"))
    ] = False,
    json: AsJson = False,
) -> None:
    """Create an account; password from prompt or stdin."""
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
    """List the accounts."""
    from accounts import directory

    with access() as connection:
        every = directory.every(connection)
    if json:
        print_json([plain(account) for account in every])
        return
    print_table(
        say("Accounts"),
        {
            "login": say("login"),
            "name": say("name"),
            "role": say("role"),
            "province": say("province"),
            "area": say("area"),
            "organisations": say("organisations"),
            "fields": say("fields"),
            "sessions": say("sessions"),
            "state": say("state"),
        },
        [_row(account) for account in every],
    )


@app.command()
def show(login: Login, json: AsJson = False) -> None:
    """Show one account."""
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
    all_areas: Annotated[bool, typer.Option("--all-areas", help=N_("The whole province"))] = False,
    all_organisations: Annotated[bool, typer.Option("--all-organisations", help=N_("Every organisation"))] = False,
    all_fields: Annotated[bool, typer.Option("--all-fields", help=N_("Every field"))] = False,
    oidc_subject: Subject = None,
    json: AsJson = False,
) -> None:
    """Change rights immediately; those not given stay."""
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
            raise typer.BadParameter(say("--all-{name}s and --{name}: give one of them", name=name))
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
    """Set a new password; all sessions end."""
    from accounts import directory

    with access() as connection:
        account = directory.find(connection, login)
        directory.set_password(connection, account, read_password(account.login), by_user=False)
    _done(json, {"login": account.login}, msg("Password set, sessions ended."))


@app.command()
def disable(login: Login, json: AsJson = False) -> None:
    """Disable an account now: sessions, API keys, BI login."""
    from accounts import bi_logins, directory

    with access() as connection:
        account = directory.find(connection, login)
        directory.disable(connection, account)
        connection.commit()
        refused = bi_logins.settle(connection)
    _tell_refused(refused)
    _done(json, {"login": account.login, "disabled": True}, msg("{login} is disabled.", login=account.login))


@app.command()
def enable(login: Login, json: AsJson = False) -> None:
    """Enable an account again."""
    from accounts import bi_logins, directory

    with access() as connection:
        account = directory.find(connection, login)
        directory.enable(connection, account)
        connection.commit()
        refused = bi_logins.settle(connection)
    _tell_refused(refused)
    _done(json, {"login": account.login, "disabled": False}, msg("{login} is enabled.", login=login))


def _tell_refused(logins: list[str]) -> None:
    for login in logins:
        err.print(
            say(
                "The BI login {login} belongs to an administrator of the database, who has to close or open it: alter"
                " role … nologin or login",
                login=login,
            )
        )


@app.command("end-sessions")
def end_sessions(login: Login, json: AsJson = False) -> None:
    """End every session of the account."""
    from accounts import directory

    with access() as connection:
        account = directory.find(connection, login)
        ended = directory.end_sessions(connection, account)
    _done(json, {"login": account.login, "ended": ended}, msg("{ended} sessions ended.", ended=ended))


@app.command()
def bi(
    login: Login,
    role: Annotated[str, typer.Option("--role", help=N_("Login at the database"))],
    without_password: Annotated[
        bool, typer.Option("--without-password", help=N_("The login already has its password"))
    ] = False,
    json: AsJson = False,
) -> None:
    """Let a BI tool read by SQL with the account's rights."""
    from accounts import bi_logins, directory

    with access("owner") as connection:
        account = directory.find(connection, login)
        secret = None if without_password else read_password(role)
        statements = bi_logins.prepare(connection, role, secret)
        directory.set_db_role(connection, account, role)
        connection.commit()
        bi_logins.settle(connection)  # a disabled account's login is closed
    if json:
        print_json({"login": account.login, "db_role": role, "sql_for_administrator": statements})
    elif statements is None:
        print_text(say("{role} reads serving_bi.* as {login} may.", role=role, login=login))
    else:
        err.print(say("This installation may not create logins; ask the database administrator to run:"))
        print_text(statements)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: login,name,role,area,organisations,fields")],
    province: Province = None,
    initial_passwords: Annotated[
        bool, typer.Option("--initial-passwords", help=N_("Create and print passwords"))
    ] = False,
    json: AsJson = False,
) -> None:
    """Create many accounts: all of them or none."""
    from accounts.imports import import_accounts

    with access() as connection:
        home = province or reader_settings().province
        made = import_accounts(connection, file, home, with_passwords=initial_passwords)
    if json:
        print_json([plain(one) for one in made])
        return
    err.print(say("{count} accounts created.", count=len(made)))
    if initial_passwords:
        for one in made:
            print_text(f"{one.login},{one.password}")


def _row(account: "Account") -> dict[str, Any]:
    return plain(account) | {
        "province": account.province or listed(None),
        "area": account.area or say("whole province"),
        "organisations": listed(account.organisations),
        "fields": listed(account.fields),
        "state": say("disabled") if account.disabled_at else say("enabled"),
    }


def _show(account: "Account", json: bool) -> None:
    if json:
        print_json(plain(account))
        return
    row = _row(account)
    labels = {
        "login": msg("Login"),
        "name": msg("Name"),
        "role": msg("Role"),
        "province": msg("Province"),
        "area": msg("Area"),
        "organisations": msg("Organisations"),
        "fields": msg("Fields"),
        "db_role": msg("BI login"),
        "oidc_subject": msg("OIDC subject"),
        "sessions": msg("Open sessions"),
        "state": msg("State"),
    }
    for key, label in labels.items():
        if row[key] is not None:
            print_text(f"{say(label)}: {shown_in_line(str(row[key]))}")


def _done(json: bool, data: dict[str, Any], message: Wording) -> None:
    if json:
        print_json(data)
    else:
        print_text(say(message))
