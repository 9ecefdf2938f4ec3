"""Put the rows of a backup into tables that were made for them, and prove that they are there as they were.

While rows come in nothing judges them one by one: triggers rest, and what points at another row may come before it.
Every rule is back, and was held against all rows, before the transaction ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from netreg.backup import refusals, rows
from netreg.backup.making import part_name
from netreg.backup.manifest import TABLES, Head, Manifest
from netreg.store.audit import verify_store
from netreg.store.upgrade import head, revisions, run_scripts


class Loader:
    """Takes the head and the rows of a backup into the empty tables of a connection's transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._shapes: dict[str, rows.Shape] = {}
        self._resting: list[str] = []

    def head(self, told: Head) -> None:
        """Make the tables of that revision, or hold those that are there against it, and let their rules rest."""
        if told.revision not in revisions():
            raise refusals.newer(told.revision, head())
        run_scripts(self.connection, told.revision)
        here = {one.name: one for one in rows.shapes(self.connection)}
        for shape in told.tables:
            if here.get(shape.name) != shape:
                raise refusals.damaged(f"la tabla {shape.name} es otra", f"table {shape.name} is another one")
        if missing := set(here) - {one.name for one in told.tables}:
            raise refusals.damaged(f"le falta la tabla {min(missing)}", f"it lacks table {min(missing)}")
        self._shapes = here
        self._resting = _rest_postgres(self.connection, here) if self._is_postgres else _rest_sqlite(self.connection)

    def rows(self, table: str, content: bytes) -> None:
        """Store one part."""
        rows.take(self.connection, self._shapes[table], content)

    def settle(self) -> None:
        """Every rule holds again, for all rows; raises Refused where one does not."""
        for statement in self._resting:
            self.connection.exec_driver_sql(statement)
        if self._is_postgres:
            _count_on(self.connection)
        elif self.connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
            raise refusals.damaged("un renglón señala a otro que no está", "a row points at another that is not there")

    @property
    def _is_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"


def _rest_sqlite(connection: Connection) -> list[str]:
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")).all()
    for name, _ in found:
        connection.execute(text(f'DROP TRIGGER "{name}"'))
    return [sql for _, sql in found]


def _rest_postgres(connection: Connection, names: Iterable[str]) -> list[str]:
    for name in names:
        connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
    keys = connection.execute(text(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(CAST(:tables AS regclass[])) ORDER BY conname"
    ), {"tables": [f'"{name}"' for name in names]}).all()  # fmt: skip
    for table, name, _ in keys:
        connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'))
    back = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {rule}' for table, name, rule in keys]
    return back + [f'ALTER TABLE "{name}" ENABLE TRIGGER USER' for name in names]


def _count_on(connection: Connection) -> None:
    """Numbers that PostgreSQL gives by itself go on after the highest that was stored."""
    for shape in rows.shapes(connection):
        for name, kind in shape.columns:
            if kind == "integer" and shape.key == (name,):
                connection.execute(text(
                    f"SELECT setval(pg_get_serial_sequence('\"{shape.name}\"', '{name}'), "  # noqa: S608
                    f'(SELECT coalesce(max("{name}"), 0) + 1 FROM "{shape.name}"), false)'
                ))  # fmt: skip


def prove(connection: Connection, told: Head, manifest: Manifest) -> None:
    """Write the tables out again and compare each part with the manifest, and so with the rows that were backed up.

    Then the audit chain is walked: it has to be as long and end as it did, and to be broken nowhere it was not.
    """
    found: dict[str, tuple[str, int]] = {}
    counts = {shape.name: _note(connection, shape, found) for shape in told.tables}
    expected = {name: part for name, part in manifest.parts.items() if name.startswith(TABLES)}
    if counts != manifest.rows or found != expected:
        wrong = _first_other(counts, manifest.rows) or _first_other(found, expected)
        raise refusals.damaged(f"{wrong} no quedó como estaba", f"{wrong} did not come back as it was")
    with Session(connection) as session:
        chain = verify_store(session)
    if chain != manifest.chain:
        raise refusals.damaged("la cadena de la bitácora no es la que era", "the audit chain is not what it was")


def _note(connection: Connection, shape: rows.Shape, found: dict[str, tuple[str, int]]) -> int:
    count = 0
    for number, (content, some) in enumerate(rows.parts(connection, shape), start=1):
        found[part_name(shape.name, number)] = (hashlib.sha256(content).hexdigest(), len(content))
        count += some
    return count


def _first_other(one: Mapping[str, object], other: Mapping[str, object]) -> str:
    return min((name for name in one.keys() | other.keys() if one.get(name) != other.get(name)), default="")
