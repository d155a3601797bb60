"""What `ioc doctor` looks at of figures about persons: whether the installation's own KPIs let small cells leave."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.errors import HubError
from ioc.machine import Check
from ioc.texts import say, told

if TYPE_CHECKING:
    from hub.settings import Settings
    from kpis.catalogue import Catalogue
    from kpis.definition import Definition


def _own(settings: "Settings", catalogue: "Catalogue") -> "list[Definition]":
    """The installation's own KPIs."""
    files = settings.kpis.glob("*.toml") if settings.kpis else ()
    return [catalogue.definitions[name] for name in sorted(file.stem for file in files)]


def undeclared(settings: "Settings", catalogue: "Catalogue") -> Iterator[Check]:
    """A note on own KPIs over records of persons' cases that do not say so: their small cells would leave the hub."""
    known = catalogue.definitions.values()
    about = {(one.reads, source) for one in known if one.about_persons for source in one.row_sources or ("",)}
    names = [
        one.id
        for one in _own(settings, catalogue)
        if not one.about_persons and any((one.reads, source) in about for source in one.row_sources or ("",))
    ]
    if names:
        found = say("{names}: over records about persons, without about_persons", names=", ".join(names))
        mend = say("Set about_persons = true where each record is a person's case")
        yield Check(say("Small cells"), True, found, mend, is_note=True)


def small_cells(settings: "Settings", catalogue: "Catalogue", url: str) -> Iterator[Check]:
    """Whether published figures of the installation's own KPIs about persons tell what is withheld, in their last
    year."""
    from kpis.disclosure_audit import audit, years_of
    from warehouse.database import connect
    from warehouse.serving import find_province

    about = [one for one in _own(settings, catalogue) if one.about_persons]
    if not about:
        return
    told_of, withheld = [], 0
    try:
        with connect(url, "reader") as connection:
            for code in settings.codes:
                province = find_province(connection, code)
                for definition in about:
                    for year in years_of(connection, province, definition.id)[-1:]:
                        found = audit(connection, province, definition, year)
                        withheld += found.withheld
                        told_of += [f"{definition.id} {year}"] if found.told else []
    except HubError as error:
        told_of = [told(error)]
    good = say("{withheld} figures about persons are withheld, none is told by others", withheld=withheld)
    mend = say("Name breakdowns by what became of a case in `outcomes`, and report the fault: docs/decisions/0014")
    yield Check(say("Small cells"), not told_of, ", ".join(told_of) or good, mend)
