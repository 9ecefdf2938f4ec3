"""The timetable: APScheduler under one leader. A tick owes deliveries and never does work of the outside itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from agents.worker import PUSH, TABLES
from netreg.backup import copying, keeping
from netreg.config import Settings
from netreg.detection.sources import SWEEP
from netreg.errors import NetregError
from netreg.procedures import calendars, forgetting, reminders, reporting, revalidation, revalidation_mail, tickets
from netreg.procedures.outside import forgetting as forgetting_outside
from netreg.registry import anchoring, announcing, days, discovery, queries, retaining
from netreg.registry.commands import days as noting
from netreg.registry.commands import endings, tokens
from netreg.registry.commands.sightings import LEASES
from netreg.registry.watching import (
    dim_sources,
    end_sources,
    look_for_blind_sources,
    look_for_late_points,
    look_for_private_addresses,
    look_for_stale_devices,
    note_dim_sources,
)
from netreg.store import counters, outbox
from netreg.store.base import now
from netreg.store.leading import TIMETABLE, while_leading
from netreg.store.transaction import Store

log = logging.getLogger("netreg.schedule")

ACTOR = "schedule"
ALARM_MINUTES = 1
REMINDER_MINUTES = 10
OFFICE_MINUTES = 15
# At the office, when nobody waits for the write lock.
RETENTION_HOUR = 3
_NIGHT, _BACKUP = "night", "backup"


def owe_reconcile(store: Store) -> None:
    """Every point is looked at: the truth that the single deliveries only hasten."""
    with store.transaction(ACTOR) as tx:
        for point in queries.points(tx.session):
            if point.enabled:
                outbox.owe(tx.session, PUSH, point.name, now())


def owe_looks(store: Store, settings: Settings) -> None:
    """Every segment is swept, every lease file read, and every point asked what its tables tell."""
    with store.transaction(ACTOR) as tx:
        for segment in settings.scan.segment:
            outbox.owe(tx.session, SWEEP, segment.name, now())
        for lease_file in settings.scan.leases:
            outbox.owe(tx.session, LEASES, lease_file.name, now())
        for point in queries.points_to_ask(tx.session):
            outbox.owe(tx.session, TABLES, point.name, now())


def end_rights(store: Store) -> None:
    """What ends on a day that a person wrote down goes out on the day after."""
    with store.reading() as session:
        if not endings.due(session, store.office.today):
            return
    with store.transaction(ACTOR) as tx:
        endings.run(tx)


def sound_alarms(store: Store, settings: Settings) -> None:
    """Points that still let somebody in who should be out, and sources that see nothing."""
    with store.transaction(ACTOR) as tx:
        end_sources(tx, discovery.asked(tx.session, settings.scan), now())
        look_for_late_points(tx, now(), timedelta(minutes=settings.push.alarm_minutes))
        look_for_private_addresses(tx, now())
        look_for_blind_sources(tx, now(), settings.scan.blind_after)


def look_back(store: Store) -> None:
    """Sources that see far less than in other weeks, and registered devices that nobody has seen for long."""
    at = now()
    with store.reading() as session:
        found = dim_sources(session, at, calendars.current(session, store.office))
    with store.transaction(ACTOR) as tx:
        note_dim_sources(tx, found, at)
        look_for_stale_devices(tx, now())


def announce(store: Store) -> None:
    """What people are to be told of alerts: at once what is urgent, the rest in the day's digest."""
    if store.office.announce is None:
        return
    with store.transaction(ACTOR) as tx:
        announcing.owe(tx, calendars.current(tx.session, tx.office), now())


def remind(store: Store) -> None:
    """Reminders of terms, copies and corrections that have become due; they go out as mail, each once."""
    with store.transaction(ACTOR) as tx:
        reminders.owe(tx, now())
        revalidation_mail.owe(tx, now())


def keep_office(store: Store) -> None:
    """The hours of the settings as the calendar's next version, the figures of months whose cut has passed, the yearly
    question to the areas, and no more counts of tries that are over and answers that nobody is given again."""
    with store.transaction(ACTOR) as tx:
        tickets.adopt_hours(tx)
        revalidation.start_yearly(tx)
        reporting.freeze(tx, now())
        counters.forget(tx.session, now())
        tokens.forget_answers(tx)


def count_days(store: Store, settings: Settings) -> None:
    """The figures of the past days that have none yet; again finds nothing more."""
    with store.reading() as session:
        due = days.missing(session, store.office.zone, now())
        if due is None:
            return
        counted = days.count(session, *due, store.office.zone, settings.expected_macs)
    with store.transaction(ACTOR) as tx:
        noting.note(tx, counted)


def keep_terms(store: Store) -> None:
    """What is past its term of retention is forgotten, in short transactions; again finds nothing more."""
    done = retaining.run(store, ACTOR, now())
    log.info("retention: %d devices, %d alerts, %d sightings", done.devices, done.alerts, done.sightings)
    emptied = forgetting.run(store, ACTOR, now())
    log.info("retention: %d requests, %d files, %d notes", emptied.requests, emptied.files, emptied.notes)


def forget_outside(store: Store) -> None:
    """Public forms that nobody confirmed in time, and whom closed requests of people outside were answered to."""
    forms, contacts = forgetting_outside.run(store, ACTOR, now())
    if forms or contacts:
        log.info("retention: %d public forms, %d applicants from outside", forms, contacts)


def keep_backups(store: Store, settings: Settings) -> None:
    """The backup that is due, verified; an alert while there is no recent one; and no copies of long ago."""
    copying.forget(settings.data_dir, now())
    keeping.keep(store, settings, ACTOR)


def drop_anchor(store: Store, settings: Settings) -> None:
    """The head of the audit log, noted outside of this machine once a day."""
    anchoring.drop(store, settings, ACTOR)


def run(store: Store, settings: Settings, stopping: threading.Event) -> None:
    """Keep the timetable while we lead; stand by while another process does."""
    while_leading(TIMETABLE, store, settings.data_dir, stopping, lambda over: _keep(store, settings, over))


def _keep(store: Store, settings: Settings, over: threading.Event) -> None:
    # One after the other: on SQLite they would only wait for each other's lock, and give up. The nightly ones may take
    # minutes and keep nobody waiting. A tick that comes late is done late; APScheduler would skip it after a second.
    timetable = BackgroundScheduler(
        timezone=settings.office.timezone,
        executors={"default": ThreadPoolExecutor(1), _NIGHT: ThreadPoolExecutor(1), _BACKUP: ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job, minutes in (
        (lambda: owe_reconcile(store), settings.push.reconcile_minutes),
        (lambda: owe_looks(store, settings), settings.scan.every_minutes),
        (lambda: sound_alarms(store, settings), ALARM_MINUTES),
        (lambda: end_rights(store), ALARM_MINUTES),
        (lambda: announce(store), ALARM_MINUTES),
        (lambda: remind(store), REMINDER_MINUTES),
        (lambda: keep_office(store), OFFICE_MINUTES),
        (lambda: look_back(store), OFFICE_MINUTES),
        (lambda: forget_outside(store), OFFICE_MINUTES),
        (lambda: drop_anchor(store, settings), OFFICE_MINUTES),
    ):
        # The first run is at once: a service that was down has not looked for a while.
        timetable.add_job(_safely(job), "interval", minutes=minutes, next_run_time=now())
    # Also at the start, like the others: a machine that is off at night forgets by day.
    timetable.add_job(
        lambda: _by_night(store, settings), "cron", hour=RETENTION_HOUR, next_run_time=now(), executor=_NIGHT
    )
    timetable.add_job(
        _safely(lambda: keep_backups(store, settings)),
        "interval",
        minutes=OFFICE_MINUTES,
        next_run_time=now(),
        executor=_BACKUP,
    )
    timetable.start()
    over.wait()
    timetable.shutdown(wait=True)


def _by_night(store: Store, settings: Settings) -> None:
    """A day is counted before what it is counted from may be forgotten; what fails keeps nothing else from its turn."""
    _safely(lambda: count_days(store, settings))()
    _safely(lambda: keep_terms(store))()


def _safely(job: Callable[[], None]) -> Callable[[], None]:
    def tick() -> None:
        try:
            job()
        except NetregError as error:
            log.warning("the timetable could not owe its work now, and will at the next tick: %s", error)

    return tick
