"""Each rule of the manuals that blocks, refused where it is broken; the name of a test holds the rule's id.

What somebody leaves out is left out of a form that a desk enters from paper: an area cannot send such a form at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from time_machine import travel

from netreg.errors import InvalidValue, NotAllowed, Refused
from netreg.office import AUTOGRAPH, Office
from netreg.procedures import attachments, attending, catalogue, queue, registers, sheets, tickets, timing
from netreg.procedures.catalogue import CORE, Catalogue
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.people import ANA, CARLA, CAST, DIEGO, INES, IRMA, NADIA, SOFIA
from tests.procedures.walking import _path, leave, open_one, opened, packed, send, step_of
from tests.samples import pdf

ALL = catalogue.procedures()
# Friday 20 November 2026, 16:00 at the office.
FRIDAY = "2026-11-20T16:00:00-06:00"


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    sqlite_store.office = Office(
        files=tmp_path / "files",
        catalogue=Catalogue(enabled=tuple(ALL)),
        lists={"catalog:portal_modules": ("Avisos",), "catalog:own_systems": ("Predial",)},
        small=True,
    )
    yield


def entered(store: Store, code: str, without: str = "", **raw: Any) -> int:
    """What a desk typed from paper: sent, and received where no desk stamps it."""
    desk = CARLA if code == "GCH-CCS-P03" else SOFIA
    number = open_one(store, ALL[code], raw, by=desk, without=without)
    send(store, number, by=desk)
    return number


def at(store: Store, code: str, step: int, number: int | None = None) -> int:
    """A request that has come to this step, by the shortest way."""
    found = opened(store, ALL[code]) if number is None else number
    for _step, answer in _path(ALL[code], 1, {step})[1:]:
        leave(store, ALL[code], found, answer)
    assert step_of(store, found) == step
    return found


Case = Callable[[Store], None]
CASES: dict[str, Case] = {}


def refuses(store: Store, rule: str, deed: Callable[[], object], code: str = "") -> None:
    """It is refused with this code, or by the name of the rule; and nothing moves."""
    with pytest.raises(Refused) as refused:
        deed()
    assert refused.value.code == code if code else rule in refused.value.message, refused.value.message


def gap(rule: str, *fields: str, step: int = 2, without: str = "", **raw: Any) -> None:
    """What a desk enters without this field does not pass the step that checks it."""

    def case(store: Store) -> None:
        code = rule[:-4]
        for field in fields:
            number = entered(store, code, without, **{field: [] if field in LISTS else "", **raw})
            at(store, code, step, number)
            refuses(store, rule, partial(leave, store, ALL[code], number, "yes"))
            assert step_of(store, number) == step

    CASES[rule] = case


LISTS = ("coverage", "networks", "modules", "goods")


def wrong(rule: str, step: int = 2, **raw: Any) -> None:
    """What a desk enters with this value does not pass the step that checks it."""

    def case(store: Store) -> None:
        number = at(store, rule[:-4], step, entered(store, rule[:-4], **raw))
        refuses(store, rule, lambda: leave(store, ALL[rule[:-4]], number, "yes"))

    CASES[rule] = case


def ask(rule: str, step: int, *names: str, answer: str = "else") -> None:
    """The step is not left without this."""

    def case(store: Store) -> None:
        number = at(store, rule[:-4], step)
        for name in names:
            deed = partial(leave, store, ALL[rule[:-4]], number, answer, values={name: ""})
            refuses(store, rule, deed, "missing")
        assert step_of(store, number) == step

    CASES[rule] = case


def file(rule: str, step: int, answer: str = "else") -> None:
    """The step is not left without its file."""

    def case(store: Store) -> None:
        number = at(store, rule[:-4], step)
        with pytest.raises(InvalidValue) as refused:
            leave(store, ALL[rule[:-4]], number, answer, with_files=False)
        assert refused.value.code in ("file_missing", "rule_broken") and step_of(store, number) == step

    CASES[rule] = case


def letter(rule: str) -> None:
    """An area does not send it without its letter."""

    def case(store: Store) -> None:
        by = CARLA if rule.startswith("GCH-CCS-P03") else ANA
        number = open_one(store, ALL[rule[:-4]], by=by, without="request_letter")
        if by is CARLA:
            send(store, number, by=by)
            refuses(store, rule, lambda: leave(store, ALL[rule[:-4]], number, "yes"))
        else:
            refuses(store, rule, lambda: send(store, number, by=by), "file_missing")

    CASES[rule] = case


def channel(rule: str) -> None:
    """It is asked for as the manual says, and in no other way."""

    def case(store: Store) -> None:
        refuses(store, rule, lambda: open_one(store, ALL[rule[:-4]], {"channel": "whatsapp"}), "E_CHOICE")
        number = opened(store, ALL[rule[:-4]])
        with store.reading() as session:
            assert session.get_one(Ticket, number).form["channel"] == ALL[rule[:-4]].intake.channels[0]

    CASES[rule] = case


def window(rule: str) -> None:
    """What comes after the office closed counts as received when it opens."""

    def case(store: Store) -> None:
        for sent, received in (("16:00:00", "2026-11-20T16:00:00"), ("16:00:01", "2026-11-23T09:00:00")):
            with travel(datetime.fromisoformat(f"2026-11-20T{sent}-06:00"), tick=False):
                number = opened(store, ALL[rule[:-4]])
            with store.reading() as session:
                found = session.get_one(Ticket, number).received
                assert found is not None and found == datetime.fromisoformat(f"{received}-06:00")

    CASES[rule] = case


def late(rule: str, field: str, needed: str, last: str, after: str) -> None:
    """Received by `last` it passes, at `after` it is returned."""

    def case(store: Store) -> None:
        for moment, passes in ((last, True), (after, False)):
            with travel(datetime.fromisoformat(f"{moment}-06:00"), tick=False):
                number = opened(store, ALL[rule[:-4]], {field: needed, "publish_until": "2027-01-15 10:00"})
                if passes:
                    leave(store, ALL[rule[:-4]], number, "yes")
                else:
                    refuses(store, rule, partial(leave, store, ALL[rule[:-4]], number, "yes"))

    CASES[rule] = case


def only_through(rule: str, step: int, answer: str, end: int) -> None:
    """No way of the definition leads to this end but through that answer."""

    def case(store: Store) -> None:
        reached, todo = {1}, [1]
        while todo:
            here = todo.pop()
            for way in ALL[rule[:-4]].step(here).transitions:
                if (here, way.on) != (step, answer) and way.to not in reached:
                    reached.add(way.to)
                    todo.append(way.to)
        assert end not in reached

    CASES[rule] = case


def approved(rule: str, step: int, end: int, back: int) -> None:
    """It ends only by an approval, which names the version before it; without a proposal there is nothing to name."""
    only_through(rule, step, "yes", end)
    structure = CASES[rule]

    def case(store: Store) -> None:
        structure(store)
        number = at(store, rule[:-4], step)
        refuses(store, rule, lambda: leave(store, ALL[rule[:-4]], number, "else", by=ANA), "E_ANSWER")
        with pytest.raises(NotAllowed):
            leave(store, ALL[rule[:-4]], number, "yes", by=IRMA)
        leave(store, ALL[rule[:-4]], number, "yes")
        with store.reading() as session:
            made = attending.produced(session, session.get_one(Ticket, number))
            assert [one.of_version for one in made if one.document == "approval"] == [1]

    CASES[rule] = case


def unsigned(rule: str, step: int) -> None:
    """By hand a letter is signed once its scan is there: without it nothing is handed over."""

    def case(store: Store) -> None:
        store.office = replace(store.office, signing=AUTOGRAPH)
        number = at(store, rule[:-4], step)
        refuses(store, rule, lambda: leave(store, ALL[rule[:-4]], number), "unsigned")

    CASES[rule] = case


def unreceipted(rule: str, step: int) -> None:
    """It does not close without the signed copy, or a written reason why there is none."""

    def case(store: Store) -> None:
        number = at(store, rule[:-4], step)
        said = {"signed": "", "reason": ""}
        refuses(store, rule, lambda: leave(store, ALL[rule[:-4]], number, values=said), "E_EMPTY")

    CASES[rule] = case


def stamped(rule: str) -> None:
    """Without the signed letter before it the desk stamps nothing, and the request goes no further."""

    def case(store: Store) -> None:
        number = open_one(store, ALL[rule[:-4]], without="request_letter")
        send(store, number, by=ANA)
        refuses(store, rule, lambda: leave(store, ALL[rule[:-4]], number, values={"paper": ""}), "letter_missing")

    CASES[rule] = case


def numbered(rule: str, step: int, prefix: str) -> None:
    """Each form has the next number of the year."""

    def case(store: Store) -> None:
        found = []
        for _ in range(2):
            number = at(store, rule[:-4], step)
            leave(store, ALL[rule[:-4]], number)
            with store.reading() as session:
                made = attending.produced(session, session.get_one(Ticket, number))
                found += [one.number for one in made if one.number and one.number.startswith(prefix)]
        assert [one[-4:] for one in found] == ["0001", "0002"]

    CASES[rule] = case


def registered(rule: str) -> None:
    """Every letter that came in or went out stands once in the register."""

    def case(store: Store) -> None:
        procedure = ALL[rule[:-4]]
        number = at(store, rule[:-4], next(one.n for one in procedure.steps if one.does == "file_receipt"))
        with store.reading() as session:
            ticket = session.get_one(Ticket, number)
            rows = [row for row in registers.letters(session, store.office) if row[5] == ticket.folio]
        assert len(rows) == 2

    CASES[rule] = case


# --- Almoloya, web publication --------------------------------------------------------------------------------------

stamped("ADJ-P01-R01")


def _no_content(store: Store) -> None:
    number = open_one(store, ALL["ADJ-P01"], without="content_files")
    refuses(store, "", lambda: send(store, number, by=ANA), "file_missing")


def _not_a_pdf(store: Store) -> None:
    refuses(store, "", lambda: _attach(store, "aviso.pdf", packed(word__document="x")), "E_FILE_KIND")


def _nameless(store: Store) -> None:
    refuses(store, "", lambda: _attach(store, "Scan 0001.pdf", pdf()), "E_FILE_NAME")
    _attach(store, "reglamento-mercados-2026.pdf", pdf())


def _attach(store: Store, name: str, content: bytes) -> None:
    number = open_one(store, ALL["ADJ-P01"])
    with store.transaction(ANA.email) as tx:
        person = queries.known_person(tx.session, ANA.email)
        ticket = tx.session.get_one(Ticket, number)
        attachments.hand_in(tx, ticket, ALL["ADJ-P01"], person, "content_files", name, content)


def _no_order(store: Store) -> None:
    rows = [{"title": "Uno", "file": "1", "order": "1"}, {"title": "Dos", "file": "1", "order": "1"}]
    refuses(store, "", lambda: open_one(store, ALL["ADJ-P01"], {"items": rows}), "E_TWICE")
    number = open_one(store, ALL["ADJ-P01"], {"items": [{"title": "Uno", "file": "1"}]})
    refuses(store, "", lambda: send(store, number, by=ANA), "missing")


def _no_module(store: Store) -> None:
    number = open_one(store, ALL["ADJ-P01"], {"modules": []})
    refuses(store, "", lambda: send(store, number, by=ANA), "missing")


def _receipt(store: Store) -> None:
    number = opened(store, ALL["ADJ-P01"])
    with store.reading() as session:
        ticket = session.get_one(Ticket, number)
        with pytest.raises(Refused):
            sheets.receipt(session, ticket, ALL["ADJ-P01"], store.office, ticket.opened)
    leave(store, ALL["ADJ-P01"], number)
    with store.reading() as session:
        ticket = session.get_one(Ticket, number)
        assert ticket.folio and ticket.received
        assert sheets.receipt(session, ticket, ALL["ADJ-P01"], store.office, now()).startswith(b"%PDF")


def _link_in_the_letter(store: Store) -> None:
    number = at(store, "ADJ-P01", 9)
    leave(store, ALL["ADJ-P01"], number, values={"paragraphs": "Se publicó."})
    refuses(store, "ADJ-P01-R11", lambda: leave(store, ALL["ADJ-P01"], number, "yes"))


def _back_with_a_reason(store: Store) -> None:
    number = at(store, "ADJ-P01", 5)
    refuses(store, "", lambda: leave(store, ALL["ADJ-P01"], number, values={"letter_text": ""}), "missing")
    leave(store, ALL["ADJ-P01"], number)
    with store.reading() as session:
        folio = session.get_one(Ticket, number).folio
    leave(store, ALL["ADJ-P01"], number)
    with store.reading() as session:
        ticket = session.get_one(Ticket, number)
        assert (ticket.folio, ticket.revision, ticket.step) == (folio, 2, 2)


def _in_one_queue(store: Store) -> None:
    number = at(store, "ADJ-P01", 4)
    with store.reading() as session:
        waits = [
            who for who in CAST
            if number in {one.id for one in queue.waiting(
                session, queries.known_person(session, who.email), store.office.today,
                lambda ticket: tickets.definition(session, ticket))}
        ]  # fmt: skip
    assert waits == [NADIA]


CASES |= {
    "ADJ-P01-R02": _no_content,
    "ADJ-P01-R03": _not_a_pdf,
    "ADJ-P01-R04": _nameless,
    "ADJ-P01-R05": _no_module,
    "ADJ-P01-R06": _no_order,
    "ADJ-P01-R09": _receipt,
    "ADJ-P01-R11": _link_in_the_letter,
    "ADJ-P01-R12": _back_with_a_reason,
    "ADJ-P01-R16": _in_one_queue,
}
only_through("ADJ-P01-R10", 10, "yes", 13)
unsigned("ADJ-P01-R13", 12)
unreceipted("ADJ-P01-R14", 13)
registered("ADJ-P01-R15")

# --- Almoloya, support ----------------------------------------------------------------------------------------------

ask("ADJ-P02-R01", 3, "equipment_received")
file("ADJ-P02-R05", 9)
ask("ADJ-P02-R06", 9, "conformity")
numbered("ADJ-P02-R07", 9, "OS")
stamped("ADJ-P02-R08")
only_through("ADJ-P02-R09", 12, "yes", 15)
unsigned("ADJ-P02-R10", 14)
ask("ADJ-P02-R12", 4, "estimate", answer="yes")
unreceipted("ADJ-P02-R13", 15)
registered("ADJ-P02-R14")


def _supplies(store: Store) -> None:
    number = at(store, "ADJ-P02", 8)
    with store.reading() as session:
        ticket = session.get_one(Ticket, number)
        shown = timing.reading(ticket, ALL["ADJ-P02"], store.office.calendar, ticket.moves[-1].at)
        assert shown is not None and shown.state == "paused" and shown.pauses[-1].why == "waiting"
    with pytest.raises(NotAllowed):
        leave(store, ALL["ADJ-P02"], number, "supplied", by=DIEGO)


CASES["ADJ-P02-R11"] = _supplies

# --- Chalco ---------------------------------------------------------------------------------------------------------

channel("GCH-CCS-P01-R01")
late("GCH-CCS-P01-R02", "event_start", "2026-12-03 10:00", "2026-11-30T10:00:00", "2026-11-30T10:00:01")
window("GCH-CCS-P01-R03")
gap("GCH-CCS-P01-R04", "event_name")
gap("GCH-CCS-P01-R05", "event_start", "venue", "address")
gap("GCH-CCS-P01-R06", "coverage")
ask("GCH-CCS-P01-R08", 7, "agenda_on")
ask("GCH-CCS-P01-R09", 8, "backup_place", "backup_on")

channel("GCH-CCS-P02-R01")
late("GCH-CCS-P02-R02", "publish_from", "2026-12-03 10:00", "2026-11-30T10:00:00", "2026-11-30T10:00:01")
window("GCH-CCS-P02-R03")
gap("GCH-CCS-P02-R04", "topic", "content", "people", "publish_from", "place", "relevance", without="fact_sheet")
gap("GCH-CCS-P02-R06", "networks")
ask("GCH-CCS-P02-R10", 8, "links")


def _why_rejected(store: Store) -> None:
    number = at(store, "GCH-CCS-P02", 7)
    with store.transaction(IRMA.email) as tx, pytest.raises(InvalidValue):
        person = queries.known_person(tx.session, IRMA.email)
        tickets.extend(tx, tx.session.get_one(Ticket, number), person, "reject_content", " ")


CASES["GCH-CCS-P02-R07"] = _why_rejected

gap("GCH-CCS-P03-R01", "prior_contact_on")
gap("GCH-CCS-P03-R04", "topics")
gap("GCH-CCS-P03-R05", "interviewee")
window("GCH-CCS-P03-R06")
letter("GCH-CCS-P03-R07")
ask("GCH-CCS-P03-R08", 10, "concluded_on")

late("GCH-CCS-P04-R01", "needed_on", "2026-12-09", "2026-11-30T16:00:00", "2026-12-01T09:00:00")
gap("GCH-CCS-P04-R02", "justification")
gap("GCH-CCS-P04-R03", "file_format", "medium")
gap("GCH-CCS-P04-R04", "platform", medium="digital")
gap("GCH-CCS-P04-R05", "print_stock", "width_cm", "height_cm", medium="print")
gap("GCH-CCS-P04-R06", "content")
window("GCH-CCS-P04-R07")
gap("GCH-CCS-P04-R09", "liaison")
approved("GCH-CCS-P04-R10", 9, 11, 10)
ask("GCH-CCS-P04-R11", 11, "backup_place", "backup_on")
channel("GCH-CCS-P04-R12")

late("GCH-CCS-P05-R01", "needed_on", "2026-12-09", "2026-11-30T16:00:00", "2026-12-01T09:00:00")
gap("GCH-CCS-P05-R02", "justification")
gap("GCH-CCS-P05-R03", "topic", "audience")
gap("GCH-CCS-P05-R04", "kind")
gap("GCH-CCS-P05-R05", "duration_s")
gap("GCH-CCS-P05-R06", "platform")
window("GCH-CCS-P05-R07")
gap("GCH-CCS-P05-R09", "liaison")
approved("GCH-CCS-P05-R10", 8, 10, 9)
ask("GCH-CCS-P05-R11", 10, "backup_place", "backup_on")
channel("GCH-CCS-P05-R12")

late("GCH-CCS-P06-R01", "needed_on", "2026-12-09", "2026-12-04T16:00:00", "2026-12-07T09:00:00")
gap("GCH-CCS-P06-R02", "justification")
gap("GCH-CCS-P06-R03", "piece", "file_format")
gap("GCH-CCS-P06-R04", "medium")
gap("GCH-CCS-P06-R05", "platform", medium="digital")
gap("GCH-CCS-P06-R06", "content")
window("GCH-CCS-P06-R07")
gap("GCH-CCS-P06-R10", "liaison")
approved("GCH-CCS-P06-R11", 8, 10, 9)
ask("GCH-CCS-P06-R12", 10, "backup_place", "backup_on")
channel("GCH-CCS-P06-R13")


def _prints_nothing(store: Store) -> None:
    names = {one.id for one in ALL["GCH-CCS-P06"].fields}
    assert not names & {"quantity", "copies", "print_run"}
    number = open_one(store, ALL["GCH-CCS-P06"], {"no_print_ack": ""})
    refuses(store, "", lambda: send(store, number, by=ANA), "missing")


CASES["GCH-CCS-P06-R08"] = _prints_nothing

gap("GCH-CCS-P07-R01", "liaison")
wrong("GCH-CCS-P07-R03", request_kind="modify", system_name="Uno de otros")
file("GCH-CCS-P07-R04", 11)
gap("GCH-CCS-P07-R05", "system_name", "justification", "goal")
window("GCH-CCS-P07-R06")
letter("GCH-CCS-P07-R07")
ask("GCH-CCS-P07-R08", 8, "trained_on", "attendees")
ask("GCH-CCS-P07-R09", 13, "backup_place", "backup_on")

channel("GCH-CCS-P08-R01")
late("GCH-CCS-P08-R02", "publish_from", "2026-12-03 10:00", "2026-11-30T10:00:00", "2026-11-30T10:00:01")
gap("GCH-CCS-P08-R03", "site", "section")
ask("GCH-CCS-P08-R05", 8, "published_on")

gap("GCH-CCS-P09-R02", "liaison")
file("GCH-CCS-P09-R04", 6)
letter("GCH-CCS-P09-R05")
ask("GCH-CCS-P09-R06", 7, "entry")

wrong("GCH-CCS-P10-R01", 3, municipal_property="no")
gap("GCH-CCS-P10-R02", "problem", "requester", step=3)
gap("GCH-CCS-P10-R03", "transport_ack", step=3, in_palace="no")
ask("GCH-CCS-P10-R04", 8, "reasons", "to_buy", "letter_text")
numbered("GCH-CCS-P10-R09", 6, "ST")
file("GCH-CCS-P10-R10", 9, "yes")
ask("GCH-CCS-P10-R11", 10, "finished_on")

gap("GCH-CCS-P11-R01", "secretary_letter")
wrong("GCH-CCS-P11-R02", assets_verified="no")
gap("GCH-CCS-P11-R03", "goods")
ask("GCH-CCS-P11-R05", 7, "inspection_at")
ask("GCH-CCS-P11-R06", 9, "letter_text")
ask("GCH-CCS-P11-R07", 11, "receiver", "delivered_on")


def _not_due(store: Store) -> None:
    number = at(store, "GCH-CCS-P11", 8)
    for name in ("data_ok", "present", "repair_viable"):
        found = {"data_ok": "yes", "present": "yes", "repair_viable": "no"}
        found[name] = "no" if found[name] == "yes" else "yes"
        said: Mapping[str, Any] = {"inspection_result": [found]}
        deed = partial(leave, store, ALL["GCH-CCS-P11"], number, "yes", values=said)
        refuses(store, "GCH-CCS-P11-R04", deed)


CASES["GCH-CCS-P11-R04"] = _not_due


def _no_programme(store: Store) -> None:
    number = open_one(store, ALL["GCH-CCS-P12"], {"work_programme_ok": "no"})
    refuses(store, "", lambda: send(store, number, by=ANA), "missing")


def _no_folio(store: Store) -> None:
    number = entered(store, "GCH-CCS-P12", sidem_folio="")
    refuses(store, "GCH-CCS-P12-R03", lambda: leave(store, ALL["GCH-CCS-P12"], number, by=ANA))


def _folio_twice(store: Store) -> None:
    entered(store, "GCH-CCS-P12", sidem_folio="SIDEM-1")
    refuses(store, "", lambda: entered(store, "GCH-CCS-P12", sidem_folio="SIDEM-1"), "not_unique")


def _released_by_others(store: Store) -> None:
    number = at(store, "GCH-CCS-P12", 6)
    for who in (ANA, INES, DIEGO, SOFIA):
        with pytest.raises(NotAllowed):
            leave(store, ALL["GCH-CCS-P12"], number, by=who)


def _no_committee(store: Store) -> None:
    number = entered(store, "GCH-CCS-P12", committee_ok="no")
    leave(store, ALL["GCH-CCS-P12"], number, by=ANA)
    refuses(store, "GCH-CCS-P12-R04", lambda: leave(store, ALL["GCH-CCS-P12"], number, "yes"))


CASES |= {
    "GCH-CCS-P12-R01": _no_programme,
    "GCH-CCS-P12-R03": _no_folio,
    "GCH-CCS-P12-R04": _no_committee,
    "GCH-CCS-P12-R05": _folio_twice,
    "GCH-CCS-P12-R06": _released_by_others,
}
file("GCH-CCS-P12-R07", 12)

BLOCKING = [rule.id for code, one in ALL.items() if code != CORE for rule in one.rules if rule.severity == "block"]


@pytest.mark.parametrize("rule", BLOCKING)
def test_a_rule_that_blocks_is_refused_where_it_is_broken(sqlite_store: Store, rule: str) -> None:
    CASES[rule](sqlite_store)


def test_every_rule_that_blocks_is_tried_and_no_other() -> None:
    assert set(CASES) == set(BLOCKING)
    assert len(BLOCKING) > 100
