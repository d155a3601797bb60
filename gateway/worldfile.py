"""The form of ``worlds/*.toml``: what a world declares. Unknown keys are errors.

A section that is left out is a source that this province does not have: its paths answer 403.
"""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from gateway import sections

WORLDS = Path(__file__).parent / "worlds"
DIRT: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("dirt.toml").read_text(encoding="utf-8"))
"""What is wrong in the dirty rows that a world may plant, by feed and kind."""


class WorldFile(sections.Section, frozen=True):
    """A whole world. Worlds that tell one history name each other in ``continues`` and ``continued_by``; what both show
    is made once, from the later one's sections."""

    title: str
    province: str  # organisation code
    area: str
    now: datetime  # nothing later is ever shown
    first_day: date
    last_day: date
    seed: int
    events_until: date | None = None  # nothing is filed, issued or passes later, though last_day's figures are shown
    continues: str = ""
    continued_by: str = ""
    numbers_from: sections.Count = 1  # where running keys begin, so that worlds of one history do not share any
    holidays: tuple[date, ...] = ()
    renamed: tuple[sections.Renamed, ...] = ()
    services: sections.Services | None = None
    services_before: sections.ServicesBefore | None = None
    dossiers: tuple[sections.Dossiers, ...] = ()
    documents: sections.Documents | None = None
    work_files: tuple[sections.WorkFiles, ...] = ()
    certificates: sections.Certificates | None = None
    ecommerce: sections.Ecommerce | None = None
    telecom: sections.Telecom | None = None
    vehicles: sections.Vehicles | None = None
    feedback: sections.Feedback | None = None
    post: sections.Post | None = None
    citizen_app: sections.CitizenApp | None = None
    press: sections.Press | None = None
    security: tuple[sections.Threats, ...] = ()
    lgsp: tuple[sections.Connection, ...] = ()
    bench: sections.Bench | None = None
    dirt: dict[str, dict[str, sections.Count]] = msgspec.field(default_factory=dict)

    @property
    def last_event_day(self) -> date:
        """The last day on which anything happens."""
        return self.events_until or self.last_day


def read_world(name: str) -> WorldFile:
    """The world ``name`` of ``gateway/worlds``, or of a path that ends in ``.toml``.

    Raises ValueError with one line that says what is wrong and where.
    """
    path = Path(name) if name.endswith(".toml") else WORLDS / f"{name}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        known = ", ".join(sorted(world.stem for world in WORLDS.glob("*.toml")))
        raise ValueError(f"unknown world {name!r}: there are {known}; or give a path that ends in .toml") from None
    try:
        world = msgspec.convert(tomllib.loads(text), WorldFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from None
    for feed, kinds in world.dirt.items():
        possible = DIRT.get(feed, {})
        for kind in kinds.keys() - possible.keys():
            raise ValueError(f"{path}: dirt.{feed}.{kind} is unknown; there are {', '.join(possible)}")
    return world


def history(world: WorldFile) -> tuple[WorldFile, ...]:
    """The worlds that tell one history with ``world``, itself included, in order of time and with its seed.

    Raises ValueError as ``read_world`` does.
    """
    before = [read_world(world.continues)] if world.continues else []
    after = [read_world(world.continued_by)] if world.continued_by else []
    return tuple(msgspec.structs.replace(file, seed=world.seed) for file in (*before, world, *after))
