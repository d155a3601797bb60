"""The bare limit: fetch, decode, COPY, MERGE. Nothing is checked, landed, redacted or accounted for."""

from operator import attrgetter

import measure
import psycopg
from pages import Client

TYPES = {"text": "text", "integer": "smallint", "datetime": "timestamptz"}


def work(job):
    columns = job["columns"]
    names = ", ".join(columns)
    typed = ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns.items())
    with psycopg.connect(job["database"]) as connection:
        connection.execute("set time zone 'Asia/Ho_Chi_Minh'")
        connection.execute(f"create table dossier ({typed}, primary key ({job['key']}))")
        connection.execute(f"create unlogged table incoming ({typed})")
        line = liner(columns)
        with connection.cursor() as cursor, cursor.copy(f"copy incoming ({names}) from stdin") as copy:
            for records in Client(job).pages():
                copy.write("".join(map(line, records)))
        connection.execute("analyze incoming")
        updates = ", ".join(f"{name} = i.{name}" for name in columns if name != job["key"])
        connection.execute(
            f"merge into dossier d using incoming i on d.{job['key']} = i.{job['key']}"
            f" when matched and i.{job['version']} >= d.{job['version']} then update set {updates}"
            f" when not matched then insert ({names}) values ({', '.join(f'i.{name}' for name in columns)})"
        )
    return "dossier"


def liner(columns):
    """A function that writes a record as a line of COPY's text format."""
    values = attrgetter(*columns)
    moments = [place for place, kind in enumerate(columns.values()) if kind == "datetime"]

    def line(record):
        cells = list(values(record))
        for place in moments:
            told = cells[place]
            cells[place] = f"{told[:8]} {told[8:10]}:{told[10:12]}:{told[12:]}" if told else "\\N"
        return "\t".join(cells) + "\n"

    return line


if __name__ == "__main__":
    measure.run(work)
