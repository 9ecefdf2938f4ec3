"""Files handed in with a request, of the kinds and at the steps that its definition names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.procedures import formats, uploads
from netreg.procedures.actions import may_leave
from netreg.procedures.models import StoredFile
from netreg.procedures.procedure import Attachment, Procedure
from netreg.procedures.standing import asks_for
from netreg.registry.models import Person, Ticket
from netreg.store.transaction import Transaction

MOST_BYTES, MOST_FILES = 25 * 1024 * 1024, 40


def expected(
    session: Session, ticket: Ticket, procedure: Procedure, person: Person, today: date
) -> tuple[Attachment, ...]:
    """What this person may hand in now: with the form while it is in their hands, later what the step wants."""
    if ticket.closed is not None:
        return ()
    if ticket.step == 1 or procedure.returns_at(ticket.step):
        return procedure.files_at(1) if asks_for(session, ticket, person, today) else ()
    mine = procedure.files_at(ticket.step)
    return mine if mine and may_leave(session, ticket, procedure, person, today) else ()


def hand_in(tx: Transaction, ticket: Ticket, procedure: Procedure, person: Person, kind: str, name: str,
            content: bytes) -> StoredFile:  # fmt: skip
    """Keep a file; raises NotAllowed where none of this kind is expected of this person, InvalidValue for a bad one."""
    one = next((one for one in expected(tx.session, ticket, procedure, person, tx.today) if one.id == kind), None)
    if one is None:
        raise NotAllowed(
            "Ahora no se espera ese archivo de usted en esta solicitud.",
            "That file is not expected of you with this request now.",
            code="no_file_expected",
        )
    return take(tx, ticket, one, name, content)


def take(tx: Transaction, ticket: Ticket, one: Attachment, name: str, content: bytes) -> StoredFile:
    """Keep a file of this kind; who may hand it in was asked before. Raises InvalidValue for a bad one."""
    row = _stored(tx, ticket, one, name, content)
    tx.session.flush()
    tx.record(
        events.FileHandedIn(
            ticket=ticket.id, reference=ticket.reference, kind=one.id, pages=row.pages, after={"sha256": row.sha256}
        )
    )
    return row


def _stored(tx: Transaction, ticket: Ticket, one: Attachment, name: str, content: bytes) -> StoredFile:
    pages = judge(one, name, content)
    others = uploads.files_of(tx.session, ticket)
    if sum(file.kind == one.id for file in others) >= (one.max or MOST_FILES) or len(others) >= MOST_FILES:
        raise _refused(
            "E_FILE_COUNT",
            "Ya no caben más archivos de esa clase; quite uno.",
            "No more files of that kind; remove one.",
        )
    return uploads.stored(tx, ticket, one.id, name, content, pages)


def judge(one: Attachment, name: str, content: bytes) -> int:
    """The pages of a file that may be handed in as this kind (0 of what has none); raises InvalidValue."""
    _is_named(one, name)
    return check(one, content)


def _is_named(one: Attachment, name: str) -> None:
    """What a scanner or a camera calls everything names nothing, where the definition wants a name that does."""
    plain = uploads.plain_name(name)
    if any(re.fullmatch(pattern, plain, re.IGNORECASE) for pattern in one.name_forbidden):
        raise _refused("E_FILE_NAME", f"{plain}: {one.name_rule_es}.", f"{plain}: {one.name_rule_en}.")


def check(one: Attachment, content: bytes) -> int:
    """The pages of a PDF, 0 of anything else; raises InvalidValue for what is none of its formats, or too large."""
    if not content or len(content) > MOST_BYTES:
        raise _refused(
            "E_FILE_SIZE", "El archivo está vacío o pasa de 25 MB.", "The file is empty or larger than 25 MB."
        )
    found = formats.kinds(content)
    if not found & set(one.formats):
        allowed = ", ".join(one.formats).upper()
        raise _refused(
            "E_FILE_KIND", f"El archivo debe ser {allowed}; se mira su contenido, no su nombre.",
            f"The file must be {allowed}; its content counts, not its name.",
        )  # fmt: skip
    return uploads.pages_of(content) if "pdf" in found & set(one.formats) else 0


def take_back(tx: Transaction, ticket: Ticket, procedure: Procedure, person: Person, number: int) -> None:
    """Remove a file handed in by mistake, as long as more of its kind may be handed in by this person."""
    row = uploads.file_of(tx.session, ticket, number)
    if row.kind not in {one.id for one in expected(tx.session, ticket, procedure, person, tx.today)}:
        raise NotAllowed("Ese archivo ya no se puede quitar.", "That file cannot be removed any more.", code="too_late")
    tx.session.delete(row)
    tx.record(
        events.FileTakenBack(
            ticket=ticket.id, reference=ticket.reference, kind=row.kind, before={"name": row.name, "sha256": row.sha256}
        )
    )


def kinds_of(session: Session, ticket: Ticket) -> Counter[str]:
    """How many files of each kind there are."""
    return Counter(session.scalars(select(StoredFile.kind).where(StoredFile.ticket_id == ticket.id)))


def lacking(wanted: Collection[Attachment], there: Counter[str]) -> list[Attachment]:
    """Those of which there are too few."""
    return [one for one in wanted if there[one.id] < max(one.min, int(one.required))]


def _refused(code: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code=code, field="file")
