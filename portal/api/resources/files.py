"""The files of a request: which there are, what they hold, and handing them in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from flask import Response
from flask_openapi3 import RawModel
from flask_security import current_user
from pydantic import Field
from sqlalchemy.orm import Session

from netreg.procedures import attachments, handing_in, tickets, uploads
from netreg.procedures.archive import kept
from netreg.procedures.models import StoredFile
from netreg.registry import queries
from netreg.registry.models import Ticket
from netreg.store.transaction import Transaction
from portal import seen
from portal.access import is_in_scope, today
from portal.api.changing import change
from portal.api.describing import BYTES, Document, changes, hands_out, reads, resource
from portal.api.problems import Failed, scope_missing
from portal.api.resources.tickets import TicketPath
from portal.rows import reading, store

api = resource("files", "Files handed in with a request.")


class File(Document):
    number: int
    kind: str
    name: str
    size: int = Field(description="In bytes.")
    pages: int = Field(description="Of a PDF; 0 of anything else.")
    sha256: str
    revision: int = Field(description="Which sending of the request it came with.")
    handed_in: datetime
    by: str


class Files(Document):
    items: list[File]
    expected: list[str] = Field(description="The kinds that this person may hand in now.")


class FilePath(TicketPath):
    number: int = Field(ge=1, le=2**31 - 1)


class Handed(Document):
    """What is handed in; the file itself is the body, as it is."""

    kind: str = Field(min_length=1, max_length=60, description="One of `expected`.")
    name: str = Field(min_length=1, max_length=200, description="What the file is called; a label, and no path.")
    letter: int = Field(0, ge=0, le=2**31 - 1, description="Which letter a scan is of; 0: the oldest that waits.")
    field: str = Field("", max_length=60, description="The list in the form whose row points at the file.")
    row: int = Field(0, ge=0, le=1000, description="Which row of it, counted from 0.")


class Content(RawModel):
    """The bytes of a file; what it is, is told by its content."""

    mimetypes: ClassVar = [BYTES]


def _file(row: StoredFile) -> File:
    return File(
        number=row.id, kind=row.kind, name=row.name, size=row.size, pages=row.pages, sha256=row.sha256,
        revision=row.revision, handed_in=row.stored, by=row.stored_by,
    )  # fmt: skip


def _files(session: Session, ticket: Ticket) -> Files:
    found = [_file(row) for row in uploads.files_of(session, ticket)]
    return Files(items=found, expected=handing_in.expected(session, ticket, current_user, today()))


@reads(api, "/tickets/<reference>/files", permission="requests.see", gives=Files)
def list_files(path: TicketPath) -> Files:
    """The files of a request, the newest first, and which it waits for."""
    return _files(reading(), seen.found(path.reference))


@hands_out(api, "/tickets/<reference>/files/<number>", permission="requests.see")
def get_file(path: FilePath) -> bytes:
    """What a file holds, byte for byte.

    It may name addresses, and nothing in it can be masked: the token needs the scope `addresses:read` as well.
    """
    if not is_in_scope("addresses.whole"):
        raise scope_missing()
    one = uploads.file_of(reading(), seen.found(path.reference), path.number)
    return kept(store().office.files, one.sha256).read_bytes()


@changes(api, "/tickets/<reference>/files", permission="requests.work", gives=File, status=201)
def hand_in_file(path: TicketPath, query: Handed, raw: Content) -> Response:
    """Hand a file in: with a draft what its form wants, later what the step it is at wants."""
    reference = seen.found(path.reference).reference
    if raw.mimetype != BYTES:
        raise Failed(415, "media_type", f"Envíe el archivo como es ({BYTES}).", f"Send the file as it is ({BYTES}).")
    content = raw.get_data()

    def do(tx: Transaction) -> File:
        ticket, person = queries.ticket(tx.session, reference), queries.known_person(tx.session, tx.actor)
        if query.field:
            row = handing_in.hand_in_for_row(
                tx, ticket, person, query.field, query.row, query.kind, query.name, content
            )
        else:
            row = handing_in.hand_in(tx, ticket, person, query.kind, query.name, content, letter=query.letter)
        tx.session.flush()
        return _file(row)

    return change(do, status=201, location=lambda made: f"/api/v1/tickets/{reference}/files/{made.number}")


@changes(api, "/tickets/<reference>/files/<number>", permission="requests.work", gives=Files, method="delete")
def take_back_file(path: FilePath) -> Response:
    """Take back a file that was handed in by mistake, while another of its kind may be handed in."""
    reference = seen.found(path.reference).reference

    def do(tx: Transaction) -> Files:
        ticket, person = queries.ticket(tx.session, reference), queries.known_person(tx.session, tx.actor)
        attachments.take_back(tx, ticket, tickets.definition(tx.session, ticket), person, path.number)
        return _files(tx.session, ticket)

    return change(do, of=lambda session: _files(session, queries.ticket(session, reference)))
