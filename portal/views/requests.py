"""Requests: an area asks, IT decides, and both read how it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from markupsafe import Markup

from netreg.letters.differences import differences
from netreg.policy import quota
from netreg.policy.quota import PHONES_PER_AREA
from netreg.procedures import (
    actions,
    annexes,
    calendars,
    diagram,
    filing,
    issuing,
    letters,
    queue,
    sheets,
    standing,
    tickets,
    timing,
    uploads,
)
from netreg.procedures.actions import Action
from netreg.procedures.clocks import Reading
from netreg.procedures.desk import changes as changing
from netreg.procedures.desk.changes import Change
from netreg.procedures.diagram import Progress
from netreg.procedures.models import TO_SIGN, Letter
from netreg.procedures.procedure import Procedure
from netreg.procedures.timing import Clock
from netreg.registry import histories, queries, slots, telling
from netreg.registry.commands import areas, devices
from netreg.registry.models import Area, Device, Headship, Ticket
from netreg.registry.telling import ReadBack
from netreg.store.audit import AuditEvent
from netreg.store.base import now
from portal import filed, words
from portal.access import may, my_roles, permitted, today
from portal.languages import language
from portal.live import fragment
from portal.paging import page_found
from portal.rows import reading, store
from portal.searching import MOST_LETTERS, tickets_sought
from portal.seen import found, listed

pages = Blueprint("requests", __name__, url_prefix="/requests")
# What other views add to the page of a request: the name in the template, and how it is found.
PARTS: dict[str, Callable[[Ticket], Any]] = {}


class Meter(NamedTuple):
    """How many of an area's phones are in use."""

    area: Area
    used: int
    most: int = PHONES_PER_AREA


@pages.get("")
@permitted("requests.see")
def listing() -> ResponseReturnValue:
    """The requests a person may see; for IT the queue, oldest undecided first."""
    state = request.args.get("state", "")
    sought = request.args.get("q", "").strip()[:MOST_LETTERS]
    query = listed(state if state in words.REQUEST else None)
    matching = query.where(tickets_sought(sought)) if sought else query
    page = page_found(matching, Ticket.id, queries.tickets_numbered)
    return render_template("pages/requests.html", page=page, state=state, sought=sought)


def mine() -> list[Ticket]:
    """The requests that wait for the person signed in."""
    session = reading()
    return queue.waiting(session, current_user, today(), lambda ticket: tickets.definition(session, ticket))


def groups() -> dict[str, list[Ticket]]:
    """The same, as a person looks at them: overdue, due today, to sign, to deliver, waiting on the area, the rest."""
    session, calendar = reading(), calendars.current(reading(), store().office)
    waiting, those = mine(), []
    marks = queue.marks(session, waiting, calendar, now(), lambda ticket: tickets.definition(session, ticket))
    for ticket in waiting:
        does = tickets.definition(session, ticket).step(ticket.step).does or ""
        clock, returned = marks[ticket.id]
        those.append(queue.Waiting(ticket, clock, does, returned))
    return queue.grouped(those, today(), calendar)


@pages.get("/<folio>")
@permitted("requests.see")
def show(folio: str) -> ResponseReturnValue:
    """One request: how it stands, what the reader may do, its devices, its letter, its steps and its whole story."""
    return page_of_request(found(folio))


def page_of_request(ticket: Ticket, changes: Sequence[Change] = (), lost: Mapping[str, str] | None = None) -> str:
    """The page of a request; after a collision with what others changed, and with what was typed for forms now gone."""
    session = reading()
    procedure = tickets.definition(session, ticket)
    can = actions.actions(session, procedure, ticket, current_user, today())
    letter = letters.letter_of(session, ticket)
    # A step that was left by a way beside the table, such as a return, was not done.
    done = {move.left for move in ticket.moves if not timing.beside(procedure, move)}
    progress = Progress.at(procedure, done, 0 if ticket.closed else ticket.step)
    return render_template(
        "pages/request.html",
        request_row=ticket,
        seen=changing.mark(session, ticket),
        at=now(),
        changes=changes,
        lost=lost or {},
        procedure=procedure,
        step=procedure.step(ticket.step),
        progress=progress,
        flow=Markup(diagram.svg(procedure, progress, language())),  # noqa: S704  (every text in it is escaped)
        clock=clock(ticket, procedure),
        fills_in=_fills_in(ticket, procedure),
        **filed.shown(ticket, procedure, can),
        notice=store().office.notice.en if language() == "en" else store().office.notice.es,
        head=_head(ticket, can),
        clocks=internal_clocks(ticket, procedure, letter),
        answers=_answers(ticket, procedure, can),
        extensions=[one for one in can if one.kind == "extension"],
        paragraphs=_draft(ticket, procedure, can),
        letter=letter if letter and may_read(letter) else None,
        to_sign=letter is not None and letter.state == TO_SIGN,
        voided=[one for one in letters.voided(session, ticket) if may_read(one)],
        prints=_prints(ticket, procedure, letter),
        versions=_versions(letter),
        files=uploads.files_of(session, ticket),
        hands_in=uploads.expected(session, ticket, current_user, today()),
        unsigned=uploads.to_hand_in(session, ticket, current_user, today()),
        may_read=may_read,
        returned=ticket.moves[-1].note if ticket.status == tickets.RETURNED else "",
        used=slots.phones_in_use(session, ticket.area.quota_unit_id),
        most=PHONES_PER_AREA,
        decides=_decides(ticket),
        unbrought=_unbrought(ticket),
        owners=slots.slot_owners(session, ticket.area.quota_unit_id) if may("requests.decide") else [],
        lists_places=_lists_places(ticket),
        left={move.left: move.at for move in ticket.moves},
        read_backs=_read_backs(ticket),
        replaced=_replaced(ticket),
        story=_story(ticket) if may("audit.see") else [],
        **{name: find(ticket) for name, find in PARTS.items()},
    )


def _answers(ticket: Ticket, procedure: Procedure, can: list[Action]) -> list[Action]:
    """The answers to the step; none while it is filled in anew, or waits for the letter that ends it to be signed."""
    if filing.is_in_hand(ticket, procedure) or issuing.ended_by(reading(), ticket, procedure):
        return []
    return [one for one in can if one.kind == "answer"]


def _story(ticket: Ticket) -> list[AuditEvent]:
    """What happened to it. Nobody of its area reads what those who work on it do among themselves."""
    inside = changing.may_see_inside(ticket, current_user, my_roles())
    return [one for one in telling.story(reading(), ticket) if inside or one.name not in changing.AMONG_US]


def _lists_places(ticket: Ticket) -> bool:
    """Whether the area's three places belong on the page: while a phone is under way."""
    return ticket.closed is None and any(device.kind == "phone" for device in ticket.devices)


def _read_backs(ticket: Ticket) -> dict[int, list[ReadBack]]:
    """What each point confirmed of each device, for those who see the points."""
    if not may("points.see"):
        return {}
    points, replaced = queries.points(reading()), _replaced(ticket)
    those = [*ticket.devices, *(one.device for one in ticket.operations)]
    return {device.id: telling.read_backs(reading(), _awaited(device, replaced), points) for device in those}


def _awaited(device: Device, replaced: dict[int, Device]) -> Device:
    """Whose read-back counts: of a phone that waits for a swap, that of the one before it."""
    return replaced[device.id] if device.authorisation.state == quota.WAITING_SWAP else device


def _replaced(ticket: Ticket) -> dict[int, Device]:
    """The phones that those of the request take the place of, by the number of the new one."""
    rights = [device.authorisation for device in ticket.devices]
    return {one.device_id: queries.device(reading(), one.replaces_id) for one in rights if one.replaces_id}


class Decides(NamedTuple):
    """What IT sees before it decides: each device's past by its number, and the area's other requests."""

    past: dict[int, list[histories.Earlier]]
    waiting: Sequence[Ticket]
    older: bool


def _decides(ticket: Ticket) -> Decides | None:
    """The same, while this person has devices of the request to decide."""
    if not may("requests.decide") or ticket.status != devices.DECIDING:
        return None
    session, key = reading(), store().office.retention_key
    past = {one.id: histories.earlier(session, one, key) for one in ticket.devices}
    return Decides(past, histories.waiting(session, ticket), bool(histories.older_requests(session, ticket)))


def _unbrought(ticket: Ticket) -> set[int]:
    """The computers that may be rejected because nobody brought them, for those who may do it."""
    if not may("requests.decide"):
        return set()
    calendar = calendars.current(reading(), store().office)
    return {device.id for device in timing.unbrought(ticket, calendar, now())}


def _fills_in(ticket: Ticket, procedure: Procedure) -> bool:
    """Whether the request is in this person's hands, to be corrected and sent."""
    return filing.is_in_hand(ticket, procedure) and asks_for(ticket)


def asks_for(ticket: Ticket) -> bool:
    """Whether the request is the reader's to fill in; nobody else sees a draft."""
    return standing.asks_for(reading(), ticket, current_user, today())


def _head(ticket: Ticket, can: list[Action]) -> Headship | None:
    """Who signs for the area today, for whoever checks the signature."""
    checks = any(ask.id == "signed_by" for one in can for ask in one.asks)
    return areas.head_on(reading(), ticket.area, today()) if checks else None


def clock(ticket: Ticket, procedure: Procedure) -> Reading | None:
    """What the request's clock shows now."""
    return timing.reading(ticket, procedure, calendars.current(reading(), store().office), now())


def internal_clocks(ticket: Ticket, procedure: Procedure, letter: Letter | None) -> list[Clock]:
    """The office's own clocks, for those who work in it."""
    if not may("areas.all"):
        return []
    office = store().office
    return timing.internal(ticket, procedure, letter, calendars.current(reading(), office), office, now())


def _draft(ticket: Ticket, procedure: Procedure, can: list[Action]) -> str:
    if not any(ask.id == "paragraphs" for one in can for ask in one.asks):
        return ""
    return "\n\n".join(letters.draft_paragraphs(reading(), ticket, procedure, store().office))


def _prints(ticket: Ticket, procedure: Procedure, letter: Letter | None) -> dict[str, str]:
    """What this person may print of a request: what it is called, and where it is."""
    offered = {
        _("Oficio de solicitud, para firmar"): (
            "requests.request_letter", sheets.may_print_request(ticket) and may_see_addresses(ticket)),
        _("Acuse de recibo"): ("requests.receipt", ticket.received is not None),
        _("Turno"): ("requests.turn_slip", may("requests.turn") and sheets.turned(ticket, procedure) is not None),
        _("Oficio de respuesta"): ("requests.letter", letter is not None and may_read(letter)),
    }  # fmt: skip
    named = {name: url_for(end, folio=ticket.reference) for name, (end, there) in offered.items() if there}
    forms = annexes.offered(reading(), ticket, procedure) if may("requests.turn") or asks_for(ticket) else []
    return named | {one.text(language()): url_for(".form_sheet", folio=ticket.reference, form=one.id) for one in forms}


def may_see_addresses(ticket: Ticket) -> bool:
    """Whether this person may see the whole addresses of a request: IT, the coordinator, and the area that sent it."""
    return may("addresses.whole") or asks_for(ticket)


def may_read(letter: Letter) -> bool:
    """Whether this person may: in the house every letter, outside of it those that are for all."""
    return letter.is_for_all or may("areas.all")


def _versions(letter: Letter | None) -> list[dict[str, Any]]:
    """Every version with what changed in it since the one before."""
    rows, before = [], []
    for version in letter.versions if letter else []:
        rows.append(
            {
                "number": version.number,
                "written": version.written,
                "written_by": version.written_by,
                "comment": version.comment,
                "commented_by": version.commented_by,
                "changes": differences(before, version.paragraphs),
            }
        )
        before = version.paragraphs
    return rows


@pages.get("/<folio>/live")
@permitted("requests.see")
def live(folio: str) -> ResponseReturnValue:
    """How the request stands now, as the piece of the page that renews itself."""
    ticket = found(folio)
    procedure = tickets.definition(reading(), ticket)
    return fragment(
        "components/request_state.html",
        request_row=ticket,
        procedure=procedure,
        step=procedure.step(ticket.step),
        clock=clock(ticket, procedure),
        read_backs=_read_backs(ticket),
    )
