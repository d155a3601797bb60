"""Receipts of published figures: what proves, without the hub, that the hub published a figure and when.

A receipt holds the figure's row, the entry of the audit trail that was written with it, and the proofs that the one is
bound by the other and that by a signed checkpoint. `audit/check_receipt.py` checks it.
"""

import base64
import hashlib
import json
import zlib

from psycopg import sql

from audit import checkpoints
from audit.merkle import inclusion_ranges, nodes, range_hash
from hub.errors import Abort, WrongQuestion
from hub.periods import Period
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.history import History, Key
from kpis.memo import Once
from warehouse import trail
from warehouse.seals import OBSERVATION, Contents, hashes_of, row_leaves, row_salt
from warehouse.serving import Connection, find_area, find_province, province_area

LARGEST = 2048
"""Bytes of a receipt."""
_MARK = "IOC-RECEIPT-1"


def write_receipt(
    connection: Connection,
    catalogue: Catalogue,
    code: str,
    kpi: str,
    period: Period,
    area: str | None = None,
    breakdown: str = "",
) -> str:
    """The receipt of the newest published figure of a period, as one line. That it was written is an entry of the
    trail; `connection` is a loader's, the caller commits.

    Raises WrongQuestion for an unknown name and where nothing was published, Abort for a figure that does not leave the
    hub, whether or not there is one, where it is not as it was sealed, and where the trail does not hold it or no
    checkpoint does so far.
    """
    catalogue.find(kpi)
    province, day = find_province(connection, code), period.last
    nothing = WrongQuestion(msg("Nothing was published of {kpi} for that period, area and slice", kpi=kpi))
    own = find_area(connection, province, area, day) if area else province_area(connection, province, day)
    if own is None:
        raise nothing
    contents = Contents(connection)
    row = connection.execute(
        sql.SQL(
            "select {key}, {content} from kpi.observation t where t.province_id = %s and t.kpi_id = %s"
            " and t.first_day = %s and t.last_day = %s and t.area_id = %s and t.breakdown = %s"
            " order by t.revision desc limit 1"
        ).format(key=OBSERVATION.named(), content=contents.content(OBSERVATION)),
        [province.province_id, kpi, period.first, day, own.area_id, breakdown],
    ).fetchone()
    asked = Key(kpi, period.first, day, own.area_id, breakdown)
    given = History(Once(connection), province, catalogue, leaves=True).entries([asked]).get(asked)
    if given and given.withheld:
        raise Abort(given.withheld)
    if row is None:
        raise nothing
    key, content = row
    seal = connection.execute(
        "select p.seal_id, s.salt, e.entry_id, e.body, l.position from ledger.seal s"
        " join ledger.seal_part p using (seal_id)"
        " left join ledger.entry e using (seal_id) left join ledger.leaf l using (entry_id)"
        " where s.chain = %s and p.relation = %s and p.keys @> array[%s] order by p.part_id desc limit 1",
        [f"kpi/{province.province_id}/{kpi}", OBSERVATION.name, key],
    ).fetchone()
    if seal is None or seal[1] is None or seal[3] is None or "rows" not in (json.loads(seal[3]).get("after") or {}):
        raise Abort(msg("The figure was published before the audit trail began: there is no receipt of it"))
    seal_id, salt, _, body, position = seal
    newest = checkpoints.newest(connection)
    if position is None or newest is None or newest.size <= position:
        raise Abort(msg("No checkpoint holds the figure yet: run `ioc audit checkpoint`, then try again"))
    hashes, own_hash = hashes_of(connection, seal_id), hashlib.sha256(content).digest()
    if own_hash not in hashes:
        raise Abort(
            msg(
                "The figure is not as it was sealed (seal {seal_id}); `ioc audit verify` tells what was changed",
                seal_id=seal_id,
            )
        )
    kept, place = nodes(row_leaves(salt, hashes)), hashes.index(own_hash)
    receipt = {
        "row": bytes(content).decode(),
        "row_salt": base64.b64encode(row_salt(salt, place)).decode(),
        "row_place": place,
        "row_proof": _joined([range_hash(one, kept) for one in inclusion_ranges(place, len(hashes))]),
        "entry": body,
        "entry_place": position,
        "entry_proof": _joined(checkpoints.proof(connection, inclusion_ranges(position, newest.size))),
        "checkpoint": newest.note,
    }
    made = f"{_MARK} {packed(receipt)}"
    if len(made) > LARGEST and len(newest.note.splitlines()) > 5:  # cosignatures are for who asks the hub itself
        receipt["checkpoint"] = "".join(newest.note.splitlines(keepends=True)[:5])
        made = f"{_MARK} {packed(receipt)}"
    subject = f"receipt/{kpi}"
    after: dict[str, trail.Json] = {"from": str(period.first), "to": str(period.last), "area": area, "where": breakdown}
    trail.write(connection, "export", subject, province=province.code, after=after)
    return made


def packed(receipt: dict[str, str | int]) -> str:
    """The text form: JSON, deflated, in base 85."""
    return base64.b85encode(zlib.compress(json.dumps(receipt, ensure_ascii=False).encode(), 9)).decode()


def _joined(proof: list[bytes]) -> str:
    return base64.b64encode(b"".join(proof)).decode()
