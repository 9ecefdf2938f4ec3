"""The head of the audit log is noted outside; a chain that was computed anew, whole as it is, is told by the notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text

from agents import schedule
from netreg import config
from netreg.config import Settings
from netreg.errors import ConfigError, InvalidValue
from netreg.registry import anchoring, queries
from netreg.registry.anchoring import Anchor, compare
from netreg.store.audit import GENESIS, AuditEvent, verify_store
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.databases import sqlite_store, store
from tests.people import phones
from tests.store.test_audit import behind_the_triggers

__all__ = ["sqlite_store", "store"]

TODAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "mail.urls").write_text("mailtos://a:b@localhost")
    return config.parse('[mail]\nurl_file = "mail.urls"\n[audit]\nanchor_file = "anchors.txt"\n'
                        'anchor_mail = "alma@municipio.gob.mx"\n', tmp_path)  # fmt: skip


def notes(settings: Settings) -> list[str]:
    return Path(settings.audit.anchor_file).read_text().splitlines()


def rewritten(store: Store) -> None:
    """What an administrator of the machine can do: another past, every hash computed anew, the triggers back."""
    with store.reading() as session:
        rows = list(session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))
        previous, forged = GENESIS, []
        for row in rows:
            session.expunge(row)
            row.previous = previous
            row.actor = "nobody" if row.seq == 3 else row.actor
            row.hash = previous = row.digest()
            forged.append({"seq": row.seq, "actor": row.actor, "previous": row.previous, "hash": row.hash})
    behind_the_triggers(store, "UPDATE audit_event SET request_id = request_id")
    statement = text("UPDATE audit_event SET actor = :actor, previous = :previous, hash = :hash WHERE seq = :seq")
    with store.engine.begin() as connection:
        connection.execute(statement, forged)


@pytest.fixture
def noted(store: Store, settings: Settings) -> Iterator[Store]:
    phones(store, 1)
    with time_machine.travel(TODAY):
        schedule.drop_anchor(store, settings)
    yield store


def test_a_past_that_was_rewritten_whole_is_told_by_the_notes(noted: Store, settings: Settings) -> None:
    with noted.reading() as session:
        assert compare(session, notes(settings)) == anchoring.AnchorCheck(1)
    rewritten(noted)
    with noted.reading() as session:
        assert verify_store(session).broken_at is None, "the chain alone shows nothing"
        found = compare(session, notes(settings))
    assert found.contradicted == Anchor.parse(notes(settings)[0]) and "not what it was" in found.problem


def test_a_log_that_was_cut_off_is_told(noted: Store, settings: Settings) -> None:
    behind_the_triggers(noted, "DELETE FROM audit_event WHERE seq > 5")
    with noted.reading() as session:
        assert verify_store(session).broken_at is None
        assert "cut off" in compare(session, notes(settings)).problem


def test_each_day_has_one_note_in_the_file_and_in_the_mail(sqlite_store: Store, settings: Settings) -> None:
    for hours in (0, 1, 20, 25):
        with time_machine.travel(TODAY + timedelta(hours=hours)):
            schedule.drop_anchor(sqlite_store, settings)
    with sqlite_store.reading() as session:
        owed = [row.target for row in session.scalars(select(Delivery).where(Delivery.kind == "anchor"))]
        assert len(notes(settings)) == 2 and owed == notes(settings)
        assert [one.name for one in queries.audit(session, most=1)] == ["audit.anchored"]
        assert compare(session, notes(settings)).compared == 2


def test_the_mail_says_the_line_as_it_was_when_it_was_owed(sqlite_store: Store, settings: Settings) -> None:
    with time_machine.travel(TODAY):
        schedule.drop_anchor(sqlite_store, settings)
    (line,) = notes(settings)
    for language, word in (("es", "bitácora"), ("en", "audit log")):
        said = anchoring.compose(line, settings.audit.anchor_mail, sqlite_store.office, language)
        assert isinstance(said, tuple) and said[0] == "alma@municipio.gob.mx"
        assert line in said[1].body.splitlines() and word in said[1].subject
    assert isinstance(anchoring.compose(line, "", sqlite_store.office, "es"), str)


def test_a_file_that_cannot_be_written_is_an_alert_until_it_can(sqlite_store: Store, settings: Settings) -> None:
    path = Path(settings.audit.anchor_file)
    path.mkdir()
    for minutes in (0, 15):
        with time_machine.travel(TODAY + timedelta(minutes=minutes)):
            schedule.drop_anchor(sqlite_store, settings)
    with sqlite_store.reading() as session:
        assert [one.kind for one in queries.alerts(session)] == ["anchor"]
        assert [one.name for one in queries.audit(session)].count("audit.anchor_failed") == 1
    path.rmdir()
    with time_machine.travel(TODAY + timedelta(hours=2)):
        schedule.drop_anchor(sqlite_store, settings)
    with sqlite_store.reading() as session:
        assert [one.kind for one in queries.alerts(session) if one.state == "open"] == []
    assert len(notes(settings)) == 1


def test_without_a_place_nothing_is_noted(sqlite_store: Store, tmp_path: Path) -> None:
    anchoring.drop(sqlite_store, config.parse("", tmp_path), "schedule")
    with sqlite_store.reading() as session:
        assert "audit.anchored" not in {one.name for one in queries.audit(session, most=200)}
    with pytest.raises(ConfigError, match=r"mail\.url_file"):
        config.parse('[audit]\nanchor_mail = "alma@municipio.gob.mx"\n', tmp_path)


@pytest.mark.parametrize("line", ["", "# a remark", "hello", f"2026-11-23T15:00:00+00:00 0 {GENESIS}",
                                  f"2026-11-23T15:00:00+00:00 ٣ {GENESIS}"])  # fmt: skip
def test_a_file_without_a_note_is_no_proof(sqlite_store: Store, line: str) -> None:
    with sqlite_store.reading() as session, pytest.raises(InvalidValue) as refused:
        compare(session, [line])
    assert refused.value.code == "no_anchor"
