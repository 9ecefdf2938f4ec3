"""Signing a letter: its number is taken, its data are frozen, its file is stored under its hash and never changed.

How is a setting of the office. In the portal, pressing the button signs. By hand, the file has a line to sign on: the
letter is signed once the scan of the paper is handed in. With an e.firma the file itself bears the signature, and only
its owner signs so: whoever stands in for them signs by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import NotAllowed
from netreg.letters import writer
from netreg.office import AUTOGRAPH, EFIRMA, Office
from netreg.policy.roles import COORDINATOR
from netreg.procedures.archive import keep
from netreg.procedures.models import SIGNED, TO_SIGN, Letter
from netreg.procedures.numbers import next_number
from netreg.procedures.particulars import Role
from netreg.procedures.standing import Standing
from netreg.procedures.tickets import Act
from netreg.registry.models import Ticket
from netreg.store.base import now

RESPONSE = "response"
NUMBERS = "letter"


def sign(
    act: Act,
    letter: Letter,
    said: Mapping[str, Any],
    kind: str = RESPONSE,
    role: Role | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """Fix the letter that says this, signed in the `role`; what the audit log shall tell of it.

    Raises InvalidValue for a missing value, NotAllowed for whoever drafted it.
    """
    _not_the_drafter(act, letter)
    office, moment, way = act.tx.office, now(), manner(act.tx.office, act.who)
    owner = office.seal.open() if office.seal and way == EFIRMA else None
    number = office.letterhead.letter_number(next_number(act.tx, NUMBERS), act.tx.year)
    data = {
        **said,
        "oficio_no": number,
        "fecha": act.tx.today,
        "verify_url": f"{office.address}/verify/{number.replace('/', '-')}",
        "verify_text": f"Folio {act.ticket.reference}",
        **signatory(act, role),
        **({"firma": owner.legend} if owner else {}),
    }
    at = moment.replace(microsecond=0)
    pdf = writer.write(kind, data, letterhead=office.letterhead, issued=at, pictures=pictures or {})
    letter.number, letter.signed, letter.signed_by = number, moment, act.tx.actor
    letter.state = TO_SIGN if way == AUTOGRAPH else SIGNED
    letter.data, letter.pdf = _frozen(data), keep(office.files, owner.sign(pdf, moment) if owner else pdf)
    return {"number": number, "sha256": letter.pdf, "manner": way}


def to_sign(session: Session, ticket: Ticket) -> list[Letter]:
    """The letters of a request that wait for their signature by hand, the oldest first."""
    query = select(Letter).where(Letter.ticket_id == ticket.id, Letter.state == TO_SIGN).order_by(Letter.id)
    return list(session.scalars(query))


def manner(office: Office, who: Standing) -> str:
    """How this person signs: as the office has set it, and by hand where the e.firma is not theirs."""
    if office.signing != EFIRMA:
        return office.signing
    email = who.person.email if who.person and not who.absent else ""
    return EFIRMA if office.seal and email.casefold() == office.seal.owner.casefold() else AUTOGRAPH


def signatory(act: Act, role: Role | None = None) -> dict[str, str]:
    """Who signs, as letters say it: with the office's post, and in another role than the coordinator's with that."""
    post = role.es if role is not None and role.id != COORDINATOR else act.tx.office.signatory_post
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
