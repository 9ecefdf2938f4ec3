"""Files that people hand in: a PDF judged by its content, kept outside of anything a web server gives out."""

from __future__ import annotations

import hashlib
from datetime import date
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg import events
from netreg.errors import InvalidValue, NotAllowed, NotFound
from netreg.policy import roles
from netreg.procedures import tickets
from netreg.procedures.archive import keep
from netreg.procedures.models import SIGNED, Letter, StoredFile
from netreg.procedures.signing import to_sign
from netreg.procedures.standing import plays
from netreg.registry import text
from netreg.registry.models import Person, Ticket
from netreg.registry.queries import held
from netreg.store.base import now
from netreg.store.transaction import Transaction

REQUEST_LETTER, RECEIPT, SIGNED_LETTER = "request_letter", "signed_receipt", "signed_letter"
# Filling in, and sent but not received yet; and the status in which only the signed copy is missing.
BEFORE_RECEIPT, ANSWERED = (1, 2), "concluida"
MOST_BYTES = 10 * 1024 * 1024
MOST_PAGES = 60
# What a letter has no use for, and a reader may act on when the file is opened.
_ACTIVE = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia", "/OpenAction", "/AA")


def expected(session: Session, ticket: Ticket, person: Person, today: date) -> str:
    """The kind of file this person may hand in now, or "" for none.

    The area or the desk hands in the signed letter until it is received; the desk, the coordinator or whoever issued it
    a letter that was signed by hand; the desk the copy that was signed for.
    """
    mine = held(session, person, today)
    area = person.area_id == ticket.area_id and bool(mine.keys() & set(roles.OF_AN_AREA))
    desk = roles.SECRETARIAL in mine
    before = ticket.closed is None and ticket.sent and ticket.step in BEFORE_RECEIPT
    if before and (area or desk) and tickets.definition(session, ticket).stamps:
        return REQUEST_LETTER
    if to_hand_in(session, ticket, person, today):
        return SIGNED_LETTER
    return RECEIPT if ticket.closed is None and ticket.status == ANSWERED and desk else ""


def to_hand_in(session: Session, ticket: Ticket, person: Person, today: date) -> list[Letter]:
    """The letters that wait for the signature by hand, and whose scan this person may hand in; the oldest first."""
    waiting = to_sign(session, ticket)
    mine = held(session, person, today) if waiting else {}
    if roles.SECRETARIAL in mine or roles.COORDINATOR in mine:
        return waiting
    return [one for one in waiting if one.produced and _issues(session, ticket, person, set(mine), one.produced.step)]


def _issues(session: Session, ticket: Ticket, person: Person, mine: set[str], step: int) -> bool:
    procedure = tickets.definition(session, ticket)
    return bool(plays(procedure, procedure.step(step).role, ticket, person, mine))


def hand_in(tx: Transaction, ticket: Ticket, person: Person, name: str, content: bytes, letter: int = 0) -> StoredFile:
    """Keep the PDF that is expected of this person now; of a signed letter `letter` says which, 0 the oldest.

    Raises NotAllowed when none is, InvalidValue for what is no plain PDF or too large.
    """
    # Of two scans of one letter that come at once, the second finds it signed.
    tx.session.refresh(ticket, with_for_update=True)
    kind = expected(tx.session, ticket, person, tx.today)
    if not kind:
        raise NotAllowed(
            "Ahora no se espera ningún archivo de usted en esta solicitud.",
            "No file is expected of you with this request now.",
            code="no_file_expected",
        )
    pages = pages_of(content)
    signed = _scanned(tx, ticket, person, letter) if kind == SIGNED_LETTER else None
    if signed is not None and hashlib.sha256(content).hexdigest() == signed.pdf:
        raise _refused("E_FILE_UNSIGNED", "Ese es el oficio sin firmar; entregue el escaneo del papel firmado.",
                       "That is the letter without its signature; hand in the scan of the signed paper.")  # fmt: skip
    row = stored(tx, ticket, kind, name, content, pages)
    if signed is not None:
        signed.state, signed.scan = SIGNED, row.sha256
    tx.record(
        events.FileHandedIn(
            ticket=ticket.id, reference=ticket.reference, kind=kind, pages=pages, after={"sha256": row.sha256}
        )
    )
    return row


def stored(tx: Transaction, ticket: Ticket, kind: str, name: str, content: bytes, pages: int) -> StoredFile:
    """The row of a file that was looked at, with its content kept; `pages` is 0 of what has none."""
    row = StoredFile(
        ticket_id=ticket.id,
        kind=kind,
        name=plain_name(name),
        sha256=keep(tx.office.files, content),
        size=len(content),
        pages=pages,
        revision=ticket.revision,
        stored=now(),
        stored_by=tx.actor,
    )
    tx.session.add(row)
    return row


def files_of(session: Session, ticket: Ticket) -> list[StoredFile]:
    """The files of a request, the newest first."""
    return list(
        session.scalars(select(StoredFile).where(StoredFile.ticket_id == ticket.id).order_by(StoredFile.id.desc()))
    )


def file_of(session: Session, ticket: Ticket, number: int) -> StoredFile:
    """One of them; raises NotFound for a number that is no file of this request."""
    row = session.get(StoredFile, number)
    if row is None or row.ticket_id != ticket.id:
        raise NotFound("No existe ese archivo.", "There is no such file.")
    return row


def _scanned(tx: Transaction, ticket: Ticket, person: Person, letter: int) -> Letter:
    """The letter whose scan is handed in."""
    waiting = to_hand_in(tx.session, ticket, person, tx.today)
    found = next((one for one in waiting if letter in (0, one.id)), None)
    if found is None:
        raise NotAllowed("Ese oficio ya no espera su firma.", "That letter waits for no signature any more.",
                         code="no_file_expected")  # fmt: skip
    return found


def awaits_signature(session: Session, ticket: Ticket) -> bool:
    """Whether the answer is numbered and fixed, and the paper not signed yet."""
    return any(one.produced_id is None for one in to_sign(session, ticket))


def has_letter(session: Session, ticket: Ticket) -> bool:
    """Whether the signed letter of this revision was handed in as a file."""
    return any(one.kind == REQUEST_LETTER and one.revision == ticket.revision for one in files_of(session, ticket))


def pages_of(content: bytes) -> int:
    """How many pages a plain PDF has; whatever the file is called, only its content counts."""
    if len(content) > MOST_BYTES:
        raise _refused("E_FILE_SIZE", "El archivo pasa de 10 MB.", "The file is larger than 10 MB.")
    if not content.startswith(b"%PDF-"):
        raise _refused("E_FILE_KIND", "El archivo no es un PDF.", "The file is not a PDF.")
    pages, active = _read(content)
    if active:
        raise _refused(
            "E_FILE_ACTIVE",
            "El PDF trae programas o archivos dentro; imprímalo de nuevo como PDF simple.",
            "The PDF carries programs or files; print it again as a plain PDF.",
        )
    if not 0 < pages <= MOST_PAGES:
        raise _refused("E_FILE_PAGES", "El PDF lleva de 1 a 60 páginas.", "A PDF has 1 to 60 pages.")
    return pages


def _read(content: bytes) -> tuple[int, bool]:
    from pypdf import PdfReader  # a third of a second that only this pays
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise _refused("E_FILE_LOCKED", "El PDF tiene contraseña.", "The PDF has a password.")
        root: Any = reader.trailer["/Root"].get_object()
        names = root.get("/Names", {}).get_object() if "/Names" in root else {}
        active = any(key in root or key in names for key in (*_ACTIVE, "/EmbeddedFiles"))
        return len(reader.pages), active or any("/AA" in page for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _refused("E_FILE_BROKEN", "El PDF está dañado.", "The PDF is broken.") from error


def plain_name(name: str) -> str:
    """A file's name as a harmless label: it is shown, and never a path of ours."""
    label = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable())
    return text.line(label[:100] or "archivo.pdf", "file", most=100)


def _refused(code: str, spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code=code, field="file")
