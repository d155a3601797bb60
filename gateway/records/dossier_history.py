"""All dossiers of a world: its own, and those that the world after it carries in."""

from collections.abc import Iterator
from itertools import count

from gateway.areas import Province
from gateway.records.dossier_rows import Facts
from gateway.records.dossier_versions import VersionMaker, dirty
from gateway.records.dossiers import Codes, DossierMaker
from gateway.records.services import Catalogue
from gateway.shelf import Entry
from gateway.worldfile import WorldFile


def dossier_versions(
    history: tuple[WorldFile, ...], world: WorldFile, catalogue: Catalogue, province: Province
) -> Iterator[Entry[Facts | None]]:
    """Every version that ``world`` shows of every dossier, in no order.

    Dossiers received before a world's first plan and resolved in it belong to two worlds: both make them first, from
    the later one's section, so they have the same codes and states in both.
    """
    codes, numbers = Codes(), count()
    later = [file for file in history if file.first_day > world.first_day]
    for made in (*later, world):
        own = made is world
        for plan in made.dossiers if own else made.dossiers[:1]:
            maker = DossierMaker(made, plan, catalogue.in_use(made, plan), province, codes)
            carried = VersionMaker(world, made, f"carried into {plan.from_day}", province.name, 0)
            for dossier in maker.carried_in():
                yield from carried.of(next(numbers), dossier)
            if own:
                versions = VersionMaker(world, made, f"from {plan.from_day}", province.name, plan.corrected, plan.steps)
                for dossier in maker.received():
                    yield from versions.of(next(numbers), dossier)
    yield from dirty(world, catalogue.in_use(world, world.dossiers[0]), province, codes)
