"""A form of somebody outside, judged as it comes and kept until its mail address is confirmed.

It is judged whole at once: whoever confirms it days later could not mend it any more. Its files lie in a folder of
their own, so that nothing is left of them when nobody confirms, and no file of a request goes with them.
"""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from netreg import events
from netreg.errors import InvalidValue, TooMany
from netreg.office import Office
from netreg.procedures import archive, attachments, filing, filling, tickets, uploads
from netreg.procedures.attending import around_of
from netreg.procedures.checking import Evidence
from netreg.procedures.filing import CHANNEL
from netreg.procedures.filling import Values
from netreg.procedures.outside import forms
from netreg.procedures.outside.models import Contact, Pending
from netreg.procedures.procedure import Attachment, FormField, Procedure
from netreg.registry import text
from netreg.registry.models import Area
from netreg.store.base import now
from netreg.store.transaction import Transaction

# Who does what comes through a public form, in the log.
ACTOR = "public form"
# What a form may bring along, and a request with all its corrections.
MOST_FILES, MOST_BYTES = 10, 16 * 1024 * 1024
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file of a form: its kind, what it was called, and of one in a row of a list where it stands there."""

    kind: str
    name: str
    content: bytes
    row: tuple[str, int, str] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as somebody outside sent it. `once` is the form's own mark; `accepted`: the privacy notice was seen."""

    procedure: Procedure
    raw: Mapping[str, Any]
    email: str
    language: str
    once: str
    files: Sequence[HandedIn] = ()
    accepted: bool = False


# --- judging --------------------------------------------------------------------------------------------------------


def refusals(sent: Submission, office: Office, today: date, already: Counter[str] | None = None) -> list[InvalidValue]:
    """Everything that is wrong with a form, by field. `already`: how many files of each kind the request has."""
    read = filling.read(sent.procedure.asks_at(1), sent.raw, around_of(office, today))
    kinds = Counter(one.kind for one in sent.files) + (already or Counter())
    found = [*read.refusals, *_bad_files(sent, kinds)]
    if not sent.accepted:
        found.append(
            InvalidValue("Marque que leyó el aviso de privacidad.", "Tick that you read the privacy notice.",
                         code="not_accepted", field="privacy_ack")
        )  # fmt: skip
    named = {one.field for one in found}
    shown = Evidence(read.values, kinds, None, office.lists)
    return [*found, *(one for one in filing.lacks(sent.procedure, shown, kinds) if one.field not in named)]


def _bad_files(sent: Submission, kinds: Counter[str]) -> Iterator[InvalidValue]:
    known = {one.id: one for one in sent.procedure.files_at(1)}
    if kinds.total() > MOST_FILES or sum(len(one.content) for one in sent.files) > MOST_BYTES:
        yield _files_refused("Son demasiados archivos, o demasiado grandes.", "There are too many files, or too large.")
        return
    for handed in sent.files:
        try:
            if handed.kind not in known or kinds[handed.kind] > (known[handed.kind].max or MOST_FILES):
                raise _files_refused("Ese archivo no se espera aquí.", "That file is not expected here.")
            attachments.judge(known[handed.kind], handed.name, handed.content)
        except InvalidValue as refusal:
            refusal.field = handed.kind
            yield refusal


def _files_refused(spanish: str, english: str) -> InvalidValue:
    return InvalidValue(spanish, english, code="E_FILE_COUNT", field="file")


# --- keeping --------------------------------------------------------------------------------------------------------


def keep(tx: Transaction, sent: Submission) -> Pending:
    """Keep a form until its link is used; the same form again is the one that waits already.

    Raises InvalidValue for the first thing that is wrong with it, NotFound where the procedure has no public form, and
    TooMany where this address sent enough for a day or too many forms wait.
    """
    procedure, area = forms.form(tx.session, tx.office, sent.procedure.code)
    tickets.check_once(sent.once)
    email = text.email(sent.email, "outside_mail")
    for refusal in refusals(sent, tx.office, tx.today):
        raise refusal
    _one_at_a_time(tx, area)
    if (same := tx.session.scalar(select(Pending).where(Pending.once == sent.once))) is not None:
        return same
    _has_room(tx, email, now())
    row = _row(tx.office, procedure, sent, email)
    tx.session.add(row)
    tx.session.flush()
    tx.record(events.OutsideKept(procedure=procedure.code, pending=row.id))
    return row


def _one_at_a_time(tx: Transaction, area: Area) -> None:
    """Two that come at once are counted one after the other, on PostgreSQL too."""
    tx.session.execute(select(Area.id).where(Area.id == area.id).with_for_update())


def _row(office: Office, procedure: Procedure, sent: Submission, email: str) -> Pending:
    mark, asked = secrets.token_urlsafe(24), now()
    folder = office.pending_files / mark
    return Pending(
        procedure=procedure.code,
        email=email,
        language=sent.language,
        said=known_only(procedure, sent.raw),
        files=[
            {"kind": one.kind, "name": uploads.plain_name(one.name), "sha256": archive.keep(folder, one.content),
             "row": one.row} for one in sent.files
        ],
        once=sent.once,
        mark=mark,
        asked=asked,
        expires=asked + timedelta(hours=office.public.confirm_hours),
    )  # fmt: skip


def known_only(procedure: Procedure, raw: Mapping[str, Any]) -> Values:
    """What was typed into the fields of the form, and how it is asked for; whatever else was sent is not kept."""
    said: Values = {one.id: raw[one.id] for one in procedure.asks_at(1) if one.id in raw}
    for one in procedure.asks_at(1):
        if isinstance(one, FormField) and one.type == "list" and one.id in said:
            inside = {column.id for column in one.columns}
            said[one.id] = [{key: row[key] for key in row if key in inside} for row in said[one.id]]
    return said | {CHANNEL: procedure.intake.channels[0]}


def _has_room(tx: Transaction, email: str, at: datetime) -> None:
    limits = tx.office.public
    pending = select(Pending.asked).where(Pending.email == email, Pending.asked > at - DAY)
    filed = select(Contact.confirmed).where(Contact.email == email, Contact.confirmed > at - DAY)
    mine = [*tx.session.scalars(pending), *tx.session.scalars(filed)]
    if len(mine) >= limits.per_mail_per_day:
        raise TooMany("Con ese correo ya se enviaron demasiados formularios hoy.",
                      "Too many forms were sent with that address today.", until=min(mine) + DAY)  # fmt: skip
    waiting, first = tx.session.execute(
        select(func.count(), func.min(Pending.expires)).where(Pending.expires > at)
    ).one()
    if waiting >= limits.pending:
        raise TooMany("Hay demasiados formularios sin confirmar.", "Too many forms wait for their confirmation.",
                      until=first)  # fmt: skip


# --- files ----------------------------------------------------------------------------------------------------------


def contents(office: Office, pending: Pending) -> list[HandedIn]:
    """The files of a form that waits. Raises OSError where they are gone."""
    folder = office.pending_files / pending.mark
    return [
        HandedIn(one["kind"], one["name"], archive.kept(folder, one["sha256"]).read_bytes(), _place(one["row"]))
        for one in pending.files
    ]


def _place(row: Sequence[Any] | None) -> tuple[str, int, str] | None:
    return (str(row[0]), int(row[1]), str(row[2])) if row else None


def drop_files(office: Office, marks: Iterable[str]) -> None:
    """Remove the files of forms that are gone; called once that is stored."""
    for mark in marks:
        shutil.rmtree(office.pending_files / mark, ignore_errors=True)


def folders(office: Office) -> list[Path]:
    """The folders of files of forms, also of those that were never stored because something failed."""
    return sorted(office.pending_files.iterdir()) if office.pending_files.is_dir() else []


def kind_of(procedure: Procedure, kind: str) -> Attachment | None:
    """What a kind of file is in the definition."""
    return next((one for one in procedure.files_at(1) if one.id == kind), None)
