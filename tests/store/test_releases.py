"""The database of every released version opens with this one, with what was in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from netreg.opening import open_store
from netreg.registry import queries
from netreg.store.audit import verify_store
from netreg.store.base import make_engine
from netreg.store.upgrade import current, head, revisions, upgrade
from tests.people import phones, state
from tests.store.releases import FOLDER, load

RELEASES = sorted(FOLDER.glob("*.sql"))


def tables(path: Path) -> set[str]:
    """What the database says of its tables and rules, without how its lines are broken."""
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.scalars(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    engine.dispose()
    return {" ".join(one.split()) for one in found}


def test_every_revision_has_its_tables_kept() -> None:
    assert {one.stem for one in RELEASES} == revisions(), "run: python -m tests.store.releases"


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.stem)
def test_the_tables_of_a_release_become_those_of_today(release: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    load(release, old)
    engine = make_engine(f"sqlite:///{new}")
    upgrade(engine)
    engine.dispose()
    open_store(f"sqlite:///{old}", copies=tmp_path).engine.dispose()
    assert tables(old) == tables(new), (
        f"a database of {release.stem} does not become today's. Is {release.stem} not released yet? "
        "Then run: python -m tests.store.releases"
    )


@pytest.mark.parametrize("release", RELEASES, ids=lambda one: one.stem)
def test_what_was_in_a_release_is_still_there_and_goes_on(release: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    load(release, path)
    store = open_store(f"sqlite:///{path}", copies=tmp_path)
    assert current(store.engine) == head() and state(store, 1) == ("pushing", 1)
    with store.reading() as session:
        assert queries.area(session, "OBRAS").name == "Obras Públicas"
        assert verify_store(session).broken_at is None and verify_store(session).rows > 5
    phones(store, 1, first=3)
    assert state(store, 3) == ("pushing", 3)
    store.engine.dispose()
