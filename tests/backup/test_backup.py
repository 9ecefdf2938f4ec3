"""What was backed up comes back as it was, from either database into either, also while somebody writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from netreg.backup import configuration, making, rows, verified
from netreg.backup.restoring import restore
from netreg.errors import ConfigError, Refused
from netreg.procedures.archive import keep
from netreg.registry import queries
from netreg.registry.commands import points
from netreg.registry.commands.restoring import held_since_restore
from netreg.registry.commands.tracing import note_export
from netreg.registry.deciding import approve
from netreg.store.audit import verify_store
from netreg.store.base import make_engine, now
from netreg.store.leading import TIMETABLE, leadership
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.backup.conftest import Town
from tests.people import INES, ask, phone, phones, state
from tests.portal.conftest import HOST_KEY, a_point

LETTER, FORM, MARK = b"%PDF-1.7 a letter", b"%PDF-1.7 unconfirmed", "a-mark_of_a_form_that_waits_1234"
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def everything(store: Store, besides: tuple[str, ...] = ()) -> dict[str, list[bytes]]:
    """Every row of every table, in the form of backups."""
    with store.engine.connect() as connection:
        found = {
            shape.name: [content for content, _ in rows.parts(connection, shape)] for shape in rows.shapes(connection)
        }
    return {name: content for name, content in found.items() if name not in besides}


@pytest.fixture
def lived_in(store: Store, town: Town) -> Store:
    """Three phones, a point in service and a letter, on each database."""
    return live_in(store, town)


@pytest.fixture
def small(sqlite_store: Store, town: Town) -> Store:
    """The same on SQLite alone."""
    return live_in(sqlite_store, town)


def live_in(store: Store, town: Town) -> Store:
    phones(store, 3)
    a_point(store)
    data = town.settings(spelled(store)).data_dir
    keep(data / "files", LETTER)
    keep(data / "pending" / MARK, FORM)
    (data / "files" / "00").mkdir()
    (data / "files" / "00" / ".0123.part").write_text("half written")
    return store


def spelled(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("target", KINDS)
def test_every_row_and_file_comes_back_into_either_database(lived_in: Store, town: Town, target: str) -> None:
    old = town.settings(spelled(lived_in))
    file = town.back_up(lived_in, old)
    before = everything(lived_in, ("point", "delivery", "audit_event"))
    log = everything(lived_in)["audit_event"]
    new = town.empty(target)
    done = town.restore(file, new)
    store = town.opened(new)
    assert everything(store, ("point", "delivery", "audit_event")) == before
    assert b"".join(everything(store)["audit_event"]).startswith(b"".join(log)), "the log goes on where it ended"
    with store.reading() as session:
        assert verify_store(session).broken_at is None
    assert state(store, 1) == ("pushing", 1)
    assert [one.read_bytes() for one in (new.data_dir / "files").glob("*/*")] == [LETTER]
    assert new.retention_key_file.read_text() == old.retention_key_file.read_text()
    assert [one.read_bytes() for one in (new.data_dir / "pending" / MARK).glob("*/*")] == [FORM]
    assert done.manifest.files == 2 and done.held == ("cortafuegos",)


@pytest.mark.parametrize("target", KINDS)
def test_a_restored_installation_goes_on_and_its_rules_hold(lived_in: Store, town: Town, target: str) -> None:
    """Numbers go on after the highest, and no fourth phone gets in."""
    file = town.back_up(lived_in, town.settings(spelled(lived_in)))
    new = town.empty(target)
    town.restore(file, new)
    store = town.opened(new)
    fourth = ask(store, phone(9))[0]
    with pytest.raises(Refused) as full:
        approve(store, INES.email, fourth)
    assert full.value.code == "quota_full"
    with pytest.raises(Exception, match="append-only"), store.engine.begin() as connection:
        connection.execute(text("UPDATE audit_event SET actor = 'nobody'"))
    with pytest.raises(Exception, match=r"(?i)foreign key"), store.engine.begin() as connection:
        connection.execute(text("UPDATE authorisation SET device_id = 999 WHERE device_id = 1"))


def test_a_phone_beyond_the_three_comes_back_though_no_row_may_be_born_so(store: Store, town: Town) -> None:
    phones(store, 3)
    with store.engine.begin() as connection:
        # What a merger leaves behind, put there as nobody could: with the rule asleep.
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE authorisation DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER authorisation_excess_comes_of_merging"))
        connection.execute(
            text("UPDATE authorisation SET slot = NULL, grandfathered_until = '2027-01-31' WHERE device_id = 3")
        )
    new = town.empty("sqlite")
    town.restore(town.back_up(store, town.settings(spelled(store))), new)
    with town.opened(new).engine.connect() as connection:
        query = text("SELECT grandfathered_until FROM authorisation WHERE device_id = 3")
        assert connection.scalar(query) == "2027-01-31"


def test_a_backup_made_while_others_write_is_one_moment(store: Store, town: Town) -> None:
    """The chain in it is whole, and every event in it is of before its end."""
    settings = town.settings(spelled(store))
    stop, failed = threading.Event(), []

    def write() -> None:
        try:
            while not stop.is_set():
                with store.transaction(INES.email) as tx:
                    note_export(tx, "device-csv", 1)
        except Exception as error:
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [town.back_up(store, settings) for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    assert failed == []
    chains = [verified.verify(one, town.identity, settings.data_dir)[1].chain for one in files]
    with store.reading() as session:
        end = verify_store(session)
    lengths = [one.rows for one in chains]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1] <= end.rows, "it wrote meanwhile"
    assert all(one.broken_at is None for one in chains)


def test_after_a_restore_nothing_is_pushed_until_a_person_has_seen_the_plan(small: Store, town: Town) -> None:
    new = town.empty("sqlite")
    town.restore(town.back_up(small, town.settings(spelled(small))), new)
    store = town.opened(new)
    with store.reading() as session:
        point = queries.point(session, "cortafuegos")
        assert not point.enabled and point.host_key == HOST_KEY, "its key stays pinned"
        owed = {(row.kind, row.state) for row in session.query(Delivery) if row.target == "cortafuegos"}
        held = held_since_restore(session)
        event = queries.audit(session, most=1)[0]
        assert event.name == "backup.restored" and "1 puntos esperan" in event.sentence("es")
    assert ("push", "waiting") not in owed and ("look", "waiting") in owed
    assert held is not None and held.points == ("cortafuegos",)
    with store.transaction(INES.email) as tx:
        points.ask_push(tx, queries.point(tx.session, "cortafuegos"))
    with store.reading() as session:
        assert not session.query(Delivery).filter_by(kind="push", state="waiting").all(), "nor when somebody asks"


@pytest.mark.parametrize("target", KINDS)
def test_an_installation_with_data_is_not_written_over(small: Store, town: Town, target: str) -> None:
    file = town.back_up(small, town.settings(spelled(small)))
    new = town.empty(target)
    town.restore(file, new)
    store = town.opened(new)
    with store.transaction(INES.email) as tx:
        note_export(tx, "device-csv", 1)
    before = everything(store)
    with pytest.raises(Refused) as refused:
        town.restore(file, new)
    assert refused.value.code == "restore_not_empty" and "--replace" in refused.value.hint
    assert everything(store) == before


@pytest.mark.parametrize("target", KINDS)
def test_replacing_sets_aside_what_was_there(small: Store, town: Town, target: str) -> None:
    file = town.back_up(small, town.settings(spelled(small)))
    new = town.empty(target)
    town.restore(file, new)
    store = town.opened(new)
    with store.transaction(INES.email) as tx:
        note_export(tx, "device-csv", 1)
    count = len(everything(store)["audit_event"][0].splitlines())
    store.engine.dispose()
    keep(new.data_dir / "files", b"%PDF-1.7 newer than the backup")
    done = town.restore(file, new, replace=True)
    assert done.aside is not None and len(list((done.aside / "files").glob("*/*"))) == 2
    assert len(list((new.data_dir / "files").glob("*/*"))) == 1
    if target == "sqlite":
        assert rows_of(f"sqlite:///{done.aside / 'empty.db'}") == count
    else:
        with store.engine.connect() as connection:
            assert connection.scalar(text(f"SELECT count(*) FROM {done.schema_aside}.audit_event")) == count
    assert len(everything(store)["audit_event"][0].splitlines()) == count - 1


def rows_of(url: str) -> int:
    engine = make_engine(url)
    with engine.connect() as connection:
        count: int = connection.scalar(text("SELECT count(*) FROM audit_event"))
    engine.dispose()
    return count


@pytest.mark.parametrize("target", KINDS)
def test_a_running_service_is_not_restored_into(small: Store, town: Town, target: str) -> None:
    file = town.back_up(small, town.settings(spelled(small)))
    new = town.empty(target)
    engine = make_engine(new.database_url)
    with leadership(TIMETABLE, engine, new.data_dir) as holds:
        assert holds is not None
        with pytest.raises(Refused) as refused:
            town.restore(file, new)
    engine.dispose()
    assert refused.value.code == "restore_running"


def test_a_restore_that_fails_at_its_end_leaves_everything_as_it_was(
    small: Store, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = town.back_up(small, town.settings(spelled(small)))
    new = town.empty("sqlite")
    town.restore(file, new)
    before = {one for one in new.data_dir.rglob("*") if one.is_file()}

    def fails(*_arguments: object) -> list[str]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(configuration, "put_back", fails)
    with pytest.raises(OSError, match="space"):
        town.restore(file, new, replace=True)
    assert {one for one in new.data_dir.rglob("*") if one.is_file()} == before
    assert state(town.opened(new), 1) == ("pushing", 1)


def test_the_configuration_comes_back_where_there_is_none_and_lies_beside_where_there_is(
    sqlite_store: Store, town: Town
) -> None:
    old = town.settings(spelled(sqlite_store), said='[privacy]\nnotice_file = "aviso.txt"\nversion = "1"\n'
                        'date = "2026-11-20"\n')  # fmt: skip
    (town.folder / "old" / "aviso.txt").write_text("Aviso de privacidad")
    file = town.back_up(sqlite_store, old)
    sqlite_store.engine.dispose()
    for one in town.folder.parent.glob("netreg.db*"):
        one.unlink()  # the machine is gone
    home = town.folder / "next"
    home.mkdir()
    done = restore(file, home / "config.toml", town.identity, replace=False, actor="cli:nora", at=now())
    assert (home / "aviso.txt").read_text() == "Aviso de privacidad" and done.left == ()
    assert (home / "config.toml").read_text() == (town.folder / "old" / "config.toml").read_text()
    assert (home / "config.toml").stat().st_mode & 0o077 == 0
    again = restore(file, home / "config.toml", town.identity, replace=True, actor="cli:nora", at=now())
    assert set(again.left) == {"config.toml", "named/privacy.notice_file"}


def test_a_file_that_is_forgotten_while_the_backup_is_made_is_left_out(
    small: Store, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = town.settings(spelled(small))
    listed = making.stored_files

    def forgotten(data: Path) -> list[tuple[str, Path]]:
        found = list(listed(data))
        found[0][1].unlink()
        return found

    monkeypatch.setattr(making, "stored_files", forgotten)
    file = town.back_up(small, settings)
    assert verified.verify(file, town.identity, settings.data_dir)[1].files == 1


def test_secrets_of_other_doors_are_in_no_backup(sqlite_store: Store, town: Town) -> None:
    settings = town.settings(spelled(sqlite_store))
    for name in ("keys/cortafuegos", "passwords/switch", "secret.key", "audit.key"):
        (settings.data_dir / name).parent.mkdir(exist_ok=True)
        (settings.data_dir / name).write_text("a secret")
    assert set(configuration.parts(settings)) == {"config.toml", "retention.key"}


def test_nothing_readable_is_written_by_accident(sqlite_store: Store, town: Town) -> None:
    settings = town.settings(spelled(sqlite_store))
    with pytest.raises(Refused) as refused:
        verified.make(town.folder / "open", sqlite_store.engine, settings, ())
    assert refused.value.code == "backup_plain" and not (town.folder / "open").exists()
    with pytest.raises(ConfigError, match="recipients"):
        town.settings(spelled(sqlite_store), said='[backup]\nfolder = "respaldos"\n')
    sealed = town.back_up(sqlite_store, settings)
    assert b"municipio" not in sealed.read_bytes() and sealed.stat().st_mode & 0o077 == 0
    plain = town.back_up(sqlite_store, settings, plain=True)
    head, _ = verified.verify(plain, None, settings.data_dir)
    assert head.database == "sqlite"
    with pytest.raises(Refused) as refused:
        town.restore(town.folder / "key.txt", town.empty("sqlite"))
    assert refused.value.code == "backup_damaged"


def test_a_file_that_is_there_is_not_written_over(sqlite_store: Store, town: Town) -> None:
    settings = town.settings(spelled(sqlite_store))
    file = town.back_up(sqlite_store, settings)
    with pytest.raises(Refused) as refused:
        verified.make(file, sqlite_store.engine, settings, (town.public,))
    assert refused.value.code == "file_exists"


@pytest.fixture(autouse=True)
def _no_scratch_left(town: Town) -> Iterator[None]:
    """Whatever happened, nothing readable is left lying about."""
    yield
    left = [one for one in town.folder.rglob(".*") if one.name.startswith((".verify-", ".restore-", ".backup"))]
    assert left == []
