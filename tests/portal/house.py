"""A portal in which an office lives, served to a real browser: for those who only look."""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from time_machine import escape_hatch

from netreg.config import Settings
from netreg.config_procedures import Public
from netreg.office import Office
from netreg.opening import open_store
from netreg.procedures import catalogue, letters
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.outside import confirming, keeping
from netreg.procedures.outside import links as links_outside
from netreg.procedures.outside.keeping import HandedIn, Submission
from netreg.procedures.outside.models import Contact, Pending
from netreg.registry import links, queries
from netreg.store.transaction import Store
from portal.app import create_app
from portal.serving import serving
from tests.databases import furnished_database
from tests.people import ANA, CARLA, Member
from tests.portal.conftest import Visitor
from tests.portal.lived_in import World, move_in_further
from tests.portal.outsiders import CODE as PRESS_CODE
from tests.portal.outsiders import TYPED
from tests.procedures.test_tickets import act
from tests.samples import pdf

ANOTHER_CODE = "GCH-CCS-P93"


@dataclass
class House:
    """Where the portal is served, and what its requests are called."""

    app: Flask
    store: Store
    address: str
    world: World
    chromium: Browser

    def enter(self, who: Member | None, width: int, height: int = 800, scale: float = 1) -> tuple[Page, list[str]]:
        """A page of somebody signed in (or of nobody), and what its console complains of."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, locale="es-MX", device_scale_factor=scale
        )
        if who is not None:
            self._sign_in(context, who)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page, complaints

    def _sign_in(self, context: BrowserContext, who: Member) -> None:
        """Past the browser, and each time from another address: the door counts tries by address."""
        visitor = Visitor(self.app.test_client())
        visitor.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{secrets.randbelow(250)}"
        visitor.sign_in(who)
        cookie = visitor.client.get_cookie("session")
        assert cookie is not None
        context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])


@contextmanager
def open_house(folder: Path, chromium: Browser) -> Iterator[House]:
    """Furnish it in this folder and serve it."""
    with furnished_house(folder) as (settings, store, world):
        app = create_app(settings, store)
        with serving(app, host="127.0.0.1", port=0, threads=8) as address:
            yield House(app, store, address, world, chromium)


@contextmanager
def furnished_house(folder: Path) -> Iterator[tuple[Settings, Store, World]]:
    """The same office in this folder, and nobody at its door yet: a copy of one, but anew for a clock of its own."""
    if escape_hatch.is_travelling():
        world = _furnish(folder)
    else:
        template, world = _template()
        shutil.copytree(template, folder, dirs_exist_ok=True)
    with _lived_in(folder) as (settings, store):
        yield settings, store, World(**vars(world))


@cache
def _template() -> tuple[Path, World]:
    folder = Path(tempfile.mkdtemp(prefix="netreg-house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder, _furnish(folder)


def _furnish(folder: Path) -> World:
    (folder / "keys").mkdir()
    (folder / "keys" / "netreg").write_text("the private half\n", encoding="ascii")
    (folder / "keys" / "netreg.pub").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 netreg\n", encoding="ascii")
    _another_public_form(folder)
    with furnished_database("sqlite", folder), _lived_in(folder) as (settings, store):
        settings.secret_key_file.write_text(secrets.token_hex(32), encoding="ascii")
        world = move_in_further(store)
        _name_more(world, store, settings)
        return world


@contextmanager
def _lived_in(folder: Path) -> Iterator[tuple[Settings, Store]]:
    """What is in the folder, opened."""
    office = replace(
        Office(),
        catalogue=Catalogue.of(("almoloya", PRESS_CODE, ANOTHER_CODE), folder / "procedures"),
        lists={"catalog:portal_modules": ("Avisos",)},
        files=folder / "files",
        retention_key=folder / "retention.key",
        mail=True,
        public=Public(area="OBRAS"),
    )
    store = open_store(f"sqlite:///{folder / 'netreg.db'}", office=office)
    try:
        yield Settings(data_dir=folder), store
    finally:
        store.engine.dispose()


def _another_public_form(folder: Path) -> None:
    """A definition of the office's own that somebody outside asks for too."""
    (folder / "procedures").mkdir()
    ours = catalogue.procedure(PRESS_CODE).source_text
    text = ours.replace(PRESS_CODE, ANOTHER_CODE).replace("Información a medios", "Visitas de estudio")
    (folder / "procedures" / f"{ANOTHER_CODE}.toml").write_text(text, encoding="utf-8")


def _outside(world: World, store: Store, key: str) -> None:
    """Newspapers: a form that waits for its confirmation, a request under way, and one that came back."""
    waits, sent, returned = (wait_outside(store, f"prensa{number}@medio.example") for number in range(3))
    world.to_confirm = links_outside.address("", key, links_outside.CONFIRM, waits)
    world.followed = confirm_outside(store, key, sent)
    world.outside_back = confirm_outside(store, key, returned)
    with store.reading() as session:
        folio = links_outside.contact_of(session, key, world.outside_back.partition("t=")[2]).ticket.reference
    act(store, CARLA, folio, "no", assessment="Falta el periodo")
    act(store, CARLA, folio, letter_text="Precise el periodo de las obras y a quién se entrevista.")
    world.outside_mend = world.outside_back.replace("seguimiento", "corregir")


def wait_outside(store: Store, email: str) -> Pending:
    """A form as a newspaper sends it."""
    raw = {name: value for name, value in TYPED.items() if name not in ("outside_mail", "privacy_ack")}
    files = (HandedIn("request_letter", "oficio.pdf", pdf()),)
    with store.transaction(keeping.ACTOR) as tx:
        procedure = tx.office.catalogue.procedure(PRESS_CODE)
        sent = Submission(procedure, raw, email, "es", secrets.token_urlsafe(18), files, accepted=True)
        return keeping.keep(tx, sent)


def confirm_outside(store: Store, key: str, pending: Pending) -> str:
    """The path of the page on which its request is followed, once it was confirmed."""
    with store.transaction(keeping.ACTOR) as tx:
        held = links_outside.pending_of(tx.session, key, links_outside.sign(key, links_outside.CONFIRM, pending))
        contact = tx.session.get_one(Contact, confirming.confirm(tx, held).id)
        return links_outside.address("", key, links_outside.FOLLOW, contact)


def _name_more(world: World, store: Store, settings: Settings) -> None:
    """The number of a signed answer, a link that was mailed, and what newspapers asked."""
    _outside(world, store, settings.secret_key)
    with store.reading() as session:
        one = letters.letter_of(session, queries.ticket(session, world.answered))
        world.number = str(one and one.number).replace("/", "-")
        ana = queries.known_person(session, ANA.email)
        world.link = links.address("", settings.secret_key, ana, links.RESET)
