"""An installation moves from one database to the other and back, whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, inspect, select, text

from netreg.errors import Refused
from netreg.procedures.catalogue import Catalogue
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.registry.hashing import make_key
from netreg.store import audit, copying
from netreg.store.base import Base, make_engine
from netreg.store.transaction import Store
from tests.databases import empty_database, furnished_database, opened
from tests.people import ACTOR, ANA
from tests.portal.lived_in import move_in_further

pytestmark = pytest.mark.postgres
WAYS = [("sqlite", "postgres"), ("postgres", "sqlite")]


@pytest.fixture(scope="module", params=WAYS, ids="-to-".join)
def lived_in(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    """An office of each kind in which people have lived, and of what kind the other database is; read by all."""
    source, target = request.param
    folder = tmp_path_factory.mktemp("office")
    with furnished_database(source, folder) as url, opened(url) as store:
        store.office = replace(
            store.office,
            catalogue=Catalogue.of(("almoloya",), None),
            lists={"catalog:portal_modules": ("Avisos",)},
            files=folder / "files",
            retention_key=folder / "retention.key",
            mail=True,
        )
        make_key(folder / "retention.key")
        move_in_further(store)
        yield store, target


@pytest.fixture
def way(lived_in: tuple[Store, str], tmp_path: Path) -> Iterator[tuple[Store, Engine]]:
    """That office, and an empty database of the other kind."""
    store, target = lived_in
    with empty_database(target, tmp_path) as url:
        engine = make_engine(url)
        yield store, engine
        engine.dispose()


def content(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def triggers(engine: Engine) -> set[str]:
    query = {
        "sqlite": "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal "
        "UNION SELECT conname || condeferrable::text FROM pg_constraint",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return set(connection.scalars(text(query)))


def test_every_row_arrives_the_audit_chain_holds_and_life_goes_on(way: tuple[Store, Engine], tmp_path: Path) -> None:
    store, engine = way
    done = copying.copy(store.engine, engine)
    before = content(store.engine)
    assert content(engine) == before
    assert done.rows == {name: len(rows) for name, rows in before.items()}
    assert done.rows["authorisation"] and done.rows["area"] and done.rows["ticket"]
    assert done.chain.broken_at is None and done.chain.rows == done.rows["audit_event"]
    with opened(engine.url.render_as_string(hide_password=False)) as moved:
        with moved.transaction(ACTOR) as tx:
            assert queries.known_person(tx.session, ANA.email).active
            people.add_area(tx, "NUEVA", "Área nueva")
        with moved.reading() as session:
            assert audit.verify_store(session).rows == done.chain.rows + 1


def test_all_rules_stand_again_where_it_arrived(way: tuple[Store, Engine], tmp_path: Path) -> None:
    store, engine = way
    kind = "sqlite" if engine.dialect.name == "sqlite" else "postgres"
    folder = tmp_path / "plain"
    folder.mkdir()
    copying.copy(store.engine, engine)
    with empty_database(kind, folder) as url, opened(url) as plain:
        assert triggers(engine) == triggers(plain.engine)


def test_a_database_that_holds_something_is_refused_and_left_as_it_was(way: tuple[Store, Engine]) -> None:
    store, engine = way
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bodega (id integer)"))
    with pytest.raises(Refused, match="bodega") as refused:
        copying.copy(store.engine, engine)
    assert refused.value.code == "copy_not_empty"
    assert inspect(engine).get_table_names() == ["bodega"]


def test_a_second_copy_into_the_same_database_is_refused(way: tuple[Store, Engine]) -> None:
    store, engine = way
    copying.copy(store.engine, engine)
    before = content(engine)
    with pytest.raises(Refused, match="no está vacía"):
        copying.copy(store.engine, engine)
    assert content(engine) == before


def test_a_value_the_other_database_cannot_hold_stops_it_and_nothing_is_stored(tmp_path: Path) -> None:
    with (
        furnished_database("sqlite", tmp_path) as url,
        opened(url) as store,
        empty_database("postgres", tmp_path) as to,
    ):
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE area SET name = 'a' || char(0) || 'b' WHERE code = 'OBRAS'"))
        engine = make_engine(to)
        with pytest.raises(Refused) as refused:
            copying.copy(store.engine, engine)
        assert refused.value.code == "copy_refused" and inspect(engine).get_table_names() == []
        engine.dispose()


def test_what_arrives_changed_is_stored_nowhere(way: tuple[Store, Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    store, engine = way
    send = copying._send

    def careless(there, here, table):  # type: ignore[no-untyped-def]
        sent = send(there, here, table)
        if table.name == "person":
            here.execute(text("UPDATE person SET name = name || '.' WHERE id = 1"))
        return sent

    monkeypatch.setattr(copying, "_send", careless)
    with pytest.raises(copying.CopyFailed, match="person"):
        copying.copy(store.engine, engine)
    assert inspect(engine).get_table_names() == []


def test_the_numbers_of_new_rows_go_on_after_the_last(tmp_path: Path) -> None:
    with (
        furnished_database("sqlite", tmp_path) as url,
        opened(url) as store,
        empty_database("postgres", tmp_path) as to,
    ):
        engine = make_engine(to)
        copying.copy(store.engine, engine)
        with engine.connect() as connection:
            last = connection.scalar(select(func.max(Base.metadata.tables["person"].c.id)))
            following = connection.scalar(text("SELECT nextval(pg_get_serial_sequence('person', 'id'))"))
        assert following == last + 1
        engine.dispose()
