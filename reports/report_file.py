"""A report as a file: its entry in the trail, and the folder that it is put into."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hub.errors import Abort
from hub.files import make_folder, write_whole
from hub.installation import Installation
from hub.periods import Period
from hub.translation import msg
from warehouse import trail
from warehouse.database import connect, warehouse_url
from warehouse.serving import Connection


@dataclass(frozen=True)
class ReportFile:
    """A report that was made of what the hub holds at one moment."""

    kind: Literal["periodic", "quality"]
    name: str
    """Of the file."""
    province: str
    period: Period
    document: bytes
    figures: int
    """How many figures are in it."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.document).hexdigest()

    def enter(self, connection: Connection, actor: str | None = None) -> int:
        """Writes the trail's entry, within the caller's transaction; gives its number."""
        return trail.write(
            connection,
            "report",
            f"report/{self.kind}/{self.name}",
            province=self.province,
            actor=actor,
            after={
                "from": self.period.first.isoformat(),
                "to": self.period.last.isoformat(),
                "sha256": self.sha256,
                "figures": self.figures,
            },
        )


def reports_folder(installation: Installation) -> Path:
    """Where reports lie that nobody named another place for."""
    return installation.settings.state / "reports"


def put(installation: Installation, made: ReportFile, path: Path | None = None) -> Path:
    """Writes the file to `path`, by default into `reports_folder`; gives where it is.

    No file is in its place without its entry in the trail: where that is not committed, there is again what was there
    before. Raises Abort where the file cannot be written, and where a file lies there that the hub has not written so,
    such as a draft that somebody has edited.
    """
    target = path or reports_folder(installation) / made.name
    placed = False
    try:
        make_folder(target.parent)
        before = target.read_bytes() if target.is_file() else None
        try:
            with connect(warehouse_url(installation.settings), "loader") as connection, connection.transaction():
                if before is not None and not _is_filed(connection, before):
                    raise Abort(
                        msg("{path} is not as the hub wrote it: move it, or name another file", path=target),
                    )
                made.enter(connection)
                write_whole(target, made.document)
                placed = True
        except BaseException:
            if placed:
                _put_back(target, before)
            raise
    except OSError as error:
        raise Abort(msg("{file} cannot be written: {strerror}", file=target, strerror=error.strerror)) from None
    return target


def _is_filed(connection: Connection, document: bytes) -> bool:
    """Whether the trail knows a report of just this content."""
    return (
        connection.execute(
            "select from serving.audit_entries where act = 'report' and after ->> 'sha256' = %s limit 1",
            [hashlib.sha256(document).hexdigest()],
        ).fetchone()
        is not None
    )


def _put_back(target: Path, before: bytes | None) -> None:
    if before is not None:
        write_whole(target, before)
    elif target.is_file():
        target.unlink()
