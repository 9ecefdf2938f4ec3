"""Backups by the clock: each day has one, a failure is tried again, so many are kept, and none that is good alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from agents import schedule
from netreg.backup import keeping, verified
from netreg.config import Settings
from netreg.config_backup import Backup
from netreg.registry import queries
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.backup.conftest import Town

ZONE = ZoneInfo("America/Mexico_City")
TODAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 9 in the morning at the office


@pytest.fixture
def settings(sqlite_store: Store, town: Town) -> Settings:
    said = f'[backup]\nfolder = "respaldos"\nrecipients = ["{town.public}"]\nkeep = 2\n'
    return town.settings(sqlite_store.engine.url.render_as_string(), said=said)


def files(settings: Settings) -> list[Path]:
    folder = Path(settings.backup.folder)
    return sorted(folder.iterdir()) if folder.exists() else []


def told(store: Store, *names: str) -> list[str]:
    with store.reading() as session:
        found = [event.name for event in reversed(queries.audit(session, most=200))]
    return [name for name in found if name in (names or ("backup.made", "backup.failed"))]


def alarms(store: Store) -> list[str]:
    with store.reading() as session:
        return [one.state for one in queries.alerts(session) if one.kind == "backup"]


def test_a_day_has_one_backup_that_opens_and_is_whole(sqlite_store: Store, settings: Settings, town: Town) -> None:
    for hours in (0, 1, 8, 20, 25):
        with time_machine.travel(TODAY + timedelta(hours=hours)):
            schedule.keep_backups(sqlite_store, settings)
    assert told(sqlite_store) == ["backup.made"] * 2
    for one in files(settings):
        assert verified.verify(one, town.identity, settings.data_dir)[1].chain.broken_at is None
    assert alarms(sqlite_store) == []


@pytest.mark.parametrize(
    ("every", "at", "due"),
    [
        ("daily", "2026-11-23T09:00", "2026-11-23T02:00"),
        ("daily", "2026-11-23T02:00", "2026-11-23T02:00"),
        ("daily", "2026-11-23T01:59", "2026-11-22T02:00"),
        ("hourly", "2026-11-23T09:59", "2026-11-23T09:00"),
    ],
)
def test_it_is_due_at_the_hour_of_the_office(every: str, at: str, due: str) -> None:
    said = Backup.model_validate({"every": every})
    local = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert keeping.scheduled(said, local.astimezone(UTC), ZONE) == datetime.fromisoformat(due).replace(tzinfo=ZONE)


def test_the_newest_are_kept_and_nothing_else_is_touched(sqlite_store: Store, settings: Settings) -> None:
    folder = Path(settings.backup.folder)
    folder.mkdir()
    for name in ("notas.txt", "netreg-mine.age", "netreg-20200101T000000Z.age.bak"):
        (folder / name).write_text("somebody's own")
    (folder / ".netreg-20200101T000000Z.age.part").write_text("of a run that died")
    for day in range(4):
        with time_machine.travel(TODAY + timedelta(days=day)):
            schedule.keep_backups(sqlite_store, settings)
    named = [one.name for one in files(settings)]
    assert [name[:15] for name in named if name.endswith("Z.age")] == ["netreg-20261125", "netreg-20261126"]
    assert {"notas.txt", "netreg-mine.age", "netreg-20200101T000000Z.age.bak"} <= set(named)
    assert not [name for name in named if name.endswith(".part")]


def test_a_failure_is_told_tried_again_after_an_hour_and_alarms_after_so_many(
    sqlite_store: Store, settings: Settings
) -> None:
    with time_machine.travel(TODAY):
        schedule.keep_backups(sqlite_store, settings)
    folder = Path(settings.backup.folder)
    kept = folder.rename(folder.with_name("kept"))
    folder.write_text("a file where the folder was")  # the disk is not mounted
    for minutes in (0, 15, 59, 61):
        with time_machine.travel(TODAY + timedelta(days=1, minutes=minutes)):
            schedule.keep_backups(sqlite_store, settings)
    assert told(sqlite_store) == ["backup.made", "backup.failed", "backup.failed"]
    folder.unlink()
    kept.rename(folder)
    with time_machine.travel(TODAY + timedelta(days=1, minutes=62)):
        schedule.keep_backups(sqlite_store, settings)
    assert told(sqlite_store)[-1] == "backup.failed" and alarms(sqlite_store) == [], "too soon, and yesterday's is good"
    with time_machine.travel(TODAY + timedelta(days=1, hours=3)):
        schedule.keep_backups(sqlite_store, settings)
    assert told(sqlite_store)[-1] == "backup.made"


def test_an_alert_opens_when_no_good_one_is_young_enough_and_closes_with_the_next(
    sqlite_store: Store, settings: Settings
) -> None:
    with time_machine.travel(TODAY):
        schedule.keep_backups(sqlite_store, settings)
    for hours, expected in ((35, []), (37, ["open"]), (38, ["open"])):
        with time_machine.travel(TODAY + timedelta(hours=hours)):
            keeping.watch(sqlite_store, settings, "schedule")
            assert alarms(sqlite_store) == expected, hours
    assert told(sqlite_store, "alert.opened") == ["alert.opened"], "once"
    with time_machine.travel(TODAY + timedelta(hours=39)):
        schedule.keep_backups(sqlite_store, settings)
        assert alarms(sqlite_store) in ([], ["closed"])


def test_a_file_that_somebody_took_away_or_cut_counts_for_nothing(sqlite_store: Store, settings: Settings) -> None:
    with time_machine.travel(TODAY):
        schedule.keep_backups(sqlite_store, settings)
    (only,) = files(settings)
    folder = Path(settings.backup.folder)
    with sqlite_store.reading() as session:
        assert keeping.newest_good(session, folder) is not None
        only.write_bytes(only.read_bytes()[:-1])
        assert keeping.newest_good(session, folder) is None
        only.unlink()
        assert keeping.due(session, settings, TODAY + timedelta(minutes=5))


def test_an_installation_that_never_made_one_is_told_after_the_same_time(
    sqlite_store: Store, settings: Settings
) -> None:
    with time_machine.travel(now() + timedelta(hours=35)):
        keeping.watch(sqlite_store, settings, "schedule")
        assert alarms(sqlite_store) == []
    with time_machine.travel(now() + timedelta(hours=37)):
        keeping.watch(sqlite_store, settings, "schedule")
        assert alarms(sqlite_store) == ["open"]


def test_without_a_folder_nothing_is_made_and_nobody_is_alarmed(sqlite_store: Store, town: Town) -> None:
    settings = town.settings(sqlite_store.engine.url.render_as_string())
    with time_machine.travel(now() + timedelta(days=9)):
        schedule.keep_backups(sqlite_store, settings)
    assert told(sqlite_store) == [] and alarms(sqlite_store) == []
