"""`netreg db copy`: an office moves, while nobody works in it."""

from __future__ import annotations

import stat

import pytest

from netreg.store.leading import TIMETABLE, leadership
from tests.cli.conftest import Office


def test_an_office_moves_and_the_answer_says_what_to_write_next(office: Office) -> None:
    target = office.folder / "moved.db"
    done = office.ask("db", "copy", "--to", f"sqlite:///{target}")
    assert done["rows"]["area"] == 2 and done["events"] == done["rows"]["audit_event"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    text = office.path.read_text()
    office.path.write_text(text.replace('database = ""', f'database = "sqlite:///{target}"'))
    assert office.ask("audit", "verify")["head"] == done["head"]
    assert {one["code"] for one in office.ask("area", "list")} == {"DIF", "OBRAS"}


def test_nothing_is_copied_over_something(office: Office) -> None:
    here = f"sqlite:///{office.folder / 'data' / 'netreg.db'}"
    assert office.refused("db", "copy", "--to", here)[0] == "copy_not_empty"


def test_nothing_is_copied_while_netreg_runs(office: Office) -> None:
    with leadership(TIMETABLE, office.store.engine, office.folder / "data") as holds:
        assert holds is not None
        code, _field = office.refused("db", "copy", "--to", f"sqlite:///{office.folder / 'moved.db'}")
    assert code == "copy_running"


@pytest.mark.parametrize("url", ["", "bodega", "mysql://localhost/netreg", "postgresql+nada://localhost/netreg"])
def test_what_is_no_database_is_refused(office: Office, url: str) -> None:
    assert office.refused("db", "copy", "--to", url) == ("E_DATABASE", "to")


def test_a_server_that_is_away_is_the_outside_world(office: Office) -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:9/netreg?connect_timeout=2"
    assert office.refused("db", "copy", "--to", url, exit_code=3)[0] in ("store_away", "outside")
