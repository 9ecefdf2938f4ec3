"""A portal on a fresh database, and a visitor who checks every page that is fetched."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import URL
from werkzeug.test import TestResponse

from netreg.config import Settings
from netreg.office import Office
from netreg.opening import open_store
from netreg.procedures import asking, device_access
from netreg.procedures.asking import Wanted
from netreg.registry import queries
from netreg.registry.commands import alerts, points
from netreg.store.base import now
from netreg.store.counters import Counters
from netreg.store.transaction import Store
from portal import counting
from portal.app import create_app
from tests.databases import furnished_database
from tests.people import ACTOR, ANA, PASSWORD, Member

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Lk0CEqGvXKqv8m3oPPmV7v3Z1gZ8e9T7m0cYw2b1Q"


class Page(HTMLParser):
    """What a page is made of: every tag with its attributes, and the texts of its title and headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open = tag if tag in ("title", "h1") else self._open

    def handle_endtag(self, tag: str) -> None:
        self._open = "" if tag == self._open else self._open

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open] = self.texts.get(self._open, "") + data

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attrs for tag, attrs in self.tags if tag in names]


def check_page(answer: TestResponse) -> None:
    """The rules every page keeps; each failure says what to mend."""
    page = Page(answer.text)
    ids = [attrs["id"] for _tag, attrs in page.tags if "id" in attrs]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"], "every answer carries the CSP"
    assert len(page.all("h1")) == 1, "a page has one h1: use the heading block"
    assert page.texts["title"].startswith(page.texts["h1"].strip()), "the title starts with the h1"
    assert [name for name, times in Counter(ids).items() if times > 1] == [], "ids are unique: give field() a prefix"
    assert page.all("html")[0]["lang"] in ("es", "en"), "html says its language"
    assert all("src" in attrs for attrs in page.all("script")), "no inline script: move it to netreg.js"
    assert not page.all("style"), "no inline style: move it to netreg.css"
    assert not [a for _tag, a in page.tags if "style" in a or any(name.startswith("on") for name in a)], (
        "no style=, on*="
    )
    _check_forms(page, set(ids))


def _check_forms(page: Page, ids: set[str]) -> None:
    labelled = {attrs.get("for") for attrs in page.all("label")}
    for attrs in page.all("input", "select", "textarea"):
        if attrs.get("type") != "hidden":
            assert attrs.get("id") in labelled, f"{attrs.get('name')} needs a label"
        assert set(attrs.get("aria-describedby", "").split()) <= ids, f"{attrs.get('name')} is described by nothing"
    posts = [attrs for attrs in page.all("form") if attrs.get("method") == "post"]
    assert all(attrs.get("action") for attrs in page.all("form")), "a form says where it goes"
    tokens = [attrs for attrs in page.all("input") if attrs.get("name") == "csrf_token"]
    assert len(tokens) == len(posts), "every form that posts carries the CSRF token"


def row(number: int = 0, **values: str) -> dict[str, str]:
    """What a person types for one device of the form: Luis' own phone, unless said otherwise."""
    typed = {"kind": "phone", "holder": "Luis Peña", "model": "Moto G84", "ownership": "personal"} | values
    return {f"{name}-{number}": text for name, text in typed.items()}


class Visitor:
    """Somebody at a browser without JavaScript. Every page they see is checked."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""
        self.marks: dict[str, str] = {}

    def get(self, path: str, status: int = 200, **options: object) -> str:
        answer = self.client.get(path, **options)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.headers.get('Location')}"
        return self._seen(answer)

    def post(self, path: str, status: int = 303, **values: str) -> str:
        """Send a form; where the answer is a redirect, the page it leads to."""
        answer = self.client.post(path, data={"csrf_token": self.token, **self._mark(path), **values})
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return self.get(answer.location) if status in (302, 303) else self._seen(answer)

    def seen(self, reference: str) -> str:
        """The version of a request that this visitor has before them."""
        found = re.search(r'name="seen" value="([0-9]+)"', self.get(f"/requests/{reference}"))
        assert found, "there is nothing this visitor may do here"
        return found[1]

    def act(self, reference: str, answer: str = "else", **values: str) -> str:
        """Leave the step a request is at, as its page offers it."""
        return self.post(f"/requests/{reference}/act", seen=self.seen(reference), answer=answer, **values)

    def sign_in(self, who: Member, password: str = PASSWORD, status: int = 302) -> str:
        self.get("/login")
        return self.post("/login", status, email=who.email, password=password)

    def fill(self, *macs: str, **values: str) -> str:
        """Fill in a form for phones with these addresses, ready to be checked; what the draft is called."""
        rows = {}
        for number, mac in enumerate(macs):
            rows |= row(number, **{"mac": mac})
        form = {"once": secrets.token_urlsafe(18), "purpose": "Obra"} | rows | values
        answer = self.client.post("/requests/new", data={"csrf_token": self.token, **form})
        assert answer.status_code == 303, answer.status_code
        self.get(answer.location)
        return str(answer.location).split("/")[-1]

    def send(self, reference: str) -> str:
        """Send what was checked."""
        return self.post(f"/requests/{reference}/send", use_ack="yes", privacy_ack="yes")

    def ask(self, *macs: str, **values: str) -> str:
        """Ask for phones with these addresses: fill in, check, send."""
        return self.send(self.fill(*macs, **values))

    def _mark(self, path: str) -> dict[str, str]:
        """Up to where the visitor knows the request whose form they send: as they saw it last, or as it is now."""
        found = re.match(r"/requests/((?:E|ADJ-)[0-9A-Z-]+)/", path)
        if found and found[1] not in self.marks:
            self._note_mark(self.client.get(f"/requests/{found[1]}"))
        return {"seen": self.marks[found[1]]} if found and found[1] in self.marks else {}

    def _note_mark(self, answer: TestResponse) -> None:
        marked = re.search(r'name="seen" value="([0-9]+)"', answer.text)
        place = re.match(r"/requests/((?:E|ADJ-)[0-9A-Z-]+)", answer.request.path)
        if marked and place:
            self.marks[place[1]] = marked[1]

    def _seen(self, answer: TestResponse) -> str:
        if answer.mimetype == "text/html" and "<html" in answer.text:
            check_page(answer)
            found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
            self.token = found[1] if found else self.token
            self._note_mark(answer)
        return answer.text


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with furnished_database("sqlite", tmp_path) as url:
        opened = open_store(
            url, lock_wait=0.2, office=Office(files=tmp_path / "files", retention_key=tmp_path / "retention.key")
        )
        yield opened
        opened.engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data_dir=tmp_path)
    made.secret_key_file.write_text(secrets.token_hex(32), encoding="ascii")
    return made


@pytest.fixture
def shared_counts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Portals on PostgreSQL count tries by connections of their own, which are closed at the end."""
    made: list[Counters] = []

    def noted(url: URL) -> Counters:
        made.append(Counters(url))
        return made[-1]

    monkeypatch.setattr(counting, "Counters", noted)
    yield
    for one in made:
        one.close()


@pytest.fixture
def app(settings: Settings, store: Store) -> Flask:
    return create_app(settings, store)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def signed_in(app: Flask) -> Callable[[Member], Visitor]:
    """Sign a member of the cast in, each at a browser of their own."""

    def enter(who: Member) -> Visitor:
        visitor = Visitor(app.test_client())
        visitor.sign_in(who)
        return visitor

    return enter


def a_request(store: Store, *macs: str, who: Member = ANA, purpose: str = "Obra", holder: str = "Luis Peña") -> str:
    """A request for phones with these addresses, made past the portal and turned over to IT; its folio."""
    with store.transaction(who.email) as tx:
        area = queries.area(tx.session, who.area or "")
        wanted = [Wanted("phone", holder, mac=mac) for mac in macs]
        person = queries.person(tx.session, who.email)
        made = asking.submit(tx, area, person, purpose, wanted)
        return device_access.put_through(tx, made).reference


def a_point(store: Store, name: str = "cortafuegos") -> None:
    """A trusted point nobody has pushed to yet."""
    with store.transaction(ACTOR) as tx:
        point = points.add_point(tx, name, "linux-nftables", "192.0.2.1", 22, "netreg", "llave", {})
        points.trust(tx, point, HOST_KEY)


def an_alert(
    store: Store, mac: str = "a4:83:e7:66:77:88", place: str = "LAN", explanation: str = "Nadie lo pidió."
) -> int:
    """An open alert about an unregistered device; its number."""
    found = alerts.News(
        f"rogue {mac}", "rogue", mac, "Apple, Inc.", place, explanation, "Nobody asked.", now(), now(), 3
    )
    with store.transaction(ACTOR) as tx:
        return alerts.open_alerts(tx, [found])[0].id
