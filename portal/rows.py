"""How views reach the registry: one snapshot to read from per request, and one command per POST."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.orm import Session

from netreg.config import Settings
from netreg.errors import NotFound, Refused
from netreg.store.transaction import Store, Transaction
from portal import words
from portal.languages import language

_MOST_TYPED = 1500


def store() -> Store:
    """The installation's database."""
    return current_app.extensions["netreg.store"]  # type: ignore[no-any-return]


def settings() -> Settings:
    """The installation's settings."""
    return current_app.extensions["netreg.settings"]  # type: ignore[no-any-return]


def reading() -> Session:
    """The request's snapshot, opened when first asked for."""
    if "reading" not in g:
        g.reading_ends = ExitStack()
        g.reading = g.reading_ends.enter_context(store().reading())
        # Nothing is ever written through it; a flush would turn the snapshot into a writer in the queue.
        g.reading.autoflush = False
    return g.reading  # type: ignore[no-any-return]


def release() -> None:
    """Give the snapshot's connection back. A request never holds two, or a full house would lock itself out."""
    if (session := g.pop("reading", None)) is not None:
        # The person signed in was read here and is asked for his name until the answer is out.
        session.expunge_all()
        g.pop("reading_ends").close()


@contextmanager
def writing() -> Iterator[Transaction]:
    """One unit of work by the person signed in."""
    actor = current_user.email
    release()
    with store().transaction(actor) as tx:
        yield tx


def act(command: Callable[[Transaction], Any], done: str, back: str) -> ResponseReturnValue:
    """Run one command and go `back`, saying what was done or why it was refused."""

    def run() -> None:
        with writing() as tx:
            command(tx)

    return attempt(run, done, back)


def attempt(deed: Callable[[], Any], done: str, back: str) -> ResponseReturnValue:
    """Do it and go `back`, where a refusal is told beside what was typed; what does not exist has a page of its own."""
    try:
        deed()
    except NotFound:
        raise
    except Refused as refusal:
        flash(refusal_text(refusal), "danger")
        keep_typed()
    else:
        flash(done, "success")
    return redirect(back, code=303)


def keep_typed() -> None:
    """Remember what was typed into the form just sent, until the next page shows it again. A cookie holds little."""
    values = {name: value for name, value in request.form.items() if name != "csrf_token"}
    if sum(map(len, values.values())) <= _MOST_TYPED:
        session["typed"] = [request.path, values]


def typed(action: str, name: str) -> str:
    """What was typed as `name` into the form that goes to `action`, if it was refused a moment ago."""
    if "typed" not in g:
        g.typed = session.pop("typed", ["", {}])
    path, values = g.typed
    if path == action and "typed_asked" in g:
        g.typed_asked.add(name)
    return str(values.get(name, "")) if path == action else ""


def refusal_text(refusal: Refused) -> str:
    """The refusal in the reader's language, with the field in front where only the field tells what is meant."""
    text = refusal.text(language())
    label = words.FIELDS.get(refusal.field or "")
    return _("%(field)s: %(text)s", field=label, text=text) if label and refusal.code.startswith("E_") else text


def init_app(app: Flask, configured: Settings, opened: Store) -> None:
    """Hand the settings and the store to the views, and close every snapshot at the end of its request."""
    app.extensions["netreg.settings"] = configured
    app.extensions["netreg.store"] = opened
    app.teardown_request(lambda _error: release())
