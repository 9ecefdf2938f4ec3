"""Bring the database to this version's tables: Alembic's scripts, run under a lock so that many may start at once.

Every command asks, and the answer is nearly always "already there": then Alembic is not even imported.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from netreg.errors import ConfigError

_UPGRADE_LOCK = 0x6E72_6D67  # "nrmg"
_SCRIPTS = Path(__file__).parent / "migrations"


def head() -> str:
    """The revision this version of netreg needs: scripts are named by it, and numbered."""
    return max(revisions())


def revisions() -> frozenset[str]:
    """Every revision this version of netreg knows."""
    return frozenset(script.name.partition("_")[0] for script in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def current(engine: Engine) -> str | None:
    """The revision the database is at, or None when it is empty."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return revision


def upgrade(engine: Engine) -> str:
    """Upgrade to `head()` in one transaction and return it; several processes may call this at once.

    Raises ConfigError when a newer version of netreg has been here: this one does not know its tables.
    """
    at = current(engine)
    if at is not None and at > head():
        raise ConfigError(
            "netreg.store.newer",
            f"La base de datos está en la revisión {at}; esta versión de netreg conoce hasta la {head()}. No se tocó.",
            "Instale la versión de netreg que la actualizó, o restaure el respaldo anterior a la actualización.",
        )
    if at != head():
        with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            run_scripts(connection)
    return head()


def run_scripts(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to a revision, in the caller's transaction.

    Whoever waited for the lock finds the work done, because Alembic looks again under it.
    """
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
