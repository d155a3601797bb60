"""The archive: closed months of provinces in DuckLake, a catalogue beside a folder of Parquet files.

A month of a province counts as it is when the newest entry of the audit trail about it names just the files that the
catalogue lists, with their hashes: a month that was written without its entry is no known month.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Self

import duckdb
import psycopg
from psycopg import sql
from pyarrow import BufferReader, Table, csv, string

from hub.errors import Abort, Retry
from hub.files import make_folder
from hub.translation import Wording, msg

Connection = psycopg.Connection[Any]
PLACES = 20
NUMERIC = f"decimal(38, {PLACES})"
"""The archive's form of numbers without a declared scale: 18 digits before the point. What does not fit is an error."""
_TYPES = {16: "boolean", 20: "decimal(19, 0)", 21: "integer", 23: "integer", 25: "varchar", 701: NUMERIC} | {
    1007: "integer[]",
    1082: "date",
    1184: "timestamptz",
    1700: NUMERIC,
    3802: "json",
}
"""PostgreSQL's type → the archive's. A bigint is a decimal, so that its sum is one, as PostgreSQL's."""
_FORMS = {701: "{}::numeric", 1007: "to_json({})"}
"""How columns of these types are read, where not as they are."""
_LAKE = "lake"


class Part(NamedTuple):
    """A month of a province: what is written, hashed and read as one."""

    province: str
    month: str
    """As `2023-01`."""

    @property
    def subject(self) -> str:
        """Of the entries of the audit trail."""
        return f"archive/{self.province}/{self.month}"

    @property
    def folder(self) -> str:
        """In the folder of each table."""
        return f"province_code={self.province}/month={self.month}"


class Rows(NamedTuple):
    """What of a table is archived: its columns with their types, and the rows as texts."""

    types: dict[str, str]
    texts: Table


def read_rows(connection: Connection, columns: Sequence[str], rest: sql.Composable, values: Mapping[str, Any]) -> Rows:
    """The columns of rows `r`; `rest` is the query from its `from` on."""
    names = [sql.Identifier("r", column) for column in columns]
    probe = sql.SQL("select {} {} limit 0").format(sql.SQL(", ").join(names), rest)
    described = connection.execute(probe, values).description or ()
    listed = [
        sql.SQL(_FORMS.get(one.type_code, "{}")).format(name) + sql.SQL(" as ") + sql.Identifier(one.name)
        for one, name in zip(described, names, strict=True)
    ]
    query = sql.SQL("copy (select {} {}) to stdout (format csv, header)").format(sql.SQL(", ").join(listed), rest)
    with connection.cursor() as cursor, cursor.copy(query, values) as copy:
        text = b"".join(copy)
    texts = csv.read_csv(
        BufferReader(text),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(columns, string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return Rows({one.name: _TYPES[one.type_code] for one in described}, texts)


class Archive:
    """An open archive, and beside it a database in memory into which a month is read."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self._folder, self.connection = folder, connection

    @classmethod
    @contextmanager
    def open(cls, folder: Path, *, write: bool = False) -> Iterator[Self]:
        """The archive in that folder, which is made where it is missing and to be written. One process writes while
        none reads. Raises Abort when it cannot be used, Retry while another process has it open."""
        catalogue = folder.absolute() / "catalogue.ducklake"
        if write:
            make_folder(folder)
        elif not catalogue.is_file():
            raise Abort(msg("There is no archive in {folder}: write a month with `ioc archive write`", folder=folder))
        with _errors(folder), duckdb.connect(config=_SETTINGS) as connection:
            connection.execute(f"load {_quoted(_extension())}")
            connection.execute("set timezone = 'Asia/Ho_Chi_Minh'; set enable_progress_bar = false")
            options = f"data_path {_quoted(catalogue.with_name('files'))}, override_data_path true"
            options += ", data_inlining_row_limit 0" if write else ", read_only"
            connection.execute(f"attach {_quoted(f'ducklake:{catalogue}')} as {_LAKE} ({options})")
            yield cls(folder.absolute(), connection)

    def tables(self) -> list[str]:
        """The names of its tables: of the serving views whose rows they hold."""
        rows = self.connection.execute(
            "select table_name from duckdb_tables() where database_name = ? order by 1", [_LAKE]
        ).fetchall()
        return [name for (name,) in rows]

    def replace(self, part: Part, tables: Iterable[tuple[str, Rows]]) -> dict[str, int]:
        """Puts these in the place of what there was of the part, in one transaction; rows by table."""
        known, counts = self.tables(), dict[str, int]()
        self.connection.execute("begin")
        for table in known:
            self.connection.execute(f"delete from {_LAKE}.{_name(table)} where {_OF_PART}", part)
        for table, rows in tables:
            place = f"{_LAKE}.{_name(table)}"
            if table not in known:
                self.connection.execute(f"create table {place} (province_code varchar, month varchar)")
                self.connection.execute(f"alter table {place} set partitioned by (province_code, month)")
            for column, kind in rows.types.items():
                self.connection.execute(f"alter table {place} add column if not exists {_name(column)} {kind}")
            listed = ", ".join(f"{_typed(column, kind)} as {_name(column)}" for column, kind in rows.types.items())
            self.connection.register("new_rows", rows.texts)
            self.connection.execute(
                f"insert into {place} by name select ? as province_code, ? as month, {listed} from new_rows", part
            )
            self.connection.unregister("new_rows")
            counts[table] = rows.texts.num_rows
        self.connection.execute("commit")
        return counts

    def remove_replaced(self) -> None:
        """Deletes the files of what was replaced, and what writers that were killed have left behind."""
        self.connection.execute(f"call ducklake_expire_snapshots('{_LAKE}', older_than => now())")
        self.connection.execute(f"call ducklake_cleanup_old_files('{_LAKE}', cleanup_all => true)")
        self.connection.execute(f"call ducklake_delete_orphaned_files('{_LAKE}', cleanup_all => true)")

    def files(self) -> dict[Part, set[str]]:
        """The files that the catalogue lists of each part, as paths in the archive's folder. One that deletes rows of
        another is listed, too."""
        found: dict[Part, set[str]] = {}
        for table in self.tables():
            for row in self.connection.execute(
                "select data_file, delete_file from ducklake_list_files(?, ?)", [_LAKE, table]
            ).fetchall():
                for file in filter(None, row):
                    path = Path(file)
                    values = dict(one.partition("=")[::2] for one in path.parts if "=" in one)
                    part = Part(values.get("province_code", ""), values.get("month", ""))
                    found.setdefault(part, set()).add(str(path.relative_to(self._folder)))
        return found

    def sha256(self, file: str) -> str | None:
        """The hash of a file's bytes; None where there is none."""
        with suppress(OSError), (self._folder / file).open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
        return None

    def read(self, files: Iterable[str]) -> None:
        """Puts the rows of these files into the schema `serving` of the database in memory, in the place of others;
        what the catalogue says of them does not matter."""
        self.connection.execute("create schema if not exists serving")
        by_table = {table: [file for file in files if Path(file).parts[2] == table] for table in self.tables()}
        for table, own in by_table.items():
            place = f"serving.{_name(table)}"
            self.connection.execute(f"create or replace table {place} as from {_LAKE}.{_name(table)} where false")
            if own:
                paths = [str(self._folder / file) for file in own]
                self.connection.execute(f"insert into {place} by name from read_parquet(?)", [paths])


def entries(connection: Connection) -> dict[Part, dict[str, str]]:
    """The files of each part that its newest entry names, with their hashes."""
    rows = connection.execute(
        "select distinct on (subject) subject, body::jsonb -> 'after' -> 'files' from ledger.entry"
        " where act = 'archive' order by subject, entry_id desc"
    )
    return {Part(*subject.split("/")[1:]): files for subject, files in rows}


def differences(
    archive: Archive, written: Mapping[Part, Mapping[str, str]], province: str | None = None, month: str | None = None
) -> Iterator[tuple[str, Wording]]:
    """What of the archive, or of one province or month, is not as the trail says: files, and what is wrong."""
    listed = archive.files()
    for part in sorted({*listed, *written}):
        if province not in (None, part.province) or month not in (None, part.month):
            continue
        named, there = written.get(part, {}), listed.get(part, set())
        for file in sorted({*named, *there}):
            if file not in named:
                yield file, msg("{file} in the archive: the newest entry of its month does not name it", file=file)
            elif (sha256 := archive.sha256(file)) is None:
                yield file, msg("{file} in the archive is missing", file=file)
            elif sha256 != named[file]:
                yield file, msg("{file} in the archive was changed since it was written", file=file)
            elif file not in there:
                yield file, msg("{file} in the archive: its catalogue does not list it", file=file)


_OF_PART = "province_code = ? and month = ?"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",
}
"""Nothing is fetched, and no row is written anywhere but to the archive."""


def _extension() -> Path:
    package = find_spec("duckdb_extension_ducklake")
    assert package is not None  # noqa: S101 - a dependency of the project
    assert package.origin is not None  # noqa: S101 - it has an __init__.py
    return Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"


@contextmanager
def _errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.IOException as error:
        if "Could not set lock" in str(error):
            raise Retry(msg("Another process has the archive {folder} open: try again", folder=folder)) from None
        raise Abort(msg("The archive {folder} cannot be used: {error}", folder=folder, error=_line(error))) from None
    except duckdb.Error as error:
        raise Abort(msg("The archive {folder} cannot be used: {error}", folder=folder, error=_line(error))) from None


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _typed(column: str, kind: str) -> str:
    """A column of texts in its type; a number of more places than the archive keeps is an error, and not rounded."""
    name = _name(column)
    if kind != NUMERIC:
        return f"{name}::{kind}"
    fits = rf"not regexp_matches({name}, '\.\d{{{PLACES}}}\d*[1-9]')"
    return f"case when {name} is null or {fits} then {name}::{kind} else error('{column}: too many places') end"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
