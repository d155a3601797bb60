"""`ioc key`: API keys of machines and walls, within the rights of an account."""

from dataclasses import asdict
from typing import Annotated

import typer

from accounts.account_roles import KEY_SCOPES
from hub.translation import N_
from ioc.account_access import access, plain
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table, print_text
from ioc.texts import say

app = App(N_("API keys"))
_SCOPES = "|".join(KEY_SCOPES)
AsJson = Annotated[bool, Json]


@app.command()
def add(
    login: Annotated[str, typer.Argument(help=N_("Account whose rights the key has"))],
    name: Annotated[str, typer.Option(help=N_("System that uses the key"))],
    scope: Annotated[list[str], typer.Option("--scope", metavar=_SCOPES, help=N_("Scope"))] = ["read"],  # noqa: B006 - Typer copies it
    days: Annotated[int, typer.Option(help=N_("Days that the key is valid"))] = 365,
    json: AsJson = False,
) -> None:
    """Create an API key, shown only once."""
    from accounts import directory, keys

    with access() as connection:
        account = directory.find(connection, login)
        key = keys.create(connection, account.account_id, name, scope, days)
    if json:
        print_json({"key": key, "login": account.login, "name": name, "scopes": sorted(set(scope)), "days": days})
        return
    err.print(say("The API key, shown only this once:"))
    print_text(key)


@app.command("list")
def list_(json: AsJson = False) -> None:
    """List the API keys."""
    from accounts import keys

    with access() as connection:
        every = keys.every(connection)
    if json:
        print_json([plain(key) for key in every])
        return
    columns = {
        "prefix": say("prefix"),
        "login": say("account"),
        "name": say("used by"),
        "scopes": say("scopes"),
        "expires_at": say("expires"),
        "last_used_at": say("last used"),
        "revoked_at": say("revoked"),
    }
    print_table(say("API keys"), columns, [asdict(key) for key in every])


@app.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help=N_("Prefix of the key, see `ioc key list`"))],
    json: AsJson = False,
) -> None:
    """Revoke an API key immediately."""
    from accounts import keys

    with access() as connection:
        revoked = keys.revoke(connection, prefix)
    if json:
        print_json({"revoked": revoked})
    else:
        print_text(say("API key revoked."))
