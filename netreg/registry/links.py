"""Links with which a person chooses a password: good once, for a limited time, and stored nowhere.

A link is a signature over the person, the purpose and a digest of the account's `fs_uniquifier`. A new password, and
closing or opening the account, changes that value: every link sent before is then dead, and so is every session.
Whoever reads the database or the outbox finds nothing to make a link of; that takes the service's secret key too.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.registry.models import Person
from netreg.store.base import now

INVITATION, RESET = "invitation", "reset"
GOOD_FOR = {INVITATION: timedelta(days=7), RESET: timedelta(hours=1)}
PATH = "/link?t="


class LinkDead(InvalidValue):
    """One answer for a link that is too old, was used, or never was one: it tells nothing of anybody."""

    code = "link_dead"

    def __init__(self) -> None:
        super().__init__(
            "El enlace caducó o ya se usó.",
            "The link has expired or was used already.",
            hint="Pida otro en la página de entrada o en Informática.",
            hint_en="Ask for another one at the sign-in page or at the IT office.",
        )


def purpose_for(person: Person) -> str:
    """An account that has no password yet is invited; any other gets the link that lives for an hour."""
    return RESET if person.password else INVITATION


def address(office: str, key: str, person: Person, purpose: str) -> str:
    """The whole link for one person, from now on good for as long as its purpose says; `office` is the portal's."""
    return office + PATH + sign(key, person, purpose)


def sign(key: str, person: Person, purpose: str) -> str:
    """The secret part of a link."""
    return str(_serializer(key).dumps([person.id, purpose, _mark(person)]))


def person_of(session: Session, key: str, token: str, *, lock: bool = False) -> Person:
    """Whose link this is, if it is good now; raises LinkDead.

    With `lock` the account is held until the transaction ends, so that of two uses at once the second finds it used.
    """
    number, mark = _read(key, token)
    person = session.get(Person, number, with_for_update=True if lock else None, populate_existing=lock)
    if person is None or not person.active or not secrets.compare_digest(mark, _mark(person)):
        raise LinkDead
    return person


def _read(key: str, token: str) -> tuple[int, str]:
    try:
        (number, purpose, mark), signed = _serializer(key).loads(token, return_timestamp=True)
    except BadData as error:
        raise LinkDead from error
    if now() - signed > GOOD_FOR[purpose]:
        raise LinkDead
    return number, mark


def _serializer(key: str) -> Any:
    return URLSafeTimedSerializer(key, salt="netreg.link", signer_kwargs={"digest_method": hashlib.sha256})


def _mark(person: Person) -> str:
    return hashlib.sha256(person.fs_uniquifier.encode()).hexdigest()
