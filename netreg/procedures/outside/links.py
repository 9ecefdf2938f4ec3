"""Links for people outside: one that confirms a form, good once, and one that shows how a request is getting on.

Like those of accounts (netreg.registry.links) a link is a signature that is made when the mail goes out, over the row's
number and a digest of its mark: whoever reads the database or the outbox finds nothing to make one of.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.procedures.outside.models import Contact, Pending
from netreg.store.base import now

CONFIRM, FOLLOW = "confirm", "follow"
PATHS = {CONFIRM: "/publico/confirmar?t=", FOLLOW: "/publico/seguimiento?t="}
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{20,300}", re.ASCII)


class FormLinkDead(InvalidValue):
    """One answer for a link that is too old, was thrown away, or never was one.

    `reference` is told to whoever confirmed with it already.
    """

    code = "link_dead"

    def __init__(self, reference: str = "") -> None:
        self.reference = reference
        used = (f"Ya se confirmó: su folio es {reference}.", f"It was confirmed already: its folio is {reference}.")
        dead = ("El enlace caducó o ya no sirve.", "The link has expired or is no longer good.")
        hint = ("Para seguir la solicitud use el enlace del correo que trae el folio.",
                "To follow the request use the link of the mail with the folio.")  # fmt: skip
        again = ("Si nadie la confirmó a tiempo, llene el formulario de nuevo.",
                 "If nobody confirmed in time, fill the form in again.")  # fmt: skip
        said, next_step = (used, hint) if reference else (dead, again)
        super().__init__(*said, hint=next_step[0], hint_en=next_step[1])


def address(office: str, key: str, purpose: str, row: Pending | Contact) -> str:
    """The whole link for one row; `office` is the portal's own address."""
    return office + PATHS[purpose] + sign(key, purpose, row)


def sign(key: str, purpose: str, row: Pending | Contact) -> str:
    """The secret part of a link."""
    number = row.id if isinstance(row, Pending) else row.ticket_id
    return str(_serializer(key, purpose).dumps([number, _digest(row.mark)]))


def pending_of(session: Session, key: str, token: str, *, lock: bool = False) -> Pending:
    """What waits for its confirmation through this link; raises FormLinkDead.

    With `lock` it is held until the transaction ends, so that of two uses at once the second finds it used.
    """
    number, digest = _read(key, CONFIRM, token)
    row = session.get(Pending, number, with_for_update=True if lock else None, populate_existing=lock)
    if row is not None and secrets.compare_digest(digest, _digest(row.mark)) and row.expires > now():
        return row
    raise FormLinkDead(_confirmed(session, digest))


def contact_of(session: Session, key: str, token: str) -> Contact:
    """Whose request this link follows; raises FormLinkDead."""
    number, digest = _read(key, FOLLOW, token)
    row = session.get(Contact, number)
    if row is None or not secrets.compare_digest(digest, _digest(row.mark)):
        raise FormLinkDead
    return row


def _confirmed(session: Session, digest: str) -> str:
    """The folio of the request that was filed with this very link, or nothing."""
    for row in session.scalars(select(Contact).order_by(Contact.ticket_id.desc())):
        if secrets.compare_digest(digest, _digest(row.mark)):
            return row.ticket.reference
    return ""


def _read(key: str, purpose: str, token: str) -> tuple[int, str]:
    if not _TOKEN.fullmatch(token):
        raise FormLinkDead
    try:
        number, digest = _serializer(key, purpose).loads(token)
    except BadData as error:
        raise FormLinkDead from error
    return number, digest


def _serializer(key: str, purpose: str) -> Any:
    return URLSafeSerializer(key, salt=f"netreg.outside.{purpose}", signer_kwargs={"digest_method": hashlib.sha256})


def _digest(mark: str) -> str:
    return hashlib.sha256(mark.encode()).hexdigest()
