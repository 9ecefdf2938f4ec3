"""What becomes of areas: a new name, a new head, merged, split, closed (core workflow, section 7).

The office changes; people go on working the next morning. So nothing is ever cut here: phones beyond the three keep
working until a day, and a person chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue
from netreg.policy import quota
from netreg.registry import text
from netreg.registry.commands import endings
from netreg.registry.commands.people import add_area
from netreg.registry.commands.rights import flush
from netreg.registry.commands.settling import seat_excess
from netreg.registry.models import Area, Authorisation, Device, Headship, Person, QuotaUnit, Ticket
from netreg.store.transaction import Transaction

# How long phones beyond the three may stay after a merger, in days (our decision, a person may prolong it).
GRACE_DAYS = 30
AREA_CLOSED = "area_closed"


def rename(tx: Transaction, area: Area, name: str) -> Area:
    """The area's new name; letters that were signed keep the name of their date."""
    new, before = text.line(name, "name"), area.name
    if new == before:
        return area
    if tx.session.scalar(select(Area.id).where(Area.name == new)) is not None:
        raise InvalidValue(
            "Ya hay un área con ese nombre.", "There is an area of that name.", code="area_exists", field="name"
        )
    area.name = new
    tx.record(events.AreaRenamed(code=area.code, title=new, before={"name": before}, after={"name": new}))
    return area


def set_site(tx: Transaction, area: Area, site: str) -> Area:
    """Where the area works: points of other sites no longer take its devices. Empty: points of all sites do."""
    new, before = text.line(site, "site", most=60, required=False), area.site
    if new == before:
        return area
    area.site = new
    tx.record(events.AreaSited(code=area.code, site=new or "*", before={"site": before}, after={"site": new}))
    return area


def name_head(tx: Transaction, area: Area, name: str, post: str, first: date, *, acting: bool = False) -> Headship:
    """From `first` on this person signs for the area; who signed until now does so until the day before.

    Letters that the former head signed in office stay valid: a letter is judged by its own date.
    """
    who, what = text.line(name, "name"), text.line(post, "post")
    before = head_on(tx.session, area, first)
    if any(row.first >= first for row in area.heads):
        raise InvalidValue(
            "Ya hay un titular anotado desde esa fecha o después.",
            "A head is recorded from that date or later.",
            code="E_DAYS",
            field="first",
        )
    for row in area.heads:
        if row.last is None or row.last >= first:
            row.last = first - timedelta(days=1)
    made = Headship(area=area, name=who, post=what, acting=acting, first=first)
    tx.session.add(made)
    tx.record(
        events.HeadNamed(
            code=area.code,
            person=who,
            post=what,
            first=first.isoformat(),
            before={"head": before.name if before else None},
            after={"head": who},
        )
    )
    return made


def head_on(session: Session, area: Area, day: date) -> Headship | None:
    """Who signs for the area on that day: the head of record, or whoever acts as one."""
    return session.scalar(
        select(Headship)
        .where(Headship.area_id == area.id, Headship.first <= day, (Headship.last.is_(None)) | (Headship.last >= day))
        .order_by(Headship.first.desc())
        .limit(1)
    )


def heads_on(session: Session, numbers: Sequence[int], day: date) -> dict[int, Headship]:
    """The same of many areas, by their number."""
    rows = session.scalars(
        select(Headship)
        .where(Headship.area_id.in_(numbers), Headship.first <= day)
        .where((Headship.last.is_(None)) | (Headship.last >= day))
        .order_by(Headship.first)
    )
    return {row.area_id: row for row in rows}


def check_signatory(tx: Transaction, area: Area, signed_by: str, letter_date: str, *, named: bool = True) -> None:
    """A letter is signed by whoever was head of the area, or acted as one, on its own date (scenario 4).

    `letter_date` is 2026-11-20, or empty for today. Where no head is on record nothing is checked; with `named` false
    a letter may come without saying who signed it. Raises InvalidValue.
    """
    day = date.fromisoformat(letter_date) if letter_date else tx.today
    if day > tx.today:
        raise InvalidValue(
            "El oficio no puede tener fecha futura.",
            "The letter cannot be of a future date.",
            code="E_DATE",
            field="letter_date",
        )
    head = head_on(tx.session, area, day)
    if head is None or not (named or signed_by) or text.folded(signed_by) == text.folded(head.name):
        return
    raise InvalidValue(
        f"El {day:%d/%m/%Y} firmaba por el área {head.name}, {head.post}.",
        f"On {day.isoformat()} {head.name}, {head.post}, signed for the area.",
        code="wrong_signatory",
        field="signed_by",
        hint="Si lo firma otra persona, devuélvalo para que lo firme quien corresponde.",
        hint_en="If somebody else signed it, return it so that the right person signs it.",
    )


def merge(tx: Transaction, absorbed: Sequence[Area], into: Area) -> list[Device]:
    """Areas become part of `into`, with their people, open requests and devices. Returns the phones too many.

    Nothing is cut: the three oldest phones have the slots, the others work on for GRACE_DAYS, and no new one comes in
    until they are gone. The system never picks whom to cut.
    """
    merged = [area for area in {one.id: one for one in absorbed}.values() if area.id != into.id]
    if not merged or any(area.closed for area in (*merged, into)):
        raise InvalidValue(
            "Elija otra u otras áreas que existan.", "Choose other areas that exist.", code="E_AREAS", field="areas"
        )
    unit = QuotaUnit(code=f"{into.code}+{'+'.join(area.code for area in merged)}")
    tx.session.add(unit)
    flush(tx.session)
    rights = _rights(tx.session, {area.quota_unit_id for area in (*merged, into)})
    _count_together(tx.session, (*merged, into), unit)
    for area in merged:
        _hand_over(tx, area, into)
    excess = _seat(tx, rights, unit, into, {area.id for area in merged})
    tx.record(
        events.AreasMerged(
            into=into.code,
            codes=", ".join(area.code for area in merged),
            excess=len(excess),
            after={"excess": [device.id for device in excess]},
        )
    )
    return excess


def split(tx: Transaction, area: Area, code: str, name: str, moved: Iterable[Device]) -> Area:
    """A part of an area becomes an area of its own, with its own three; its devices follow their holders."""
    chosen = list(moved)
    if any(device.area_id != area.id for device in chosen):
        raise InvalidValue(
            "Elija equipos de esa área.", "Choose devices of that area.", code="E_DEVICES", field="devices"
        )
    made = add_area(tx, code, name)
    tx.session.flush()
    unit = tx.session.get_one(QuotaUnit, made.quota_unit_id)
    rights = sorted((device.authorisation for device in chosen), key=_age)
    slots = [right.slot for right in rights if right.slot]
    for right in rights:
        right.device.area_id = made.id
    _seat(tx, rights, unit, made, {area.id})
    for slot in slots:
        seat_excess(tx, area.quota_unit_id, slot)
    tx.record(events.AreaSplit(code=made.code, origin=area.code, devices=len(chosen)))
    return made


def close(tx: Transaction, area: Area) -> list[Device]:
    """The area exists no more: it asks for nothing, and each of its devices waits for a person's decision."""
    if area.closed:
        return []
    area.closed = tx.today
    found = [right.device for right in _of(tx.session, Device.area_id == area.id)]
    for device in found:
        endings.flag(tx, device, AREA_CLOSED)
    tx.record(events.AreaClosed(code=area.code, devices=len(found), after={"closed": tx.today.isoformat()}))
    return found


def excess(session: Session, unit_id: int | None = None) -> Sequence[Device]:
    """The phones beyond the three that a merger left, the first to be chosen about first."""
    query = select(Device).join(Authorisation, Authorisation.device_id == Device.id)
    query = query.where(Authorisation.grandfathered_until.is_not(None))
    if unit_id is not None:
        query = query.where(Authorisation.quota_unit_id == unit_id)
    return session.scalars(query.order_by(Authorisation.grandfathered_until, Device.id)).all()


def prolong(tx: Transaction, area: Area, until: date) -> None:
    """Let the phones too many of an area stay until a later day: the coordinator's decision."""
    found = excess(tx.session, area.quota_unit_id)
    if not found or until <= tx.today:
        raise InvalidValue("Elija una fecha posterior.", "Choose a later date.", code="E_DATE", field="until")
    for device in found:
        device.authorisation.grandfathered_until = until
    tx.record(events.ExcessProlonged(code=area.code, until=until.isoformat()))


# --- the pieces -----------------------------------------------------------------------------------------------------


def _of(session: Session, where: ColumnElement[bool]) -> list[Authorisation]:
    """Rights that still stand or may come to stand, the oldest first."""
    query = select(Authorisation).join(Device, Device.id == Authorisation.device_id)
    query = query.where(Authorisation.state.not_in((quota.REMOVED, quota.REJECTED)), where)
    return sorted(session.scalars(query), key=_age)


def _rights(session: Session, units: set[int]) -> list[Authorisation]:
    locked = select(QuotaUnit).where(QuotaUnit.id.in_(units)).order_by(QuotaUnit.id).with_for_update()
    session.scalars(locked).all()
    return _of(session, Authorisation.quota_unit_id.in_(units))


def _age(right: Authorisation) -> tuple[str, int]:
    return (right.decided.isoformat() if right.decided else "9999", right.id)


def _count_together(session: Session, areas: Iterable[Area], unit: QuotaUnit) -> None:
    """These areas, and the sub-areas that count on them, have their three phones together from now on."""
    units = {area.quota_unit_id for area in areas}
    for area in session.scalars(select(Area).where(Area.quota_unit_id.in_(units))).all():
        area.quota_unit_id = unit.id
    # What is over stays with the area it was of, and goes where that one counts; what stands is seated one by one.
    over = Authorisation.state.in_((quota.REMOVED, quota.REJECTED))
    for right in session.scalars(select(Authorisation).where(Authorisation.quota_unit_id.in_(units), over)).all():
        right.quota_unit_id = unit.id


def _hand_over(tx: Transaction, area: Area, into: Area) -> None:
    """People and open requests go along; what is closed stays where it was. From today `area` asks for nothing."""
    area.closed, area.successor_id = tx.today, into.id
    for person in tx.session.scalars(select(Person).where(Person.area_id == area.id)):
        person.area = into
    for ticket in tx.session.scalars(select(Ticket).where(Ticket.area_id == area.id, Ticket.closed.is_(None))):
        ticket.area = into
    for head in area.heads:
        if head.last is None or head.last > tx.today:
            head.last = max(tx.today, head.first)


def _seat(tx: Transaction, rights: list[Authorisation], unit: QuotaUnit, area: Area, moving: set[int]) -> list[Device]:
    """Count these rights, the oldest first, on the unit; those of a `moving` area go to `area`. The phones too many."""
    until = tx.today + timedelta(days=GRACE_DAYS)
    phones = [right for right in rights if right.kind == "phone" and right.state in quota.LIVE]
    for right in rights:
        origin = tx.session.get_one(Area, right.area_id)
        if right.area_id in moving:
            right.device.area_id = right.area_id = area.id
        right.quota_unit_id = unit.id
        if right in phones:
            _take_place(right, phones.index(right) + 1, until)
        flush(tx.session)
        if origin.id in moving:
            tx.record(_moved(right, origin, area))
    return [right.device for right in phones[len(quota.SLOTS) :]]


def _take_place(right: Authorisation, place: int, until: date) -> None:
    """One of the three slots, or a day for a phone that comes after the third."""
    if place in quota.SLOTS:
        right.slot, right.grandfathered_until = place, None
    else:
        right.slot, right.grandfathered_until = None, right.grandfathered_until or until


def _moved(right: Authorisation, origin: Area, area: Area) -> events.DeviceMoved:
    day, seat = right.grandfathered_until, right.slot
    return events.DeviceMoved(
        device=right.device_id,
        origin=origin.code,
        area=area.code,
        seat=f"excedente hasta el {day:%d/%m/%Y}" if day else f"lugar {seat}" if seat else "sin lugar",
        seat_en=f"in excess until {day.isoformat()}" if day else f"slot {seat}" if seat else "no slot",
    )
