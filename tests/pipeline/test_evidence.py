"""A change of evidence by anything but the hub is noticed and its row named; what the hub itself does is no finding."""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from audit.findings import LISTED, Verification
from hub.errors import Blocked
from hub.settings import RetentionTimes
from kpis.refresh import recompute
from pipeline import erasure, retention
from tests.installation import CATALOGUE, migrate
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from tests.pipeline.mended import REFUSED, strict
from tests.pipeline.operators import file, take
from tests.pipeline.versions import document
from tests.postgres import Postgres
from warehouse import decisions, seals
from warehouse.database import connect
from warehouse.landing import Landing
from warehouse.schema.everything import metadata
from warehouse.seals import RELATIONS, Relation

DOCUMENTS = ("ioffice", "documents")
JANUARY = date(2023, 1, 1)
LONG = {"default": RetentionTimes(landing_days=36500)}
few = settings(max_examples=settings().max_examples // 3)


@pytest.fixture(scope="module")
def evidence(postgres: Postgres, loaded: Hub) -> Hub:
    """Everything of three days, a replay, a later snapshot that lists less, a page that was removed, and a code that
    was erased."""
    hub = loaded.copy(postgres)
    state = Path(shutil.copytree(hub.settings.state, f"{hub.settings.state}-e"))
    hub.settings = hub.settings.model_copy(update={"state": state, "retention": LONG})
    strict(hub)
    refused = hub.take(*DOCUMENTS, [document("R", organid=next(iter(REFUSED))), document("S")])
    strict(hub, frozenset())
    hub.replay(refused.batch_id)
    take(hub, JANUARY, {"VNPT": file(JANUARY, "VNPT")})
    take(hub, JANUARY, {"VNPT": file(JANUARY, "VNPT")[2:]}, submission=2)
    hub.refresh()
    with pytest.MonkeyPatch.context() as patch:
        old = hub.one("select landed_sha256 from landing.page where batch_id = %s", refused.batch_id)
        patch.setattr(retention, "expired", lambda *_: [old])
        hub.take(*DOCUMENTS, [document("T")])
    erasure.erase(hub.installation, "T", "Yêu cầu của chủ thể dữ liệu")
    assert hub.verify().findings == []
    return hub


@pytest.fixture
def copied(evidence: Hub, postgres: Postgres, tmp_path: Path) -> Iterator[Hub]:
    """A copy of it, landing included, to change."""
    with evidence.copied(postgres) as hub:
        state = shutil.copytree(evidence.settings.state, tmp_path / "state")
        hub.settings = hub.settings.model_copy(update={"state": state})
        yield hub


def told(found: Verification) -> str:
    return " | ".join(finding.text.en for finding in found.findings)


def attack(hub: Hub, *statements: str | sql.Composed) -> None:
    """As the database's owner, whom no constraint holds."""
    with connect(hub.url, "owner") as connection:
        connection.execute("set session_replication_role = replica")
        for table, name in connection.execute(
            "select conrelid::regclass::text, conname from pg_constraint where contype = 'c'"
            " and connamespace::regnamespace::text in ('warehouse', 'ledger', 'landing', 'quality', 'kpi')"
        ).fetchall():
            connection.execute(f'alter table {table} drop constraint "{name}"'.encode())
        for statement in statements:
            connection.execute(statement.encode() if isinstance(statement, str) else statement)


def other(name: str, kind: str) -> str:
    """Another value of a column."""
    values = {
        "boolean": "not coalesce({0}, true)",
        "bigint": "coalesce({0}, 0) + 1000000",
        "bytea": "sha256(coalesce({0}, ''))",
        "date": "coalesce({0}, '2023-01-01') + 4000",
        "integer": "coalesce({0}, 0) + 1000000",
        "jsonb": "jsonb_build_array({0}, 'x')",
        "text": "coalesce({0}, '') || 'x'",
        "timestamp with time zone": "coalesce({0}, '2023-01-01') + interval '1 second'",
        "uuid": "gen_random_uuid()",
    }
    return values.get(kind, "coalesce({0}, 0) + 1000").format(f't."{name}"')


class Row:
    """A row of a sealed table, by its place."""

    def __init__(self, hub: Hub, relation: Relation, place: int) -> None:
        self._hub, self._relation = hub, relation
        count = hub.one(f"select count(*) from {relation.name}")
        assert count > 0, relation.name
        self.key: str
        self.at: str
        self.key, self.at = hub.rows(
            f"select row({', '.join(relation.key)})::text, ctid::text from {relation.name} order by ctid"
            f" limit 1 offset {place % count}"
        )[0]
        self.columns: dict[str, str] = dict(
            hub.rows(
                "select attname::text, format_type(atttypid, null) from pg_attribute where attrelid = %s::regclass"
                " and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
                relation.name,
            )
        )

    def change(self, number: int) -> str:
        """Changes one of its columns that is not of its key."""
        names = [name for name in self.columns if name not in self._relation.key]
        name = names[number % len(names)]
        attack(
            self._hub,
            f'update {self._relation.name} t set "{name}" = {other(name, self.columns[name])}'
            f" where t.ctid = '{self.at}'",
        )
        return self.key

    def delete(self, _: int) -> str:
        attack(self._hub, f"delete from {self._relation.name} t where t.ctid = '{self.at}'")
        return self.key

    def add(self, _: int) -> str:
        """Adds another one like it, with another key."""
        last = next(name for name in reversed(self._relation.key) if self.columns[name] != "boolean")
        values = {name: f't."{name}"' for name in self.columns}
        if "observation_id" in values:
            values["observation_id"] = "t.observation_id + 100000"
        if "quarantine_id" in values:
            values["quarantine_id"] = "t.quarantine_id + 100000"
        values[last] = other(last, self.columns[last])
        names = ", ".join(f'"{name}"' for name in values)
        attack(
            self._hub,
            f"insert into {self._relation.name} ({names}) overriding system value"
            f" select {', '.join(values.values())} from {self._relation.name} t where t.ctid = '{self.at}'",
        )
        keys = f"select row({', '.join(self._relation.key)})::text, ctid::text from {self._relation.name}"
        added: str = next(key for key, at in reversed(self._hub.rows(f"{keys} order by xmin::text::bigint, ctid")))
        return added


ACTS: dict[str, Callable[[Row, int], str]] = {"changed": Row.change, "deleted": Row.delete, "added": Row.add}
CASES = [
    (name, act)
    for name, relation in RELATIONS.items()
    for act in ACTS
    if act != "changed" or {column.name for column in metadata.tables[name].columns} > set(relation.key)
]
ALLOWED_BESIDES = {"account", "page", "file"}
"""What a change of a batch or a page brings with it."""


def named(found: Verification) -> set[tuple[str, str | None, str]]:
    """Kind, table and key of the findings, as the texts tell them."""
    allowed = set(ALLOWED_BESIDES)
    if any(finding.table == "ledger.redacted_part" for finding in found.findings):
        allowed.add("seal")  # whose hash of before it tells
    findings = [
        finding
        for finding in found.findings
        if finding.kind not in allowed and finding.table != "quality.month_total"  # which rules and batches make up
    ]
    for finding in findings:
        text = finding.text.en
        assert str(finding.table) in text
        assert str(finding.key) in text
        of_batch = finding.batch_id is not None and finding.kind in ACTS
        assert of_batch == ("batch" in text.replace("batch_id", "").replace("ledger.batch", ""))
    return {(finding.kind, finding.table, f"({finding.key})") for finding in findings}


@pytest.mark.parametrize("act", ACTS)
def test_a_row_of_each_table_that_is_changed_deleted_or_added_is_named(
    evidence: Hub, postgres: Postgres, act: str
) -> None:
    chance = random.Random(act)
    tables = [name for name, done in CASES if done == act]
    assert len(tables) >= len(RELATIONS) - 1
    with evidence.copied(postgres) as hub:
        rows = {name: Row(hub, RELATIONS[name], chance.randrange(10**6)) for name in tables}
        keys = {name: ACTS[act](row, chance.randrange(10**6)) for name, row in rows.items()}
        assert named(hub.verify()) == {(act, name, key) for name, key in keys.items()}


@pytest.mark.parametrize("act", ["changed", "deleted"])
@pytest.mark.parametrize("how", ["figures", "load", "retention", "erasure"])
def test_rows_that_are_only_ever_added_are_named_whoever_seals_them_again(
    evidence: Hub, postgres: Postgres, act: str, how: seals.Act
) -> None:
    """As the owner of the database can, with the hub's own code."""
    chance = random.Random(act)
    tables = [name for name, done in CASES if done == act and name in seals.CHANGED_BY]
    assert len(tables) > 8
    with evidence.copied(postgres) as hub:
        rows = {name: Row(hub, RELATIONS[name], chance.randrange(10**6)) for name in tables}
        keys = {name: ACTS[act](row, chance.randrange(10**6)) for name, row in rows.items()}
        with connect(hub.url, "owner") as owner:
            seal = seals.Seal(owner, "kpi/1/gate_vehicles", how)
            for name, key in keys.items():
                own, values = RELATIONS[name], {"key": key}
                seal.add(own, sql.SQL("{} = %(key)s").format(own.named()), values)
                if act == "deleted":
                    owner.execute(
                        "insert into ledger.seal_part (seal_id, relation, province_id, keys, hashes) values"
                        " (%s, %s, (select province_id from ledger.seal_part where relation = %s and %s = any(keys)"
                        " limit 1), array[%s], array[null::bytea])",
                        [seal.seal_id, name, name, key, key],
                    )
            seal.close("figures", "kpi/gate_vehicles")
        assert named(hub.verify()) == {("sealed again", name, key) for name, key in keys.items()}


def test_what_a_column_is_computed_by_cannot_be_changed(copied: Hub) -> None:
    attack(
        copied,
        "alter table warehouse.fact_dossier alter column received_day set expression as"
        " (((received_at at time zone 'Asia/Ho_Chi_Minh')::date) - 30)",
        "alter table ledger.entry alter column actor set expression as ('nobody')",
    )
    found = copied.verify()
    assert {(finding.kind, finding.table) for finding in found.findings} == {
        ("computed", "warehouse.fact_dossier"),
        ("computed", "ledger.entry"),
        ("entry", "ledger.entry"),
    }
    assert "received_day is not what follows from the row" in told(found)


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update quality.month_total set failed = 0, broken = 0, evaluated = 1", "quality.month_total"),
        ("delete from quality.month_total", "quality.month_total"),
        (
            "insert into quality.decision (quarantine_id, way, actor, reason, entry_id) select quarantine_id, 'waived',"
            " 'account:leader', 'x', 1 from quality.quarantine limit 1",
            "quality.decision",
        ),
    ],
)
def test_what_follows_from_sealed_rows_and_entries_is_compared_with_them(
    copied: Hub, statement: str, table: str
) -> None:
    attack(copied, statement)
    assert {finding.table for finding in copied.verify().findings} == {table}


@pytest.mark.parametrize(
    "change", ["reason = 'x'", "actor = 'x'", "way = 'rejected'", "quarantine_id = quarantine_id + 1"]
)
def test_a_decision_that_was_changed_is_named(copied: Hub, change: str) -> None:
    with connect(copied.url, "owner") as owner:
        batch, record = owner.execute(
            "select batch_id, quarantine_id from quality.quarantine where replay_batch_id is null"
            " and quarantine_id not in (select quarantine_id from quality.decision) order by 2 limit 1"
        ).fetchall()[0]
        decisions.decide(owner, "waived", batch, [record], "Không phải hồ sơ", {})
    assert copied.verify().findings == []
    attack(copied, f"update quality.decision set {change} where way = 'waived'")
    assert [finding.table for finding in copied.verify().findings] == ["quality.decision"]


@given(
    case=st.sampled_from(CASES),
    place=st.integers(0, 10**6),
    column=st.integers(0, 30),
)
def test_any_column_of_any_row(
    evidence: Hub, postgres: Postgres, case: tuple[str, str], place: int, column: int
) -> None:
    name, act = case
    relation = RELATIONS[name]
    with evidence.copied(postgres) as hub:
        key = ACTS[act](Row(hub, relation, place), column)
        assert named(hub.verify()) == {(act, name, key)}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update ledger.seal_part set hashes[1] = sha256('') where relation = 'landing.page'",
         "were changed after they were written"),
        ("delete from ledger.seal_part where part_id = (select max(part_id) from ledger.seal_part)",
         "were changed after they were written"),
        ("insert into ledger.seal_part (seal_id, relation, keys, hashes) select max(seal_id), 'kpi.definition', '{x}',"
         " array[sha256('')] from ledger.seal", "were changed after they were written"),
        ("update ledger.seal set act = 'reference' where chain like 'feed/%' and position = 1", "was changed after it"),
        ("update ledger.seal set sealed_at = sealed_at - interval '1 day' where position = 2", "was changed after it"),
        ("delete from ledger.seal_part p using ledger.seal s where s.seal_id = p.seal_id and s.position = 1"
         " and s.chain = 'feed/1/ioffice/documents'; delete from ledger.seal where position = 1"
         " and chain = 'feed/1/ioffice/documents'", "does not follow the one before"),
        ("delete from ledger.seal where chain = 'feed/1/ioffice/documents' and position = 2", "there are hashes of it"),
        ("truncate ledger.seal, ledger.seal_part cascade", "The first seal, which the upgrade of the schema makes, is"),
    ],
)  # fmt: skip
def test_seals_that_were_changed_are_told(evidence: Hub, postgres: Postgres, statement: str, named: str) -> None:
    with evidence.copied(postgres) as hub:
        attack(hub, statement)
        found = hub.verify()
        assert not found.sound
        assert named in told(found)


def test_a_row_that_is_changed_with_its_hash_is_told_by_the_seal(evidence: Hub, postgres: Postgres) -> None:
    with evidence.copied(postgres) as hub:
        attack(
            hub,
            "update warehouse.fact_document set signed = not signed where document_code = 'S'",
            "update ledger.seal_part set hashes = array_fill(sha256(convert_to((select rtrim(f::text, ',)')"
            " from warehouse.fact_document f where document_code = 'S'), 'UTF8')), array[cardinality(hashes)])"
            " where relation = 'warehouse.fact_document' and exists (select from unnest(keys) k where k like '%,S)')",
        )
        assert "The hashes of seal" in told(hub.verify())


def test_many_findings_are_counted_and_few_are_listed(evidence: Hub, postgres: Postgres) -> None:
    with evidence.copied(postgres) as hub:
        count = hub.one("select count(*) from warehouse.fact_dossier")
        assert count > LISTED
        attack(hub, "truncate warehouse.fact_dossier")
        found = hub.verify()
        assert found.counts == {("deleted", "warehouse.fact_dossier"): count}
        assert len(found.findings) == LISTED


def a_page(hub: Hub, place: int) -> tuple[Landing, str, Path]:
    hashes = hub.rows(
        "select distinct landed_sha256 from landing.page p where not exists (select from landing.removed_page r"
        " where r.landed_sha256 = p.landed_sha256) and not exists (select from landing.replaced_page e"
        " where e.landed_sha256 = p.landed_sha256) order by 1"
    )
    landing, sha256 = Landing(hub.settings.landing_address), hashes[place % len(hashes)][0]
    return landing, sha256, Path(landing.path(sha256))


def append(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def append_a_stream(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes() + zstandard.compress(b'{"records":[]}'))


def cut(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def swap(path: Path, another: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(another.read_bytes())
    another.write_bytes(content)


def pack_another(path: Path, _: Path) -> None:
    path.write_bytes(zstandard.compress(b'{"page":{},"records":[]}'))


def remove(path: Path, _: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("act", [append, append_a_stream, cut, swap, pack_another, remove])
def test_a_file_of_a_page_that_was_changed_is_named(copied: Hub, act: Callable[[Path, Path], None]) -> None:
    chance = random.Random(act.__name__)
    place = chance.randrange(1000)
    _, sha256, path = a_page(copied, place)
    _, second, another = a_page(copied, place + 1)
    act(path, another)
    found = copied.verify()
    expected = {sha256, second} if act is swap else {sha256}
    assert {finding.key for finding in found.findings} == expected
    assert all(finding.kind == "page" and finding.batch_id for finding in found.findings)
    assert all(str(sha256) in told(found) for sha256 in expected)


def test_a_page_that_points_to_another_page_is_named(copied: Hub) -> None:
    _, other_hash, _ = a_page(copied, 7)
    attack(
        copied,
        sql.SQL("update landing.page set landed_sha256 = {0} where landed_sha256 <> {0} and (batch_id, page_number) ="
                " (select min(batch_id), 1 from ledger.batch)").format(sql.Literal(other_hash)),
    )  # fmt: skip
    changed = [finding for finding in copied.verify().findings if finding.kind == "changed"]
    assert [(one.table, one.batch_id, one.page_number) for one in changed] == [("landing.page", 1, 1)]


@pytest.mark.parametrize("name", ["stray", "ab/stray.json", "ab/" + "ab" * 32 + ".json.zst"])
def test_a_file_that_no_page_names_is_told(copied: Hub, name: str) -> None:
    path = Path(copied.settings.landing_address, name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"[]")
    assert [finding.kind for finding in copied.verify().findings] == ["file"]
    assert copied.verify("H37").sound, "of one province nobody knows whose file it is"


def test_a_page_of_another_time_than_any_load_that_was_broken_off_is_told(copied: Hub) -> None:
    landing = Landing(copied.settings.landing_address)
    path = Path(landing.path(landing.write(b'{"page":{},"records":[1]}')))
    os.utime(path, (0, 0))
    assert [finding.kind for finding in copied.verify().findings] == ["file"]


def test_a_removed_page_that_was_fetched_again_must_be_there(copied: Hub) -> None:
    landing = Landing(copied.settings.landing_address)
    [(sha256,)] = copied.rows("select landed_sha256 from landing.removed_page")
    assert copied.verify().removed_pages == 1
    assert not landing.has(sha256)
    copied.take(*DOCUMENTS, [document("R", organid=next(iter(REFUSED))), document("S")])
    assert landing.has(sha256)
    assert copied.verify().sound
    Path(landing.path(sha256)).unlink()
    assert [finding.key for finding in copied.verify().findings] == [sha256]


class Steps:
    """What a hub goes through; each step by its number."""

    def __init__(self, hub: Hub, tmp_path: Path) -> None:
        self.hub, self._tmp_path = hub, tmp_path
        self.acts: list[Callable[[int], Any]] = [
            self.load, self.load, self.block, self.snapshot, self.snapshot, self.replay, self.follow, self.again,
            self.list_areas, self.remove,
        ]  # fmt: skip

    def load(self, number: int) -> None:
        chance = random.Random(number)
        codes = ["000.00.11.H37", *sorted(REFUSED)]
        self.hub.take(
            *DOCUMENTS,
            [document(chance.choice("ABCDE"), chance.randrange(9), chance.choice("xy"), organid=chance.choice(codes))
             for _ in range(chance.randrange(1, 9))],
        )  # fmt: skip

    def block(self, number: int) -> None:
        with pytest.raises(Blocked):
            self.hub.take(*DOCUMENTS, [document(f"B{number}", promulgationdate="x")], max_rejected=0)

    def snapshot(self, number: int) -> None:
        records = file(JANUARY, "VNPT", ma_dia_ban=["05971", "09999"][number % 2])[number % 4 :]
        with suppress(Blocked):  # a snapshot that shrinks too much
            take(self.hub, JANUARY, {"VNPT": records}, submission=1 + number % 3)

    def replay(self, number: int) -> None:
        refused = self.hub.rows(
            "select distinct batch_id from quality.quarantine q join ledger.batch b using (batch_id)"
            " where replay_batch_id is null and b.feed = 'documents' and b.status = 'published' order by 1"
        )
        if refused:
            mended = strict(self.hub, frozenset(sorted(REFUSED)[: number % 2]))
            try:
                mended.replay(refused[number % len(refused)][0])
            finally:
                strict(self.hub)

    def follow(self, _: int) -> None:
        self.hub.refresh()

    def again(self, _: int) -> None:
        recompute(self.hub.url, "H37", ["base_stations"], catalogue=CATALOGUE)

    def list_areas(self, _: int) -> None:
        """The reference data come to list an area and an organisation that records have named."""
        self.hub.change(
            "insert into warehouse.dim_area (area_id, code, valid_from, name, level, parent_id, sort_key, ancestor_ids)"
            " select 900000, '09999', valid_from, 'Xã Mới', level, parent_id, sort_key, array[900000] ||"
            " ancestor_ids[2:] from warehouse.dim_area where code = '05971' and level = 'commune'"
            " order by valid_from limit 1 on conflict do nothing"
        )
        migrate(self.hub.url)

    def remove(self, number: int) -> None:
        hashes = self.hub.rows("select distinct landed_sha256 from landing.page order by 1")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(retention, "expired", lambda *_: [sha256 for (sha256,) in hashes][number % 3 :: 3])
            self.load(number)


@few
@given(steps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1000)), min_size=3, max_size=8))
def test_whatever_the_hub_does_is_no_finding(new_hub: NewHub, tmp_path: Path, steps: Sequence[tuple[int, int]]) -> None:
    doing = Steps(strict(new_hub(retention=LONG)), tmp_path)
    for act, number in steps:
        doing.acts[act](number)
        found = doing.hub.verify()
        assert found.findings == [], doing.acts[act].__name__
        assert doing.hub.verify("H37").sound
    assert found.seals > 0
