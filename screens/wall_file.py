"""The boards of the wall: `wall.toml` in the folder of an installation.

    [[boards]]
    title = { vi = "Dịch vụ công", en = "Public services" }
    seconds = 30                                # how long it is shown (20 without it)
    large = ["online_dossier_rate"]             # one or two large tiles, or none
    kpis = ["on_time_dossier_rate", "feedback_resolved_rate"]

    [[boards]]
    title = { vi = "Hồ sơ trực tuyến theo địa bàn", en = "Online dossiers by area" }
    map = "online_dossier_rate"

Without the file the wall has one board, of the figures that go to the Government.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.errors import Abort, Invalid
from hub.installation import Installation
from hub.names import Name
from hub.suggestions import nearest
from hub.toml_files import read_toml
from hub.translation import Wording, msg
from hub.validation import describe
from kpis.definition import Definition
from screens.mappable import WITHOUT_MAP, has_map
from screens.wall_grid import MOST, MOST_BESIDE, MOST_LARGE

FILE = "wall.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BoardSpec(_Strict):
    """What one board shows: tiles of KPIs, or the map of one."""

    title: Name
    seconds: int = Field(default=20, ge=5, le=600)
    """How long it is shown where there are others."""
    large: Sequence[str] = Field(default=(), max_length=MOST_LARGE)
    kpis: Sequence[str] = ()
    map: str | None = None

    @property
    def shown(self) -> list[str]:
        """All its KPIs, the large ones first."""
        return [*self.large, *self.kpis, *([self.map] if self.map else [])]

    @model_validator(mode="after")
    def _check(self) -> Self:
        tiles = [*self.large, *self.kpis]
        if bool(tiles) == bool(self.map):
            raise Invalid(msg("a board has kpis, or the map of one KPI; give one of the two"))
        if len(tiles) > MOST or (self.large and len(self.kpis) > MOST_BESIDE):
            raise Invalid(
                msg(
                    "{count} tiles cannot be read from afar: at most {most}, beside large ones at most {beside}",
                    count=len(tiles),
                    most=MOST,
                    beside=MOST_BESIDE,
                )
            )
        if twice := [kpi for place, kpi in enumerate(tiles) if kpi in tiles[:place]]:
            raise Invalid(msg("{kpi} is there twice; keep one", kpi=twice[0]))
        return self


class _WallFile(_Strict):
    boards: Sequence[BoardSpec] = Field(min_length=1, max_length=8)


def read_boards(installation: Installation, definitions: Mapping[str, Definition]) -> Sequence[BoardSpec]:
    """The boards in their order; none without the file. Raises Abort naming file, place and what may stand there."""
    file = installation.settings.installation / FILE
    if not file.is_file():
        return ()
    try:
        boards = _WallFile.model_validate(read_toml(file)).boards
    except ValidationError as error:
        raise Abort(msg("{path}: {said}", path=file, said=describe(error, _unknown_key))) from None
    for place, fault in _faults(boards, definitions):
        raise Abort(msg("{path}: {said}", path=file, said=msg("{where}: {said}", where=place, said=fault)))
    return boards


def _unknown_key(place: tuple[int | str, ...]) -> Wording:
    model: type[BaseModel] = Name if "title" in place[:-1] else BoardSpec if len(place) > 1 else _WallFile
    return msg("unknown key; {near}", near=nearest(str(place[-1]), list(model.model_fields)))


def _faults(boards: Sequence[BoardSpec], definitions: Mapping[str, Definition]) -> Iterator[tuple[str, Wording]]:
    for number, board in enumerate(boards):
        for kpi in board.shown:
            if kpi not in definitions:
                near = nearest(kpi, list(definitions))
                yield f"boards.{number}", msg("there is no KPI {kpi!r}; {near}", kpi=kpi, near=near)
        if board.map and not has_map(definitions[board.map]):
            yield f"boards.{number}.map", WITHOUT_MAP
