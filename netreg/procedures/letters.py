"""The answer letter of a request: drafted, reviewed, corrected, signed, delivered, signed for (ADJ-P03, steps 7 to 11).

What it says of the devices is drawn from the registry each time; its paragraphs are the drafting desk's. When it is
signed it takes its number, its data are frozen, and its file is stored under its hash and never written again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, NotAllowed
from netreg.letters import texts, writer
from netreg.office import Office
from netreg.policy import quota, roles
from netreg.procedures.archive import keep
from netreg.procedures.device_access import next_number
from netreg.procedures.models import (
    ACKNOWLEDGED,
    DELIVERED,
    IN_REVIEW,
    NOT_DELIVERED,
    RETURNED,
    SIGNED,
    VOID,
    Letter,
    LetterVersion,
)  # fmt: skip
from netreg.procedures.procedure import Procedure
from netreg.procedures.tickets import Act, effect
from netreg.registry import queries, text
from netreg.registry.commands.devices import REASONS
from netreg.registry.models import Area, Authorisation, Device, Person, Role, Ticket
from netreg.store.base import now

RESPONSE = "response"
DELIVER = "deliver_letter"
NUMBERS = "letter"
KINDS = {"phone": "Teléfono", "computer": "Computadora", "infrastructure": "Infraestructura"}
MOST_PARAGRAPHS, MOST_LETTERS = 40, 4000


def letter_of(session: Session, ticket: Ticket) -> Letter | None:
    """The letter of a request that is not void, or None before it is drafted."""
    return session.scalar(select(Letter).where(Letter.ticket_id == ticket.id, Letter.state != VOID))


# --- what it says ---------------------------------------------------------------------------------------------------


def sense(ticket: Ticket) -> str:
    """approval, partial, quota or other: what became of the devices."""
    rights = [device.authorisation for device in ticket.devices]
    refused = [right for right in rights if right.state == quota.REJECTED]
    if not refused:
        return "approval"
    if len(refused) < len(rights):
        return "partial"
    return "quota" if all(right.reason_code == "quota_full" for right in refused) else "other"


def facts(session: Session, ticket: Ticket, procedure: Procedure) -> dict[str, Any]:
    """What the registry knows now, under the placeholders of the answer letter."""
    refused = [device for device in ticket.devices if device.authorisation.state == quota.REJECTED]
    head = _head(session, ticket.area)
    said = {
        "folio": ticket.folio,
        "asunto": texts.default_subject(sense(ticket)),
        "sentido": sense(ticket),
        "destinatario": head.name if head else "",
        "cargo": f"Titular de {ticket.area.name}",
        "oficio_solicitud": ticket.form.get("letter_number") or "sin número",
        "fecha_solicitud": ticket.form.get("letter_date", ""),
        "equipos_aprobados": [printed(device) for device in ticket.devices if device not in refused],
        "equipos_rechazados": [printed(device) | {"motivo": _reason(device)} for device in refused],
        "cupo_usado": queries.phones_in_use(session, ticket.area.quota_unit_id),
        "cupo_max": quota.PHONES_PER_AREA,
        "motivo": "; ".join(dict.fromkeys(_reason(device) for device in refused)),
        "fundamento": texts.legal_basis([one.model_dump() for one in procedure.legal_basis]),
        "recibo": True,
    }
    return {key: value for key, value in said.items() if value not in ("", [])}


def draft_paragraphs(session: Session, ticket: Ticket, procedure: Procedure) -> list[str]:
    """What the drafting desk starts from: the last version, or the text for the sense of the answer."""
    letter = letter_of(session, ticket)
    if letter is not None and letter.versions:
        return list(letter.versions[-1].paragraphs)
    return texts.default_body(facts(session, ticket, procedure))


def preview(session: Session, ticket: Ticket, procedure: Procedure, office: Office) -> bytes:
    """The letter as it stands, marked as a draft on every page."""
    body = draft_paragraphs(session, ticket, procedure)
    data = facts(session, ticket, procedure) | {"cuerpo": body}
    return writer.write(RESPONSE, data, letterhead=office.letterhead, issued=now().replace(microsecond=0), draft=True)


def _head(session: Session, area: Area) -> Person | None:
    return session.scalar(
        select(Person).where(Person.area_id == area.id, Person.active, Person.roles.any(Role.name == roles.HEAD))
    )


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
        _sign(act, letter)
        return
    comment = text.line(str(act.values.get("comment", "")), "comment", most=500)
    letter.state = RETURNED
    letter.versions[-1].comment, letter.versions[-1].commented_by = comment, act.tx.actor
    act.facts["comment"] = comment


def _sign(act: Act, letter: Letter) -> None:
    """Take the number, freeze the data, store the file under its hash. A missing value is not signed."""
    _not_the_drafter(act, letter)
    office, signed = act.tx.office, now()
    number = office.letterhead.letter_number(next_number(act.tx, NUMBERS), act.tx.year)
    data = facts(act.tx.session, act.ticket, act.procedure) | {
        "oficio_no": number,
        "fecha": act.tx.today,
        "cuerpo": list(letter.versions[-1].paragraphs),
        "verify_url": f"{office.address}/verify/{number.replace('/', '-')}",
        "verify_text": f"Folio {act.ticket.folio}",
        **_signatory(act),
    }
    pdf = writer.write(RESPONSE, data, letterhead=office.letterhead, issued=signed.replace(microsecond=0))
    letter.number, letter.signed, letter.signed_by = number, signed, act.tx.actor
    letter.state, letter.data, letter.pdf = SIGNED, _frozen(data), keep(office.files, pdf)
    act.facts.update(number=number, sha256=letter.pdf)


def _signatory(act: Act) -> dict[str, str]:
    post = act.tx.office.signatory_post
    name = act.who.person.name if act.who.person else act.tx.actor
    return {"firmante": name, "firmante_cargo": post} | ({"por_ausencia": post} if act.who.absent else {})


def _not_the_drafter(act: Act, letter: Letter) -> None:
    drafters = {version.written_by for version in letter.versions}
    if act.who.person is not None and act.who.person.email in drafters and not act.tx.office.small:
        raise NotAllowed(
            "Quien redactó el oficio no lo firma.",
            "Whoever drafted the letter does not sign it.",
            code="own_letter",
            hint="Firma otra persona, o el ajuste «office.small» lo permite en oficinas pequeñas.",
            hint_en="Another person signs, or the setting “office.small” allows it in small offices.",
        )


def _frozen(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in data.items()}


@effect(DELIVER)
def deliver(act: Act) -> None:
    """Step 10: handed over, to whom, in which post, at what minute (rule X-09). Nothing unsigned is delivered."""
    letter = _theirs(act)
    if letter.state != SIGNED:
        raise InvalidValue("El oficio no está firmado.", "The letter is not signed.", code="unsigned", field="letter")
    letter.receiver = text.line(str(act.values.get("receiver", "")), "receiver")
    letter.receiver_post = text.line(str(act.values.get("receiver_post", "")), "receiver_post")
    letter.state, letter.delivered = DELIVERED, now()
    act.facts.update(receiver=letter.receiver, number=letter.number)


@effect("file_receipt")
def file_receipt(act: Act) -> None:
    """Step 11: the copy is signed for, or a reasoned note says why not; either closes the request."""
    letter = _theirs(act)
    if act.values.get("signed"):
        letter.state, letter.acknowledged = ACKNOWLEDGED, now()
        return
    letter.reason = text.line(str(act.values.get("reason", "")), "reason", most=300)
    letter.state = NOT_DELIVERED
    act.facts["reason"] = letter.reason


def _theirs(act: Act) -> Letter:
    letter = letter_of(act.tx.session, act.ticket)
    if letter is None:
        raise InvalidValue("Todavía no hay oficio.", "There is no letter yet.", code="no_letter", field="letter")
    return letter
