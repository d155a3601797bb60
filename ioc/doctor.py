"""`ioc doctor`: whether this machine can run the hub, and how to mend what is missing."""

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import Abort, HubError
from hub.translation import msg
from ioc.machine import Check, machine
from ioc.output import Json, print_json, print_text
from ioc.small_cells import small_cells, undeclared
from ioc.texts import say, told

if TYPE_CHECKING:
    from hub.installation import Installation
    from hub.settings import Settings
    from kpis.catalogue import Catalogue

_SECRET = re.compile(r"(?m)^\s*\[?(hmac_key|client_secrets?|oidc_client_secret)\b")
"""A line of the settings that holds a secret."""


def doctor(
    json: Annotated[bool, Json] = False,
) -> None:
    """Check machine and settings; exit 3 on faults."""
    checks = examine()
    if json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            print_text(f"{'✗' if not check.good else '!' if check.is_note else '✓'} {check.name}: {check.found}")
            if not check.good or check.is_note:
                print_text(f"  → {check.mend}")
    if not all(check.good for check in checks):
        raise typer.Exit(3)


def examine() -> list[Check]:
    """Everything that a demo or an installation needs, as found now."""
    from connectors.catalogue import faults_of
    from hub.installation import Installation
    from ioc.serve import serve_settings
    from kpis.catalogue import Catalogue
    from kpis.dependencies import check_feeds

    state = Path(".ioc")
    try:
        installation = Installation.open()
        state = installation.settings.state
        serve_settings()
        catalogue, faulty = Catalogue.of(installation), faults_of(installation)
        check_feeds(
            (
                definition
                for definition in catalogue.definitions.values()
                if not any(feed.split(".")[0] in faulty for feed in definition.sources)
            ),
            catalogue.sources,
        )
    except HubError as error:
        return [*machine(state), _settings(False, told(error))]
    settings = installation.settings
    codes: list[str | None] = [*settings.codes] or [None]
    provinces = [check for code in codes for check in _province(settings, code)]
    own = [
        _reference(installation),
        _alerts(installation, catalogue),
        _wall(installation, catalogue),
        _sources(faulty.values()),
        *_inboxes(installation),
        *_secrets(settings),
        *undeclared(settings, catalogue),
    ]
    return [*machine(state), *provinces, *own, _variables(), *_database(settings, catalogue)]


def require_for_demo(state: Path) -> None:
    """Raises Abort that names every fault of this machine, with what to do."""
    faults = [check for check in machine(state) if not check.good]
    if faults:
        listed = "; ".join(f"{check.name}: {check.found} → {check.mend}" for check in faults)
        raise Abort(msg("This machine does not meet the requirements: {listed}", listed=listed))


def _variables() -> Check:
    """Whether every IOC_… variable is read: a misspelt one would otherwise go unnoticed."""
    from alerts.settings import AlertSettings
    from hub.settings import Settings
    from ioc.serve import ServeSettings

    read = {
        f"{model.model_config['env_prefix']}{name}".upper()
        for model in (Settings, ServeSettings, AlertSettings)
        for name in model.model_fields
    } | {"IOC_LANG", "IOC_DEBUG"}
    unread = sorted(name for name in os.environ if name.upper().startswith("IOC_") and name.upper() not in read)
    return Check(
        say("Variables"),
        not unread,
        say("nobody reads ") + ", ".join(unread) if unread else say("all are read"),
        say("Mend the name by docs/installation.md, or drop it"),
    )


def _province(hub: "Settings", code: str | None) -> Iterator[Check]:
    """Whether a province's settings are complete, and its gateway answers to them."""
    from hub.province_settings import check_province
    from warehouse.reference import province_names, unknown_area

    of = f" {code}" if hub.provinces else ""
    nothing = not any((hub.provinces, hub.gateway_url, hub.client_id))
    if code is None and nothing:
        mend = say("Set province and area in ioc.toml, or `ioc init`")
        yield _note(
            say("Settings"),
            say("no province yet; `ioc demo` needs none"),
            mend,
        )
        return
    try:
        settings = hub.for_province(code)
        check_province(settings.province)
        if settings.area not in (names := province_names()):
            raise unknown_area(settings.area, names)
    except HubError as error:
        yield _settings(False, told(error))
        return
    if nothing:
        found = say("no gateway yet; `ioc demo` needs none")
        mend = say("Set gateway_url, client_id and client_secret")
        yield _note(say("Settings"), found, mend)
        return
    fault = settings.missing()
    yield _settings(fault is None, told(fault) if fault else say("complete") + of)
    if settings.gateway_url:
        yield _gateway(settings, f"Gateway{of}")


def _reference(installation: "Installation") -> Check:
    """Whether the reference data can be loaded, and every province has organisations."""
    from hub.tables import read
    from warehouse.reference import FILES, OrganisationRow

    name, folder = say("Reference data"), installation.reference
    declared: set[str] = set()
    try:
        for file, model in FILES.items():
            if (folder / file).is_file():
                rows = [line.row for line in read(folder / file, model)]
                declared |= {row.province_code for row in rows if isinstance(row, OrganisationRow)}
    except HubError as error:
        return Check(name, False, told(error), say("Mend the file named"))
    if empty := ", ".join(code for code in installation.settings.codes if code not in declared):
        found = say("no organisation of {empty} yet", empty=empty)
        mend = say("Add its organisations to {file}, then `ioc db migrate`", file=folder / "organisations.csv")
        return _note(name, found, mend)
    return Check(name, True, say("readable"))


def _alerts(installation: "Installation", catalogue: "Catalogue") -> Check:
    """Whether alerts can reach whoever is listed."""
    from alerts.bands import bands
    from alerts.recipients import recipients
    from alerts.settings import AlertSettings

    name, mend = say("Alerts"), say("See docs/guides/alerts.md")
    try:
        settings, ways = AlertSettings.of(installation), set()
        for code in installation.settings.codes or [""]:
            ways |= {one.channel for one in recipients(installation, code)}
            bands(installation, code, catalogue)
    except HubError as error:
        return Check(name, False, told(error), mend)
    if "mail" in ways and not settings.smtp_host:
        return Check(name, False, say("recipients.csv lists mail addresses, and smtp_host is not set"), mend)
    if "webhook" in ways and not settings.webhook_secret.get_secret_value():
        return Check(name, False, say("recipients.csv lists webhooks, and webhook_secret is not set"), mend)
    if not ways:
        return _note(name, say("nobody is told of incidents"), mend)
    return Check(name, True, say("by {ways}", ways=", ".join(sorted(ways))))


def _wall(installation: "Installation", catalogue: "Catalogue") -> Check:
    """Whether the boards of the wall can be shown."""
    from screens.wall_file import read_boards

    name, mend = say("Wall"), say("Mend the file named; see docs/guides/wall.md")
    try:
        count = len(read_boards(installation, catalogue.definitions))
    except HubError as error:
        return Check(name, False, told(error), mend)
    found = say("boards: {count}", count=count) if count else say("one board of the hub's own choice")
    return Check(name, True, found, mend)


def _sources(faults: Collection[HubError]) -> Check:
    """Whether every file of a source can be read. A faulty one stops none of the others."""
    found = "; ".join(map(told, faults)) or say("all readable")
    return Check(say("Source files"), not faults, found, say("Mend the file named"))


def _inboxes(installation: "Installation") -> Iterator[Check]:
    """Whether the folders in which files are left can be read and written."""
    from connectors.catalogue import sources_by_province
    from connectors.inbox import Inbox

    settings = installation.settings
    if settings.inbox is None:
        return
    for code, sources in sources_by_province(installation).items():
        own = settings.for_province(code)
        for name, source in sources.items():
            if all(feed.paging.style != "inbox" for feed in source.feeds.values()):
                continue
            address = own.inbox_of(name)
            try:
                Inbox(address).check()
            except HubError as error:
                mend = say("Check IOC_INBOX, and that the hub's user may read and write there")
                yield Check(say("Inbox"), False, told(error), mend)
            else:
                yield Check(say("Inbox"), True, say("{address} can be read and written", address=address))


def _secrets(settings: "Settings") -> Iterator[Check]:
    """Whether the key of the pseudonyms is long enough, and nobody else reads the file with the secrets."""
    from hub.settings import SHORTEST_KEY
    from hub.settings_file import FILE

    length = len(settings.hmac_key.get_secret_value())
    if 0 < length < SHORTEST_KEY:
        yield Check(
            "IOC_HMAC_KEY",
            False,
            say("has {length} characters only", length=length),
            say(
                "At least {shortest_key}: openssl rand -hex 32. Pseudonyms that are kept will not match new ones",
                shortest_key=SHORTEST_KEY,
            ),
        )
    file = settings.installation / FILE
    if file.is_file() and file.stat().st_mode & 0o004 and _SECRET.search(file.read_text("utf-8")):
        found = say("every user may read {file}", file=file)
        yield Check(say("Secrets"), False, found, f"chmod 600 {file}")


def _gateway(settings: "Settings", name: str) -> Check:
    from pipeline.fetch import open_gateway

    mend = say("Check IOC_GATEWAY_URL, IOC_GATEWAY_CA, IOC_CLIENT_ID and IOC_CLIENT_SECRET, and the way to the LGSP")
    try:
        open_gateway(settings).authenticate()
    except HubError as error:
        return Check(name, False, told(error), mend)
    return Check(name, True, say("{url} gives a token", url=settings.gateway_url))


def _database(settings: "Settings", catalogue: "Catalogue") -> Iterator[Check]:
    from accounts import bi_logins
    from warehouse import embedded_server, migrate, public_rights
    from warehouse.database import connect

    name = say("Database")
    if settings.warehouse_url is None and not embedded_server.status(settings.state).running:
        yield Check(name, True, say("embedded, starts when needed"))
        return
    try:
        url = settings.warehouse_url or embedded_server.start(settings.state)
        migrate.check(url)
        with connect(url, "reader") as connection:
            known = {code for (code,) in connection.execute("select province from serving.provinces")}
            changed = ", ".join(bi_logins.deviating(connection))
            has_bi = bi_logins.any_login(connection)
            everyones = len(public_rights.open_rights(connection)) if has_bi else 0
            row = connection.execute("show max_locks_per_transaction").fetchone()
            room = int(row[0]) if row else 0
    except HubError as error:
        mend = say("Check IOC_WAREHOUSE_URL, then `ioc db migrate`")
        yield Check(name, False, told(error), mend)
        return
    if lost := ", ".join(code for code in settings.codes if code not in known):
        found = say("the database has no province {lost} yet", lost=lost)
        yield Check(name, False, found, say("Run `ioc db migrate`"))
    else:
        yield Check(name, True, say("usable"))
        yield from small_cells(settings, catalogue, url)
    if everyones:
        found = say("{count} functions and tables of PostgreSQL are open to BI logins", count=everyones)
        yield Check(
            say("BI logins"), False, found, say("Have a superuser run what deploy/postgres/databases.sql revokes")
        )
    if has_bi and room < embedded_server.LOCKS:
        found = say("the server has little room for locks (max_locks_per_transaction = {room})", room=room)
        yield _note(say("BI logins"), found, say("Set it to {most} and restart the server", most=embedded_server.LOCKS))
    if changed:
        found = say("not set up as a BI login is to be: {changed}", changed=changed)
        mend = say("Run `ioc db migrate`, which sets them up again")
        yield Check(say("BI logins"), False, found, mend)


def _settings(good: bool, found: str) -> Check:
    mend = say("Mend the IOC_… variables, ioc.toml, or the file named")
    return Check(say("Settings"), good, found, mend)


def _note(name: str, found: str, mend: str) -> Check:
    return Check(name, True, found, mend, is_note=True)
