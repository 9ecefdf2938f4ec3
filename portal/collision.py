"""A form of a request that others changed meanwhile comes back: with what they did, and with all that was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from netreg.errors import ConcurrentChange, InvalidValue
from netreg.policy.quota import PHONES_PER_AREA
from netreg.procedures.desk import changes
from netreg.procedures.desk.changes import Change
from netreg.registry import queries, reasons
from netreg.registry.models import Ticket
from netreg.registry.reasons import Kind
from netreg.store.transaction import Transaction
from portal import rows
from portal.access import my_roles
from portal.rows import reading, writing
from portal.seen import found
from portal.views.requests import page_of_request

# What a form carries besides what a person typed.
_OURS = frozenset({"csrf_token", "seen", "answer", "kind", "action", "begin", "over", "follow"})


def act(folio: str, command: Callable[[Transaction], Any], done: str, back: str = "") -> ResponseReturnValue:
    """Run one command of a request's page and go `back`, unless somebody changed the request since it was opened."""
    found(folio)
    before, email = seen(), current_user.email

    def run() -> None:
        with writing() as tx:
            person = queries.known_person(tx.session, email)
            changes.unchanged(tx, queries.ticket(tx.session, folio), before, person)
            command(tx)

    return _or_again(folio, before, run, done, back)


def attempt(folio: str, deed: Callable[[], Any], done: str, back: str = "") -> ResponseReturnValue:
    """The same for what opens its transactions itself."""
    before = seen()
    if since(found(folio), before):
        return again(folio, before)
    rows.release()
    return _or_again(folio, before, deed, done, back)


def again(folio: str, before: int) -> ResponseReturnValue:
    """The page as it is now, 409: what changed, and what was typed, in its fields or, where those are gone, above."""
    ticket = found(folio)
    told = since(ticket, before)
    typed = {name: said for name, said in request.form.items() if name not in _OURS and said.strip()}
    g.typed, g.typed_asked = [request.path, dict(request.form)], set()
    page = page_of_request(ticket, told)
    lost = {name: said for name, said in typed.items() if name not in g.typed_asked}
    return (page_of_request(ticket, told, lost) if lost else page), 409


def begin(folio: str, kind: Kind, field: str) -> ResponseReturnValue:
    """The page with the text of the chosen reason in `field`, after whatever is in it: nothing is stored by this.

    Where others changed the request meanwhile, that is told first.
    """
    if since(found(folio), seen()):
        return again(folio, seen())
    typed = request.form.to_dict()
    said, text = typed.get(field, "").strip(), text_of(folio, kind)
    g.typed = [request.path, {**typed, field: said if text in said else f"{said} {text}".strip()}]
    return page_of_request(found(folio))


def text_of(folio: str, kind: Kind) -> str:
    """The text of the reason that was chosen, in the office's language; nothing where none was."""
    ticket, one = found(folio), reasons.CATALOGUE[kind].get(request.form.get("code", request.form.get("why", "")))
    if one is None:
        return ""
    language = rows.settings().office.language
    return one.written(language, folio=ticket.reference, area=ticket.area.name, max=PHONES_PER_AREA)


class _CollidedError(Exception):
    """Somebody else was first."""


def _or_again(folio: str, before: int, deed: Callable[[], Any], done: str, back: str) -> ResponseReturnValue:
    """A refusal because of others is told with what they did; where they did nothing it is a refusal like any other."""

    def run() -> None:
        try:
            deed()
        except ConcurrentChange as refusal:
            if refusal.code == changes.CHANGED or since(found(folio), before):
                raise _CollidedError from refusal
            raise

    try:
        return rows.attempt(run, done, back or url_for("requests.show", folio=folio))
    except _CollidedError:
        return again(folio, before)


def since(ticket: Ticket, before: int) -> list[Change]:
    """What the reader has to know before a form of theirs is taken."""
    inside = changes.may_see_inside(ticket, current_user, my_roles())
    return changes.since(reading(), ticket, before, current_user, inside)


def seen() -> int:
    """Up to where whoever sends this form knows the request; raises InvalidValue where the form does not say."""
    try:
        return int(request.form.get("seen", ""))
    except ValueError as error:
        raise InvalidValue("Vuelva a abrir la página.", "Open the page again.", field="seen") from error
