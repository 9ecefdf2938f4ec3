"""Bring the database to this version's tables: Alembic's scripts, run under a lock so that many may start at once.

Every command asks, and the answer is nearly always "already there": then Alembic is not even imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, inspect, text

from netreg.errors import ConfigError, UpgradeFailed

_UPGRADE_LOCK = 0x6E72_6D67  # "nrmg"
_SCRIPTS = Path(__file__).parent / "migrations"
# Alembic's own table, and those of Procrastinate on PostgreSQL: its jobs only call workers to rows of ours.
_VERSIONS, _JOBS = "alembic_version", "procrastinate_"


def head() -> str:
    """The revision this version of netreg needs: scripts are named by it, and numbered."""
    return max(revisions())


def revisions() -> frozenset[str]:
    """Every revision this version of netreg knows."""
    return frozenset(script.name.partition("_")[0] for script in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def is_ours(table: str) -> bool:
    """Whether a table holds rows of netreg; those of the libraries that it uses do not."""
    return table != _VERSIONS and not table.startswith(_JOBS)


def current(engine: Engine) -> str | None:
    """The revision the database is at, or None when it is empty."""
    with engine.connect() as connection:
        return revision(connection)


def revision(connection: Connection) -> str | None:
    """The same over a connection that is there already."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


class Copy(Protocol):
    """What the database was before the migrations ran."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    def put_back(self, engine: Engine) -> bool:
        """Make the database what it was, if it is not; whether there was anything to do."""


# Keeps a copy of a database that is about to be migrated from the revision given.
Safeguard = Callable[[Engine, str], Copy]


def upgrade(engine: Engine, safeguard: Safeguard | None = None) -> str:
    """Upgrade to `head()` in one transaction and return it; several processes may call this at once.

    With a `safeguard` a copy is made first, and put back should a script fail after it stored something. Raises
    UpgradeFailed then, with the database as it was; and ConfigError when a newer version of netreg has been here: this
    one does not know its tables.
    """
    at = current(engine)
    if at is not None and at > head():
        raise ConfigError(
            "netreg.store.newer",
            f"La base de datos está en la revisión {at}; esta versión de netreg conoce hasta la {head()}. No se tocó.",
            "Instale la versión de netreg que la actualizó, o restaure el respaldo anterior a la actualización.",
        )
    if at is None:
        with _locked(engine) as connection:
            run_scripts(connection)
    elif at != head():
        _migrate(engine, safeguard)
    return head()


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """A transaction that only one process has at a time."""
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        yield connection


def _migrate(engine: Engine, safeguard: Safeguard | None) -> None:
    copy: Copy | None = None
    try:
        with _locked(engine) as connection:
            at = str(connection.scalar(text("SELECT version_num FROM alembic_version")))
            if at != head():  # nobody did it while we waited
                copy = safeguard(engine, at) if safeguard else None
                run_scripts(connection)
    except Exception as error:
        # Rolled back already, unless a script stored something by itself.
        if copy is not None:
            copy.put_back(engine)
        raise _failed(error, copy) from error


def _failed(error: Exception, copy: Copy | None) -> UpgradeFailed:
    kept = f" La copia de antes está en {copy.path}." if copy else ""
    return UpgradeFailed(
        f"No se pudo actualizar la base de datos a la revisión {head()}: {error}. Quedó como estaba.{kept}",
        "Siga con la versión anterior de netreg y avise a quien la mantiene.",
    )


def run_scripts(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision, in the caller's transaction; Alembic looks first what is missing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
