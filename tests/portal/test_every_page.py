"""Every page of the portal in a real browser: accessible, quiet and no wider than a phone, in both languages.

The pages are read from the application itself: a new one fails here until the table says who looks at it.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from waitress.server import create_server

from netreg.config import Settings
from netreg.office import Office
from netreg.opening import open_store
from netreg.procedures import letters
from netreg.registry import links, queries
from netreg.store.transaction import Store
from portal.app import create_app
from portal.guide_data import SYSTEMS
from tests.databases import furnished_database
from tests.people import ALMA, ANA, BETO, CARLA, INES, LEON, NORA, SOFIA, Member
from tests.portal.conftest import Visitor
from tests.portal.lived_in import World, move_in_further
from tests.portal.test_browser import check, chromium

__all__ = ["chromium"]
pytestmark = pytest.mark.browser

NOBODY = None
PHONE, DESK = 390, 1280
# What a GET answers that is no page: files, pieces of pages, and a link that only leads onward.
NO_PAGES = {
    "static", "bootstrap.static", "security.static", "colours.sheet", "health.alive", "health.ready", "door.link",
    "points.live", "requests.live", "requests.file", "requests.letter", "requests.void_letter", "requests.receipt",
    "requests.request_letter", "requests.turn_slip", "reports.sheet", "reports.figures", "reports.devices",
    "reports.letters", "calendar.as_csv", "calendar.as_ics",
}  # fmt: skip

Look = tuple[Member | None, str]
# endpoint -> who looks at which addresses of it; the first is looked at on a desk as well.
PAGES: dict[str, list[Look]] = {
    "home.start": [(one, "/") for one in (ANA, BETO, SOFIA, CARLA, INES, LEON, ALMA, NORA)],
    "requests.listing": [
        (INES, "/requests"), (ANA, "/requests?q=camion&state=en_revision"), (CARLA, "/requests?q=OF/0001"),
    ],
    "requests.show": [
        (INES, "/requests/{late}"), (INES, "/requests/{answered}"), (ANA, "/requests/{draft}"),
        (ANA, "/requests/{removal}"), (ANA, "/requests/{returned}"), (SOFIA, "/requests/{sent}"),
        (CARLA, "/requests/{received}"), (INES, "/requests/{swap}"),
        (INES, "/requests/{computer_folio}"), (LEON, "/requests/{drafting}"), (CARLA, "/requests/{review}"),
        (SOFIA, "/requests/{delivering}"), (CARLA, "/requests/{voided}"), (ALMA, "/requests/{withdrawn}"),
        (ANA, "/requests/{answered}"), (CARLA, "/requests/{update}"),
    ],
    "requests.new": [(ANA, "/requests/new"), (SOFIA, "/requests/new"), (ANA, "/requests/new?replaces={phone}")],
    "requests.correct": [(ANA, "/requests/{draft}/correct"), (ANA, "/requests/{removal}/correct")],
    "requests.removal": [(ANA, "/requests/removal?device={phone}")],
    "requests.change": [(ANA, "/requests/change/{phone}")],
    "devices.listing": [(INES, "/devices"), (ANA, "/devices?q=nadie")],
    "devices.show": [(INES, "/devices/{computer}"), (CARLA, "/devices/{phone}"), (ANA, "/devices/{phone}")],
    "areas.listing": [(NORA, "/areas"), (ALMA, "/areas")],
    "areas.show": [(CARLA, "/areas/DIF"), (INES, "/areas/OBRAS"), (NORA, "/areas/INAPAM")],
    "points.listing": [(INES, "/points"), (ALMA, "/points")],
    "alerts.listing": [(INES, "/alerts")],
    "alerts.show": [(INES, "/alerts/{alert}")],
    "audit.listing": [(ALMA, "/audit"), (CARLA, "/audit?check=1")],
    "calendar.show": [(CARLA, "/calendar?year=2026"), (ANA, "/calendar")],
    "reports.show": [(CARLA, "/report")],
    "people.listing": [(NORA, "/people")],
    "people.new": [(NORA, "/people/new")],
    "people.show": [(NORA, "/people/{person}")],
    "privacy.notice": [(NOBODY, "/aviso-de-privacidad")],
    "privacy.person": [(CARLA, "/person-data")],
    "account.show": [(ANA, "/account")],
    "account.second_factor": [(ANA, "/account/second-factor")],
    "guide.choose": [(NOBODY, "/guide")],
    "guide.show": [(NOBODY, f"/guide/{code}") for code in SYSTEMS],
    "verify.ask": [(NOBODY, "/verify/{number}"), (NOBODY, "/verify/OF-9999-2026")],
    "door.forgot": [(NOBODY, "/forgot")],
    "door.code": [(NOBODY, "/code")],
    "door.choose": [(NOBODY, "/password"), (NOBODY, "{link}")],
    "security.login": [(NOBODY, "/login")],
}  # fmt: skip
# What is no page of the happy way, and still is looked at.
ANSWERS = {"/verify/OF-9999-2026": 404, "/password": 410}


@dataclass
class House:
    """A portal that is served, and what its requests are called."""

    app: Flask
    address: str
    world: World
    chromium: Browser

    def enter(self, who: Member | None, width: int) -> tuple[Page, list[str]]:
        """A page of somebody signed in (or of nobody), and what its console complains of."""
        context = self.chromium.new_context(viewport={"width": width, "height": 800}, locale="es-MX")
        if who is not None:
            _sign_in(context, self.app, self.address, who)
        page, complaints = context.new_page(), []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page, complaints


def _sign_in(context: BrowserContext, app: Flask, address: str, who: Member) -> None:
    """Past the browser, and from an address of one's own: the door counts tries by address."""
    visitor = Visitor(app.test_client())
    visitor.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{secrets.randbelow(250)}"
    visitor.sign_in(who)
    cookie = visitor.client.get_cookie("session")
    assert cookie is not None
    context.add_cookies([{"name": "session", "value": cookie.value, "url": address}])


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One office for all of these tests; they look and change nothing."""
    folder = tmp_path_factory.mktemp("house")
    settings = Settings(data_dir=folder)
    settings.secret_key_file.write_text(secrets.token_hex(32), encoding="ascii")
    office = replace(Office(), files=folder / "files", retention_key=folder / "retention.key", mail=True)
    with furnished_database("sqlite", folder) as url:
        store = open_store(url, office=office)
        world = move_in_further(store)
        app = create_app(settings, store)
        server = create_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
        serving = threading.Thread(target=server.run, daemon=True)
        serving.start()
        address = f"http://127.0.0.1:{server.effective_port}"
        _name_more(world, store, settings, address)
        yield House(app, address, world, chromium)
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(server.close)
        serving.join(timeout=10)
        store.engine.dispose()


def _name_more(world: World, store: Store, settings: Settings, address: str) -> None:
    with store.reading() as session:
        one = letters.letter_of(session, queries.ticket(session, world.answered))
        world.number = str(one and one.number).replace("/", "-")
        ana = queries.known_person(session, ANA.email)
        world.link = links.address("", settings.secret_key, ana, links.RESET)


def _addresses(world: World) -> list[tuple[str, Member | None, str]]:
    return [(name, who, path.format(**vars(world))) for name, looks in PAGES.items() for who, path in looks]


def test_the_table_names_every_page_there_is(house: House) -> None:
    fetched = {rule.endpoint for rule in house.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert fetched - NO_PAGES - set(PAGES) == set(), (
        "say in PAGES who looks at these, or in NO_PAGES that they are none"
    )
    assert (NO_PAGES | set(PAGES)) - fetched == set(), "these are gone: take them out"
    adapter = house.app.url_map.bind("localhost")
    for name, _who, path in _addresses(house.world):
        if "{" not in path and name != "door.choose":
            assert adapter.match(path.partition("?")[0])[0] == name, path


@pytest.mark.parametrize(("width", "language"), [(PHONE, "es"), (PHONE, "en"), (DESK, "es")])
def test_every_page_is_accessible_quiet_and_fits_in_both_languages(house: House, width: int, language: str) -> None:
    """Every look in Spanish on a phone; the first of each page in English, and on a desk."""
    looks = _addresses(house.world)
    if (width, language) != (PHONE, "es"):
        looks = list({name: (name, who, path) for name, who, path in reversed(looks)}.values())
    for who in dict.fromkeys(who for _name, who, _path in looks):
        page, complaints = house.enter(who, width)
        for path in [path for _name, one, path in looks if one == who]:
            answer = page.goto(f"{house.address}{path}{'&' if '?' in path else '?'}lang={language}")
            assert answer is not None and answer.status == ANSWERS.get(path, 200), f"{path}: {answer and answer.status}"
            assert page.get_attribute("html", "lang") == language, path
            check(page, width)
        assert [one for one in complaints if "the server responded with a status of 4" not in one] == []
        page.context.close()
