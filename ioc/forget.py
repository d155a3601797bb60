"""`ioc forget`: erase the code of a record about a person."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hub.translation import N_
from ioc.arguments import Province
from ioc.output import Json, err, print_json, print_table, print_text
from ioc.progress import progress
from ioc.reader import installation_of
from ioc.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.erasure import CodeUse


def forget(
    code: Annotated[str, typer.Argument(help=N_("Dossier, feedback, declaration …"))],
    reason: Annotated[str, typer.Option("--reason", help=N_("Who asked for it and why; without names"))],
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask"))] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Erase a record's code wherever the hub keeps it

    Figures stay. It cannot be undone. Runs as the owner of the database, while no load of the record's feed runs.
    """
    from hub.errors import Abort
    from hub.translation import msg
    from pipeline.erasure import erase, uses
    from warehouse import migrate
    from warehouse.database import warehouse_url

    installation = installation_of(province)
    migrate.check(warehouse_url(installation.settings))
    if not installation.settings.hmac_key.get_secret_value():
        raise Abort(msg("IOC_HMAC_KEY is not set: the pseudonym that stands for the code is made with it"))
    if code in reason:
        raise typer.BadParameter(say("the reason is kept, and must not name the code"), param_hint="--reason")
    if not yes and (found := uses(installation, code)):
        _confirm(found)
    with progress() as tell:
        done = erase(installation, code, reason, lambda _, read, of: tell(say("landed pages"), read, of or 0))
    if json:
        print_json(asdict(done))
        return
    print_text(
        say(
            "Erased. {pages} landed pages were written again, {parts} parts of seals name a pseudonym, {notes} notes"
            " are withdrawn; entry {entry_id} of the audit trail.",
            pages=done.pages,
            parts=done.parts,
            notes=done.notes,
            entry_id=done.entry_id,
        )
    )
    print_text(say("Proof for who asked: SHA-256 of {salt} followed by the code is {commitment}", **asdict(done)))


def _confirm(found: "Sequence[CodeUse]") -> None:
    """Shows what would be erased, and asks."""
    columns = {
        "source": say("source"),
        "feed": say("feed"),
        "rows": say("records"),
        "refused": say("quarantined"),
    }
    print_table(say("To be erased"), columns, [asdict(one) for one in found], err)
    if not sys.stdin.isatty():
        raise typer.BadParameter(say("nobody can be asked here: confirm with --yes"), param_hint="--yes")
    if not typer.confirm(say("Erase? It cannot be undone"), err=True):
        raise typer.Exit(1)
