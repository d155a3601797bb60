"""The command line `ioc`: data on stdout, progress on stderr; exit 0 fine, 1 failed, 2 usage, 3 checks failed."""

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from demo import command
from hub.errors import Abort, HubError
from hub.files import keep_files_private
from hub.logs import keep_logs_inert
from hub.translation import N_, msg
from ioc import (
    account,
    archive,
    audit,
    db,
    docs,
    doctor,
    forget,
    government,
    incident,
    init,
    key,
    kpi,
    nation,
    note,
    plan,
    quality,
    reconcile,
    reference,
    report,
    run,
    serve,
    source,
    watch,
)
from ioc.command_line import App, print_usage_error
from ioc.output import err
from ioc.texts import say, told

app = App(N_("Data hub of an intelligent operations centre"))
app.command()(command.demo)
app.command()(init.init)
app.command()(doctor.doctor)
app.add_typer(db.app, name="db")
app.add_typer(source.app, name="source")
app.command()(run.run)
app.add_typer(kpi.app, name="kpi")
app.add_typer(note.app, name="note")
app.add_typer(nation.app, name="nation")
app.add_typer(plan.app, name="plan")
app.add_typer(quality.app, name="quality")
app.add_typer(incident.app, name="incident")
app.command()(watch.watch)
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(report.app, name="report")
app.add_typer(reference.app, name="reference")
app.add_typer(docs.app, name="docs")
app.add_typer(government.app, name="government")
app.add_typer(archive.app, name="archive")
app.add_typer(audit.app, name="audit")
app.command()(forget.forget)
app.add_typer(account.app, name="account")
app.add_typer(key.app, name="key")
app.command()(serve.serve)


def main() -> None:
    """Runs a command; whatever goes wrong ends in one clear line."""
    keep_files_private()
    keep_logs_inert()
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger().handlers[0].setLevel(logging.WARNING)  # Great Expectations sets a logger of its own to INFO
    try:
        _check_arguments(sys.argv[1:])
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        print_usage_error(error)
        sys.exit(error.exit_code)
    except HubError as error:
        _end(told(error))
    except (KeyboardInterrupt, typer.Abort):
        err.print(say("Stopped."))
        sys.exit(130)
    except Exception as error:
        if os.environ.get("IOC_DEBUG"):
            err.print("".join(traceback.format_exception(error)), highlight=False, soft_wrap=True)
            sys.exit(1)
        if found := _fault(error):
            _end(told(found))
        unexpected = say("Unexpected error")
        hint = say("set IOC_DEBUG=1 to see where")
        _end(f"{unexpected}: {type(error).__name__} ({hint})")


def _check_arguments(arguments: Sequence[str]) -> None:
    """Raises Abort for one that is no text: bytes of another encoding reach Python as lone surrogates."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise Abort(msg("the argument {argument!r} is not written in UTF-8", argument=argument)) from None


def _fault(error: Exception) -> HubError | None:
    """What an error of the database means; None for any other."""
    from warehouse.database import fault

    return fault(error)


def _end(what: str) -> NoReturn:
    err.print(f"✗ {what}", style="red", highlight=False, soft_wrap=True)
    sys.exit(1)
