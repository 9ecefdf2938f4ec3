"""A newspaper that asks the town hall for information at the public form, and an office that answers it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from netreg.config import Settings
from netreg.config_procedures import Public
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.outside import mail
from netreg.registry.commands import people
from netreg.store.outbox import Delivery
from netreg.store.transaction import Store
from tests.people import ACTOR
from tests.portal.conftest import Visitor
from tests.samples import pdf

CODE = "GCH-CCS-P03"
FORM = f"/publico/{CODE}"
PRESS = "redaccion@elvigia.example"
TYPED = {
    "outside_mail": PRESS,
    "outlet": "El Vigía",
    "outlet_scope": "local",
    "contact_name": "Laura Vega, tel. 55 1234 5678",
    "prior_contact_on": "2026-01-12",
    "letter_date": "2026-01-14",
    "topics": "Obras de la avenida Cuauhtémoc",
    "wants_interview": "no",
    "privacy_ack": "yes",
}


def adopt_press(store: Store, *more: str, **limits: Any) -> None:
    """The office answers the press: the procedure, the unit that does it, mail."""
    store.office = replace(
        store.office, catalogue=Catalogue.of((CODE, *more), None), mail=True, public=Public(**limits)
    )
    with store.transaction(ACTOR) as tx:
        people.add_area(tx, "COM", "Coordinación de Comunicación Social")


def fill(visitor: Visitor, letter: bytes | None = b"", path: str = FORM, **typed: str) -> TestResponse:
    """Send the form as the newspaper fills it in, with its letter (None: without one)."""
    values: dict[str, Any] = {"once": secrets.token_urlsafe(18), **TYPED, **typed, "csrf_token": visitor.token}
    if letter is not None:
        values["request_letter"] = (BytesIO(letter or pdf()), "oficio.pdf")
    return visitor.client.post(path, data=values, content_type="multipart/form-data")


def newcomer(app: Flask, host: int = 1, path: str = FORM) -> Visitor:
    """Somebody at another computer, with the form before them."""
    visitor = Visitor(app.test_client())
    visitor.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{host}"
    visitor.get(path)
    return visitor


def mails(store: Store, settings: Settings) -> list[tuple[str, str, str]]:
    """The mails owed to people outside that would go out now: to whom, subject, body."""
    with store.reading() as session:
        rows = session.query(Delivery).where(Delivery.kind == "outside").order_by(Delivery.id).all()
        said = [mail.compose(session, one.target, settings.secret_key, store.office) for one in rows]
    return [(one[0], one[1].subject, one[1].body) for one in said if not isinstance(one, str)]


def link(body: str) -> str:
    """The path of the link in a mail."""
    found = re.search(r"https?://[^/\s]+(/publico/\w+\?t=[A-Za-z0-9_.-]+)", body)
    assert found, body
    return found[1]


def confirmed(app: Flask, store: Store, settings: Settings, typed: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Fill in, confirm; the request's folio and the path of its page."""
    visitor = newcomer(app, 200)
    assert fill(visitor, **(typed or {})).status_code == 303
    path = link(mails(store, settings)[-1][2])
    visitor.get(path)
    answer = visitor.client.post(path, data={"csrf_token": visitor.token})
    assert answer.status_code == 303, answer.text
    page = visitor.get(answer.location)
    folio = re.search(rf"{CODE}-\d{{4}}-\d+", page)
    assert folio, page
    return folio[0], answer.location
