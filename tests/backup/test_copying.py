"""A migration that fails leaves the database as it was, also one that stored something on its way."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from netreg.backup import copying
from netreg.errors import UpgradeFailed
from netreg.opening import open_store
from netreg.store import upgrade
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import phones, state

ADD = 'op.add_column("area", sa.Column("mascot", sa.Text(), nullable=True))'
MIGRATIONS = {
    "fails halfway": f'{ADD}\n    raise RuntimeError("no luck")',
    "fails in the database": f'{ADD}\n    op.execute("INSERT INTO no_such_table VALUES (1)")',
    "stores half of it and fails": f"""{ADD}
    op.execute("DELETE FROM delivery")
    op.execute("UPDATE area SET name = 'somebody else''s'")
    op.get_bind().exec_driver_sql("COMMIT")
    raise RuntimeError("no luck")""",
}


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The scripts of a next version; the test writes the one that is new."""
    scripts = tmp_path / "migrations"
    shutil.copytree(upgrade._SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(upgrade, "_SCRIPTS", scripts)
    return scripts / "versions" / "0002_next.py"


def written(body: str) -> str:
    head = 'import sqlalchemy as sa\nfrom alembic import op\n\nrevision = "0002"\ndown_revision = "0001"\n'
    return f"{head}\n\ndef upgrade() -> None:\n    {body}\n"


def content(store: Store) -> str:
    with store.engine.connect() as connection:
        return copying.content(connection)


@pytest.mark.parametrize("name", MIGRATIONS)
def test_a_migration_that_fails_leaves_everything_as_it_was(
    store: Store, next_version: Path, tmp_path: Path, name: str
) -> None:
    phones(store, 2)
    before, url = content(store), store.engine.url.render_as_string(hide_password=False)
    next_version.write_text(written(MIGRATIONS[name]))
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(UpgradeFailed) as failed:
        open_store(url, copies=folder)
    (copy,) = copying.copies(folder)
    assert str(copy) in failed.value.message and "Quedó como estaba" in failed.value.message and failed.value.hint
    assert copy.stat().st_mode & 0o077 == 0
    store.engine.dispose()
    assert content(store) == before and upgrade.current(store.engine) == "0001"
    next_version.unlink()
    again = open_store(url, copies=folder)
    assert state(again, 1) == ("pushing", 1)
    phones(again, 1, first=3)
    with pytest.raises(Exception, match="append-only"), again.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_event"))
    again.engine.dispose()


def test_a_migration_that_succeeds_leaves_the_copy_for_a_month(
    store: Store, next_version: Path, tmp_path: Path
) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    next_version.write_text(written(ADD))
    open_store(url, copies=tmp_path).engine.dispose()
    assert upgrade.current(store.engine) == "0002"
    (copy,) = copying.copies(tmp_path)
    open_store(url, copies=tmp_path).engine.dispose()
    assert copying.copies(tmp_path) == [copy], "nothing to do, nothing copied"
    copying.forget(tmp_path, now() + timedelta(days=29))
    assert copying.copies(tmp_path) == [copy]
    os.utime(copy, (0, 0))
    copying.forget(tmp_path, now())
    assert copying.copies(tmp_path) == []


def test_a_new_installation_needs_no_copy(empty: str, tmp_path: Path) -> None:
    open_store(empty, copies=tmp_path).engine.dispose()
    assert copying.copies(tmp_path) == []
