"""db: status, upgrade, copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from netreg.backup import copying as before_upgrades
from netreg.cli.admin import private_files
from netreg.cli.base import App, command, pass_app
from netreg.errors import InvalidValue, Refused
from netreg.opening import open_store
from netreg.store import copying, leading, upgrade
from netreg.store.base import make_engine
from netreg.store.transaction import translated_errors


@click.group("db")
def db() -> None:
    """The database."""


@command(db, "status")
@pass_app
def db_status(app: App) -> None:
    """Which revision the database is at, and which this version needs."""
    engine = make_engine(app.settings.database_url)
    document = {"database": engine.url.render_as_string(), "at": upgrade.current(engine), "needs": upgrade.head()}
    app.show(document, f"{document['at'] or '—'} → {document['needs']}")


@command(db, "upgrade")
@pass_app
def db_upgrade(app: App) -> None:
    """Bring the database to this version's tables, with a copy of it before; safe to repeat.

    It may run in several places at once; stop the service all the same, for the older version may still write.
    """
    app.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = set(before_upgrades.copies(app.settings.data_dir))
    store = open_store(app.settings.database_url, copies=app.settings.data_dir)
    made = sorted(set(before_upgrades.copies(app.settings.data_dir)) - before)
    document = {"at": upgrade.current(store.engine), "copy": str(made[-1]) if made else None}
    app.show(document, f"✔ {upgrade.head()}")
    if made:
        app.say(f"  La base de antes está en {made[-1]}; se quita sola a los {before_upgrades.KEPT.days} días.")


@command(db, "copy")
@click.option(
    "--to", "url", required=True, metavar="URL", help="An empty database: postgresql+psycopg://... or sqlite:///..."
)
@pass_app
def db_copy(app: App, url: str) -> None:
    """Copy all that is stored into another database, and compare it; netreg must not be running meanwhile."""
    with leading.leadership(leading.TIMETABLE, app.store.engine, app.settings.data_dir) as holds:
        if holds is None:
            raise Refused("netreg está en marcha; deténgalo y repita.", "netreg is running; stop it and do it again.",
                          code="copy_running")  # fmt: skip
        with private_files(), closing_engine(url) as target:
            done = copying.copy(app.store.engine, target)
    document = {"rows": done.rows, "events": done.chain.rows, "head": done.chain.head}
    app.show(document, f"✔ {sum(done.rows.values())} filas, {done.chain.rows} eventos, cadena {done.chain.head[:16]}")
    app.say(f'Siguiente paso: en {app.path} escriba database = "{make_url(url).render_as_string()}"')


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    """The engine of a database that somebody named on the command line; raises InvalidValue."""
    try:
        engine = make_engine(url)
    except (SQLAlchemyError, ImportError) as error:
        raise InvalidValue("No es una base de datos que netreg conozca.", "That is no database netreg knows.",
                           code="E_DATABASE", field="to") from error  # fmt: skip
    try:
        with translated_errors():
            yield engine
    finally:
        engine.dispose()
