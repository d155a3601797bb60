"""Lists of schools, one a semester: schools keep their codes and sizes, and the totals hold to the unit."""

from datetime import date
from random import Random

from gateway.areas import Province
from gateway.chance import Row, draw, planted, split
from gateway.records.places import deal, parts, places
from gateway.systemfile import Block, Schools, Semester, SystemFile
from gateway.worldfile import WorldFile


class SchoolLists:
    """The lists of a system; ``world`` is the whole history. Raises ValueError for what cannot be made."""

    def __init__(self, world: WorldFile, name: str, plan: SystemFile, province: Province) -> None:
        self._lists: dict[tuple[str, str], list[Row]] = {}
        for number, block in enumerate(plan.school):
            try:
                self._add(block, province, draw(world, f"{name} school {number}"))
            except ValueError as error:
                raise ValueError(f"school {block.code}: {error}") from None
        for rows in self._lists.values():
            rows += [rows[0] | wrong for _, wrong in planted(world, "schools")]

    def on(self, year: str, semester: str, day: date) -> list[Row]:
        """The list of a semester as it is known on ``day``: nothing before the semester begins."""
        begun = date(int(year[:4]), 9, 5) if semester == "1" else date(int(year[:4]) + 1, 1, 16)
        return self._lists.get((year, semester), []) if begun <= day else []

    def _add(self, block: Schools, province: Province, random: Random) -> None:
        most = max(semester.schools for semester in block.semesters.values())
        where = deal(most, places(province, Block(area=block.area), random), random)
        sizes = [random.uniform(0.5, 1.6) for _ in where]
        wants = [random.random() for _ in where]  # teachers and rooms are wanting here more than there
        order = random.sample(range(most), most)  # in which schools come up to the national standard
        for term, told in sorted(block.semesters.items()):
            year, _, semester = term.partition("/")
            rows = _rows(block, told, [area for area, _ in where], sizes, wants, order)
            self._lists.setdefault((year, semester), []).extend(rows)


def _rows(
    block: Schools, told: Semester, areas: list[str], sizes: list[float], wants: list[float], order: list[int]
) -> list[Row]:
    """The first schools of the block, as many as there are in the semester."""
    if not told.standard <= told.schools or not told.teachers <= told.posts:
        raise ValueError("more schools of national standard than schools, or more teachers than posts")
    sizes, wants = sizes[: told.schools], wants[: told.schools]
    standard = set([number for number in order if number < told.schools][: told.standard])
    pupils, teachers = parts(told.pupils, sizes), parts(told.teachers, sizes)
    vacant, rooms = split(told.posts - told.teachers, wants), split(told.missing_rooms, wants[::-1])
    return [
        {
            "ma": f"{block.code}-{number + 1:03}",
            "cap": block.level,
            "xa": areas[number],
            "dat_chuan": int(number in standard),
            "so_hoc_sinh": pupils[number],
            "so_giao_vien": teachers[number],
            "bien_che": teachers[number] + vacant[number],
            "thieu_phong": rooms[number],
        }
        for number in range(told.schools)
    ]
