"""Revalidation: areas are asked which of their devices they still need (core workflow, section 8).

The manual knows no expiry, so nothing is ever removed by itself: an answer is in force once the head's signed letter is
there, and of what nobody answers the coordinator decides. Devices go on working meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from netreg import events
from netreg.errors import ConcurrentChange, InvalidValue, NotAllowed, NotFound
from netreg.policy import roles
from netreg.procedures import calendars, uploads
from netreg.procedures.archive import keep
from netreg.procedures.models import (
    ANSWERED,
    APPLIED,
    ASKED,
    CHANGE,
    DECIDED,
    KEEP,
    OPEN_LISTS,
    REMOVE,
    Campaign,
    Revalidation,
    RevalidationMark,
)
from netreg.registry import text
from netreg.registry.commands import areas, devices, endings
from netreg.registry.commands.rights import flush
from netreg.registry.models import Area, Authorisation, Device, Person
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

# How long an area has, where nobody says otherwise: told at once, and reminded 30, 15 and 3 days before the end.
ANSWER_DAYS = 45
MOST_DAYS = 366
CHOICES = (KEEP, REMOVE, CHANGE)


class Said(NamedTuple):
    """What an area says of one device; `holder` counts for a change alone."""

    choice: str
    holder: str = ""


# --- asking ---------------------------------------------------------------------------------------------------------


def start(
    tx: Transaction, asked: Sequence[Area], note: str, until: date | None = None, *, year: int | None = None
) -> Campaign:
    """Ask these areas for their devices. Areas without any, closed ones and those being asked already are left out.

    `until` is the last day to answer; `year` that of a yearly campaign. Refuses where there is nobody to ask.
    """
    words, due = text.line(note, "note", most=300), _due(tx, until)
    lists = [(area, found) for area in asked if _may_be_asked(tx.session, area) and (found := _devices(tx, area))]
    if not lists and year is None:
        raise InvalidValue(
            "No hay a quién preguntar: sin equipos, o con una lista abierta.",
            "There is nobody to ask: no devices, or a list that is open already.",
            code="nobody_to_ask",
            field="area",
        )
    campaign = Campaign(note=words, year=year, started=now(), started_by=tx.actor)
    tx.session.add(campaign)
    tx.session.flush()
    for area, found in lists:
        _ask(tx, campaign, area, found, due)
    tx.record(
        events.CampaignStarted(
            campaign=campaign.id, areas=len(lists), devices=sum(len(found) for _area, found in lists), reason=words
        )
    )
    return campaign


def _due(tx: Transaction, until: date | None) -> date:
    if until is None:
        calendar = calendars.current(tx.session, tx.office)
        return calendar.business_days_ahead(tx.today + timedelta(days=ANSWER_DAYS - 1), 1)
    _check_until(tx, until)
    return until


def _check_until(tx: Transaction, until: date) -> None:
    if not tx.today < until <= tx.today + timedelta(days=MOST_DAYS):
        raise InvalidValue("Elija una fecha posterior.", "Choose a later date.", code="E_DATE", field="until")


def _may_be_asked(session: Session, area: Area) -> bool:
    asked = select(Revalidation.id).where(Revalidation.area_id == area.id, Revalidation.state.in_(OPEN_LISTS))
    return area.closed is None and session.scalar(asked) is None


def _devices(tx: Transaction, area: Area) -> Sequence[Device]:
    return tx.session.scalars(
        select(Device).join(Authorisation, Authorisation.device_id == Device.id)
        .where(Device.area_id == area.id, Authorisation.state.in_(endings.HELD)).order_by(Device.id)
    ).all()  # fmt: skip


def _ask(tx: Transaction, campaign: Campaign, area: Area, found: Sequence[Device], due: date) -> None:
    one = Revalidation(campaign=campaign, area=area, due=due)
    one.marks = [RevalidationMark(device=device) for device in found]
    tx.session.add(one)
    for device in found:
        device.under_revalidation = True
    flush(tx.session)
    tx.record(
        events.RevalidationAsked(
            revalidation=one.id,
            area=area.code,
            devices=len(found),
            due=due.isoformat(),
            after={"devices": [device.id for device in found]},
        )
    )


def start_yearly(tx: Transaction) -> Campaign | None:
    """Begin the yearly campaign on the first working day of its month, once a year.

    A service that was down on that day begins it later in the month.
    """
    today = tx.today
    if today.month != tx.office.revalidation_month:
        return None
    first = calendars.current(tx.session, tx.office).business_days_ahead(today.replace(day=1) - timedelta(days=1), 1)
    begun = tx.session.scalar(select(Campaign.id).where(Campaign.year == today.year))
    if today < first or begun is not None:
        return None
    everybody = tx.session.scalars(select(Area).order_by(Area.id)).all()
    return start(tx, everybody, f"Revalidación anual {today.year}", year=today.year)


# --- reading --------------------------------------------------------------------------------------------------------


def one(session: Session, number: int, area_id: int | None = None) -> Revalidation:
    """The list of this number; for the people of an area only if it is theirs to answer. Raises NotFound."""
    row = session.get(Revalidation, number)
    if row is None or (area_id is not None and answering(session, row).id != area_id):
        raise NotFound("No existe esa lista.", "There is no such list.")
    return row


def lists(session: Session, area_id: int | None = None, *, open_only: bool = False) -> list[Revalidation]:
    """Lists: the open ones by their last day, then the others, the newest first; for an area its own."""
    ended = Revalidation.ended
    query = select(Revalidation).order_by(ended.is_not(None), ended.desc(), Revalidation.due, Revalidation.id)
    if open_only:
        query = query.where(Revalidation.state.in_(OPEN_LISTS))
    found = session.scalars(query).all()
    return [row for row in found if area_id is None or answering(session, row).id == area_id]


def overdue(session: Session, today: date) -> list[Revalidation]:
    """The lists that nobody answered in time, or whose letter never came: for the coordinator to decide."""
    return [row for row in lists(session, open_only=True) if row.due < today]


def answering(session: Session, row: Revalidation) -> Area:
    """The area that answers: the one asked, or the one it became part of."""
    area, seen = row.area, set[int]()
    while area.successor_id is not None and area.id not in seen:
        seen.add(area.id)
        area = session.get_one(Area, area.successor_id)
    return area


def standing(session: Session, row: Revalidation) -> list[RevalidationMark]:
    """The marks that still count: of devices that the area has and that have their right."""
    area = answering(session, row)
    return [
        mark for mark in row.marks if mark.device.area_id == area.id and mark.device.authorisation.state in endings.HELD
    ]


# --- answering ------------------------------------------------------------------------------------------------------


def mark(
    tx: Transaction, row: Revalidation, person: Person, said: Mapping[int, Said], *, seen: int | None = None
) -> None:
    """Keep what the area says of its devices, complete or not; nothing is answered by this.

    A changed mark takes an answer back, and wants a new letter. Raises NotAllowed, ConcurrentChange, InvalidValue.
    """
    _check_theirs(tx, row, person)
    _check_open(tx, row, seen)
    rows = standing(tx.session, row)
    before = [(one.choice, one.holder) for one in rows]
    for one in rows:
        if one.device_id in said:
            one.choice, one.holder = _checked(said[one.device_id])
    if before == [(one.choice, one.holder) for one in rows]:
        return
    row.state, row.answered, row.letter, row.letter_name = ASKED, None, "", ""
    # The marks are rows of their own: who has the list before them must see that it is another one.
    flag_modified(row, "state")
    tx.record(events.RevalidationMarked(revalidation=row.id, area=row.area.code))


def answer(tx: Transaction, row: Revalidation, person: Person) -> None:
    """The area answers with its marks; every device must have one. The letter of its head is still to come."""
    _check_theirs(tx, row, person)
    _check_open(tx, row)
    rows = standing(tx.session, row)
    if row.state == ANSWERED:
        return
    if not all(one.choice and (one.holder or one.choice != CHANGE) for one in rows):
        raise InvalidValue(
            "Se guardó, pero falta marcar algún equipo o decir quién lo usa ahora.",
            "It was kept, but some device has no mark yet, or it is not said who uses it now.",
            code="not_all_marked",
            field="choice",
        )
    row.state, row.answered, row.answered_by = ANSWERED, now(), tx.actor
    counted = {choice: sum(one.choice == choice for one in rows) for choice in CHOICES}
    tx.record(
        events.RevalidationAnswered(
            revalidation=row.id,
            area=row.area.code,
            keep=counted[KEEP],
            change=counted[CHANGE],
            remove=counted[REMOVE],
            after={str(one.device_id): one.choice for one in rows},
        )
    )


def _checked(said: Said) -> tuple[str, str]:
    if said.choice not in ("", *CHOICES):
        raise InvalidValue("Elija una de las opciones.", "Choose one of the options.", code="E_CHOICE", field="choice")
    return said.choice, text.line(said.holder, "holder", required=False) if said.choice == CHANGE else ""


def hand_in(tx: Transaction, row: Revalidation, person: Person, name: str, content: bytes) -> None:
    """Keep the head's signed letter as a file: handed in by the area, or by the desk that scanned it."""
    if roles.SECRETARIAL not in held(tx.session, person, tx.today):
        _check_theirs(tx, row, person)
    _check_answered(tx, row)
    uploads.pages_of(content)
    row.letter, row.letter_name = keep(tx.office.files, content), uploads.plain_name(name)
    tx.record(events.RevalidationLetter(revalidation=row.id, area=row.area.code, after={"sha256": row.letter}))


# --- putting in force -----------------------------------------------------------------------------------------------


def receive(tx: Transaction, row: Revalidation, *, paper: bool, signed_by: str = "", letter_date: str = "") -> None:
    """The desk has the head's letter, as a file or on paper: what the area said is in force from now on."""
    _check_answered(tx, row)
    if not (paper or row.letter):
        raise InvalidValue(
            "Falta el oficio firmado por el titular.", "The head's signed letter is missing.", code="letter_missing",
            field="paper",
        )  # fmt: skip
    area, written = answering(tx.session, row), text.day(letter_date, "letter_date")
    areas.check_signatory(tx, area, text.line(signed_by, "signed_by", required=False), written)
    for one in standing(tx.session, row):
        _apply(tx, row, area, one)
    _end(row, APPLIED)
    tx.record(events.RevalidationApplied(revalidation=row.id, area=row.area.code))


def _apply(tx: Transaction, row: Revalidation, area: Area, one: RevalidationMark) -> None:
    if one.choice == REMOVE:
        devices.remove(tx, one.device, f"Revalidación, lista R{row.id}", "asked")
        return
    if one.choice == CHANGE:
        endings.change(tx, one.device, {"holder": one.holder})
    tx.record(events.DeviceRevalidated(device=one.device_id, area=area.code, revalidation=row.id))


def remove_unanswered(tx: Transaction, row: Revalidation, note: str, shown: Collection[int]) -> list[Device]:
    """The coordinator decides that what was not revalidated goes. `shown` are the devices they had before them.

    Raises NotAllowed before the last day has passed, ConcurrentChange where the devices are others by now.
    """
    words = text.line(note, "note", most=300)
    _check_open(tx, row)
    if tx.today <= row.due:
        raise NotAllowed(
            f"El área puede contestar hasta el {row.due:%d/%m/%Y}; no se cambió nada.",
            f"The area may answer until {row.due.isoformat()}; nothing was changed.",
            code="too_early",
        )
    going = [one.device for one in standing(tx.session, row)]
    if {device.id for device in going} != set(shown):
        raise _changed()
    for device in going:
        devices.remove(tx, device, f"Revalidación, lista R{row.id}: {words}", "not_revalidated")
    _end(row, DECIDED)
    tx.record(
        events.RevalidationRemoved(
            revalidation=row.id,
            area=row.area.code,
            devices=len(going),
            reason=words,
            after={"devices": [device.id for device in going]},
        )
    )
    return going


def prolong(tx: Transaction, row: Revalidation, until: date) -> None:
    """The coordinator gives the area more time; it is reminded anew."""
    _check_open(tx, row)
    _check_until(tx, until)
    before, row.due = row.due, until
    tx.record(
        events.RevalidationProlonged(
            revalidation=row.id, area=row.area.code, due=until.isoformat(), before={"due": before.isoformat()}
        )
    )


def withdraw(tx: Transaction, row: Revalidation, note: str) -> None:
    """The coordinator takes a list back, because it was a mistake: everything stays as it is."""
    words = text.line(note, "note", most=300)
    _check_open(tx, row)
    _end(row, DECIDED)
    tx.record(events.RevalidationWithdrawn(revalidation=row.id, area=row.area.code, reason=words))


def _end(row: Revalidation, state: str) -> None:
    row.state, row.ended = state, now()
    for one in row.marks:
        one.device.under_revalidation = False


def _check_theirs(tx: Transaction, row: Revalidation, person: Person) -> None:
    mine = held(tx.session, person, tx.today)
    if person.area_id != answering(tx.session, row).id or not mine.keys() & set(roles.OF_AN_AREA):
        raise NotAllowed("Contesta el área misma.", "The area itself answers.", code="not_your_area")


def _check_open(tx: Transaction, row: Revalidation, seen: int | None = None) -> None:
    # Of two who act on one list at once, the second finds it as the first left it.
    tx.session.refresh(row, with_for_update=True)
    if row.state not in OPEN_LISTS or (seen is not None and seen != row.version):
        raise _changed()


def _check_answered(tx: Transaction, row: Revalidation) -> None:
    tx.session.refresh(row, with_for_update=True)
    if row.state != ANSWERED:
        raise ConcurrentChange(
            "La lista no está contestada; no se cambió nada.",
            "The list is not answered; nothing was changed.",
            code="not_answered",
            hint="Primero se marca cada equipo y se contesta.",
            hint_en="Mark each device and answer first.",
        )


def _changed() -> ConcurrentChange:
    return ConcurrentChange(
        "La lista cambió mientras tanto; no se cambió nada.",
        "The list has changed meanwhile; nothing was changed.",
        hint="Vuelva a abrir la página.",
        hint_en="Open the page again.",
    )
