"""The answer letter of a request: drafted, reviewed, corrected, signed, delivered, signed for (ADJ-P03, steps 7 to 11).

What it says of the devices is drawn from the registry each time; its paragraphs are the drafting desk's. A signed one
(`signing`) is never edited: it is voided, and another one takes its place under a number of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue
from netreg.letters import texts, writer
from netreg.office import Office
from netreg.policy import quota, roles
from netreg.procedures.asking import REMOVE
from netreg.procedures.holding import hold
from netreg.procedures.models import (
    ACKNOWLEDGED,
    DELIVERED,
    IN_REVIEW,
    NOT_DELIVERED,
    RETURNED,
    SIGNED,
    TO_SIGN,
    VOID,
    Letter,
    LetterVersion,
)  # fmt: skip
from netreg.procedures.procedure import Procedure
from netreg.procedures.signing import RESPONSE, sign, to_sign
from netreg.procedures.tickets import Act, effect
from netreg.registry import slots, text
from netreg.registry.commands import areas
from netreg.registry.commands.devices import REASONS
from netreg.registry.models import Authorisation, Device, Person, Role, Ticket
from netreg.store.base import now
from netreg.store.transaction import Transaction

KINDS = {"phone": "Teléfono", "computer": "Computadora", "infrastructure": "Infraestructura"}
ANSWERED = "answered"
# The way out of a signed letter, as the definition calls it.
VOIDED = "void_letter"
MOST_PARAGRAPHS, MOST_LETTERS = 40, 4000


def letter_of(session: Session, ticket: Ticket) -> Letter | None:
    """The answer to a request that is not void, or None before it is drafted."""
    return session.scalar(select(Letter).where(*_answers(ticket), Letter.state != VOID))


def voided(session: Session, ticket: Ticket) -> list[Letter]:
    """The answers to a request that are void, the newest first."""
    query = select(Letter).where(*_answers(ticket), Letter.state == VOID)
    return list(session.scalars(query.order_by(Letter.id.desc())))


def _answers(ticket: Ticket) -> tuple[ColumnElement[bool], ...]:
    return Letter.ticket_id == ticket.id, Letter.produced_id.is_(None)


def numbered(session: Session) -> Sequence[Letter]:
    """Every letter that has its number, also the void ones."""
    return session.scalars(select(Letter).where(Letter.number.is_not(None))).all()


def replacement(session: Session, letter: Letter) -> Letter | None:
    """The numbered letter that came after this one for the same document of the same request, or None."""
    query = select(Letter).where(
        Letter.ticket_id == letter.ticket_id,
        Letter.produced_id.is_not_distinct_from(letter.produced_id),
        Letter.id > letter.id,
        Letter.number.is_not(None),
    )
    return session.scalar(query.order_by(Letter.id).limit(1))


# --- what it says ---------------------------------------------------------------------------------------------------


def sense(ticket: Ticket) -> str:
    """approval, partial, quota or other: what became of the devices; removal or update for those that were in.

    The answer to a request that is about no device is just one: answered.
    """
    if not ticket.devices and not ticket.operations:
        return ANSWERED
    if ticket.operations:
        return "removal" if ticket.operations[0].kind == REMOVE else "update"
    rights = [device.authorisation for device in ticket.devices]
    refused = [right for right in rights if right.state == quota.REJECTED]
    if not refused:
        return "approval"
    if len(refused) < len(rights):
        return "partial"
    return "quota" if all(right.reason_code == "quota_full" for right in refused) else "other"


def facts(session: Session, ticket: Ticket, procedure: Procedure, office: Office) -> dict[str, Any]:
    """What the registry knows now, under the placeholders of the answer letter."""
    refused = [device for device in ticket.devices if device.authorisation.state == quota.REJECTED]
    named, post = signer(session, ticket, office)
    said = {
        "folio": ticket.folio,
        "asunto": _subject(ticket, procedure),
        "sentido": sense(ticket),
        "destinatario": named,
        "cargo": post,
        "oficio_solicitud": ticket.form.get("letter_number") or "sin número",
        "fecha_solicitud": ticket.form.get("letter_date", ""),
        "equipos_aprobados": [printed(device) for device in _granted(ticket)],
        "equipos_rechazados": [printed(device) | {"motivo": _reason(device)} for device in refused],
        **_places(session, ticket),
        "motivo": "; ".join(dict.fromkeys(_reason(device) for device in refused)),
        "fundamento": texts.legal_basis([one.model_dump() for one in procedure.legal_basis]),
        "recibo": True,
    }
    return {key: value for key, value in said.items() if value not in ("", [])}


def _subject(ticket: Ticket, procedure: Procedure) -> str:
    subject = texts.default_subject(sense(ticket))
    return f"{subject}: {procedure.title.short()}" if sense(ticket) == ANSWERED else subject


def _places(session: Session, ticket: Ticket) -> dict[str, int]:
    """How many of the area's places for phones are taken, where the answer is about devices."""
    if sense(ticket) == ANSWERED:
        return {}
    used = slots.phones_in_use(session, ticket.area.quota_unit_id)
    return {"cupo_usado": used, "cupo_max": quota.PHONES_PER_AREA}


def _results(ticket: Ticket, procedure: Procedure) -> list[str]:
    """What the answer has to give by a rule, such as the hyperlink of what was published."""
    names = dict.fromkeys(name for rule in procedure.rules for name in rule.in_letter if ticket.form.get(name))
    return [f"{one.es}: {ticket.form[one.id]}" for one in procedure.fields if one.id in names]


def draft_paragraphs(session: Session, ticket: Ticket, procedure: Procedure, office: Office) -> list[str]:
    """What the drafting desk starts from: the last version, or the office's text for the sense of the answer.

    For a letter that replaces a void one, the last version of that, where the sense is still the same.
    """
    letter, meant = letter_of(session, ticket), sense(ticket)
    known = [letter] if letter else [one for one in voided(session, ticket) if one.sense == meant]
    if known and known[0].versions:
        return list(known[0].versions[-1].paragraphs)
    *body, closing = office.wording.body(facts(session, ticket, procedure, office))
    return [*body, *_results(ticket, procedure), closing]


def preview(session: Session, ticket: Ticket, procedure: Procedure, office: Office) -> bytes:
    """The letter as it stands, marked as a draft on every page."""
    body = draft_paragraphs(session, ticket, procedure, office)
    data = facts(session, ticket, procedure, office) | {"cuerpo": body}
    return writer.write(RESPONSE, data, letterhead=office.letterhead, issued=now().replace(microsecond=0), draft=True)


def _granted(ticket: Ticket) -> list[Device]:
    """The devices that the answer speaks of as done: let in, taken out, or changed."""
    allowed = [device for device in ticket.devices if device.authorisation.state != quota.REJECTED]
    return [*allowed, *(operation.device for operation in ticket.operations)]


def signer(session: Session, ticket: Ticket, office: Office) -> tuple[str, str]:
    """Name and post of whoever signs for the area: of record on the letter's date or today, else its head's account.

    The name is empty where nobody is known.
    """
    said = str(ticket.form.get("letter_date", ""))
    day = date.fromisoformat(said) if said else office.today
    head = areas.head_on(session, ticket.area, day)
    if head is not None:
        return head.name, head.post
    account = session.scalar(
        select(Person).where(Person.area_id == ticket.area_id, Person.active, Person.roles.any(Role.name == roles.HEAD))
    )
    return account.name if account else "", f"Titular de {ticket.area.name}"


def printed(device: Device) -> dict[str, str]:
    """A device as letters name it: never more of its address than the last two octets (core workflow, section 14)."""
    row = {"tipo": KINDS[device.kind], "alias": device.computer_name or device.holder, "modelo": device.model}
    if device.interfaces:
        row["terminacion"] = device.interfaces[0].mac[-5:]
    return {key: value for key, value in row.items() if value}


def _reason(device: Device) -> str:
    right: Authorisation = device.authorisation
    return right.reason or REASONS.get(right.reason_code, (right.reason_code, ""))[0]


# --- what the steps do ----------------------------------------------------------------------------------------------


@effect("draft_letter")
def draft(act: Act) -> None:
    """Step 7: the first version. Values: `paragraphs`, as text with a blank line between them."""
    session = act.tx.session
    letter = letter_of(session, act.ticket) or Letter(ticket=act.ticket, sense=sense(act.ticket))
    session.add(letter)
    _write(act, letter)


@effect("correct_letter")
def correct(act: Act) -> None:
    """Step 9: the next version, after a comment."""
    _write(act, _theirs(act))


def _write(act: Act, letter: Letter) -> None:
    letter.state, letter.sense = IN_REVIEW, sense(act.ticket)
    letter.versions.append(
        LetterVersion(
            number=len(letter.versions) + 1,
            paragraphs=paragraphs(str(act.values.get("paragraphs", ""))),
            written=now(),
            written_by=act.tx.actor,
        )
    )
    act.tx.session.flush()
    act.facts["version"] = len(letter.versions)


def paragraphs(typed: str) -> list[str]:
    """The paragraphs of a text, one blank line between two; refuses none, too many, and hidden characters."""
    blocks = [" ".join(block.split()) for block in typed.replace("\r\n", "\n").split("\n\n")]
    found = [text.line(block, "paragraphs", most=MOST_LETTERS) for block in blocks if block]
    if not 0 < len(found) <= MOST_PARAGRAPHS:
        raise InvalidValue(
            "Escriba el texto del oficio.", "Write the text of the letter.", code="E_EMPTY", field="paragraphs"
        )
    return found


@effect("review_letter")
def review(act: Act) -> None:
    """Step 8: the coordinator signs it, or returns it with a comment (manual, line 540)."""
    letter = _theirs(act)
    if act.answer == "yes":
        body = list(letter.versions[-1].paragraphs)
        hold(act, "\n".join(body))
        said = facts(act.tx.session, act.ticket, act.procedure, act.tx.office) | {"cuerpo": body}
        act.facts.update(sign(act, letter, said))
        return
    comment = text.line(str(act.values.get("comment", "")), "comment", most=500)
    letter.state = RETURNED
    letter.versions[-1].comment, letter.versions[-1].commented_by = comment, act.tx.actor
    act.facts["comment"] = comment


@effect("deliver_letter")
def deliver(act: Act) -> None:
    """Step 10: handed over, to whom, in which post, at what minute (rule X-09). Nothing unsigned is delivered."""
    letter = _signed(act)
    letter.receiver = text.line(str(act.values.get("receiver", "")), "receiver")
    letter.receiver_post = text.line(str(act.values.get("receiver_post", "")), "receiver_post")
    letter.state, letter.delivered = DELIVERED, now()
    act.facts.update(receiver=letter.receiver, number=letter.number)


@effect("file_receipt")
def file_receipt(act: Act) -> None:
    """Step 11: the copy is signed for, or a reasoned note says why not; either closes the request."""
    letter = _theirs(act)
    all_are_signed(act)
    if act.values.get("signed"):
        letter.state, letter.acknowledged = ACKNOWLEDGED, now()
        return
    letter.reason = text.line(str(act.values.get("reason", "")), "reason", most=300)
    letter.state = NOT_DELIVERED
    act.facts["reason"] = letter.reason


@effect("not_delivered")
def note_not_delivered(act: Act) -> None:
    """Nobody took the letter: the reasoned note closes the request (core workflow, sections 11 and 12)."""
    letter = _signed(act)
    letter.state, letter.reason = NOT_DELIVERED, act.values["note"]


@effect(VOIDED)
def void(act: Act) -> None:
    """A signed letter is wrong: it keeps its number for ever, and the drafting desk writes another one."""
    make_void(act.tx, _theirs(act), act.values["note"])


def make_void(tx: Transaction, letter: Letter, reason: str) -> None:
    """Void a numbered letter, for the reason in words."""
    letter.state, letter.reason = VOID, reason
    number, ticket = str(letter.number), letter.ticket
    tx.record(events.LetterVoided(ticket=ticket.id, reference=ticket.reference, number=number, reason=reason))


def take_back_end(tx: Transaction, ticket: Ticket) -> None:
    """The request goes on: a letter that nobody took, or signed for, waits for that once more."""
    letter = letter_of(tx.session, ticket)
    if letter is not None and letter.state == NOT_DELIVERED:
        letter.state, letter.reason = (DELIVERED if letter.delivered else SIGNED), ""


def _signed(act: Act) -> Letter:
    letter = _theirs(act)
    if letter.state == TO_SIGN:
        raise _unsigned(letter)
    if letter.state != SIGNED:
        raise InvalidValue("El oficio no está firmado.", "The letter is not signed.", code="unsigned", field="letter")
    return letter


def _unsigned(letter: Letter) -> InvalidValue:
    return InvalidValue(
        f"Falta el escaneo del oficio {letter.number} firmado.",
        f"The scan of the signed letter {letter.number} is missing.",
        code="unsigned",
        field="letter",
        hint="Imprima el oficio, que lo firmen, y entregue el PDF escaneado en «Archivos».",
        hint_en="Print the letter, have it signed, and hand in the scanned PDF under “Files”.",
    )


def all_are_signed(act: Act) -> None:
    """Raises InvalidValue `unsigned` where a letter of the request still waits for its signature by hand."""
    for letter in to_sign(act.tx.session, act.ticket):
        raise _unsigned(letter)


def _theirs(act: Act) -> Letter:
    letter = letter_of(act.tx.session, act.ticket)
    if letter is None:
        raise InvalidValue("Todavía no hay oficio.", "There is no letter yet.", code="no_letter", field="letter")
    return letter
