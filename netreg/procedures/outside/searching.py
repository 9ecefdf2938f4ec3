"""What is held on somebody outside, who has no account: found by their mail address, or by the name on their form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from netreg.office import Office
from netreg.procedures.outside.models import Contact, Pending
from netreg.procedures.procedure import Procedure
from netreg.registry import text


def contacts(session: Session, who: str, office: Office) -> list[Contact]:
    """Whom requests are answered to, by this address or name."""
    rows = session.scalars(select(Contact).order_by(Contact.ticket_id))
    return [one for one in rows if _is(who, one.email, one.ticket.procedure, one.ticket.form, office)]


def pending(session: Session, who: str, office: Office) -> list[Pending]:
    """The forms that wait for their confirmation, by this address or name."""
    rows = session.scalars(select(Pending).order_by(Pending.id))
    return [one for one in rows if _is(who, one.email, one.procedure, one.said, office)]


def names_of(code: str, form: Mapping[str, Any], office: Office) -> str:
    """The names of people on a form."""
    procedure = office.catalogue.known.get(code)
    return ", ".join(_names(procedure, form)) if procedure else ""


def _is(who: str, email: str, code: str, form: Mapping[str, Any], office: Office) -> bool:
    """A name is found inside of what was typed: people write how to reach them beside it."""
    if "@" in who:
        return email == who.strip().lower()
    procedure = office.catalogue.known.get(code)
    return any(_plain(who) in _plain(one) for one in _names(procedure, form)) if procedure else False


def _names(procedure: Procedure, form: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(form[one.id]) for one in procedure.fields if one.type == "person" and form.get(one.id))


def _plain(name: str) -> str:
    return text.folded(" ".join(name.split()))
