"""The pages in a real browser: accessible, quiet, and never wider than a phone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader
from waitress.server import create_server

from netreg.registry import deciding, queries
from netreg.registry.commands import points
from netreg.store.transaction import Store
from portal.guide_data import SYSTEMS
from tests.conftest import need
from tests.people import ANA, CARLA, INES, PASSWORD, Member
from tests.portal.conftest import a_point, a_request, an_alert

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    need("chromium", "" if shutil.which(CHROMIUM) else "no chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the portal really answers."""
    server = create_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.close()
    serving.join(timeout=10)


def enter(chromium: Browser, address: str, who: Member, width: int) -> tuple[Page, list[str]]:
    """A page of somebody signed in, and what its console complains of."""
    page = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-MX").new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(address + "/login")
    check(page, width)
    page.fill("#email", who.email)
    page.fill("#password", PASSWORD)
    page.click("main button")
    expect(page).to_have_url(address + "/")
    return page, complaints


def check(page: Page, width: int) -> None:
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} scrolls sideways at {width}"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits_the_screen(
    chromium: Browser, address: str, store: Store, width: int
) -> None:
    a_point(store)
    folio = a_request(store, "a4:83:e7:11:22:33", "a4:83:e7:11:22:34", holder="María del Rosario Hernández de la Cruz")
    deciding.approve(store, INES.email, 1)
    number = an_alert(store)
    shared = ["/", "/requests", f"/requests/{folio}", "/devices", "/devices/1"]
    for who, paths in (
        (ANA, [*shared, "/requests/new"]),
        (INES, [*shared, "/points", "/alerts", f"/alerts/{number}", "/audit?check=1", "/report"]),
        (CARLA, ["/person-data", "/aviso-de-privacidad"]),
    ):
        page, complaints = enter(chromium, address, who, width)
        for path in paths:
            page.goto(address + path)
            check(page, width)
        assert complaints == []
        page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_guide_is_accessible_fits_the_screen_and_prints_on_one_sheet(
    chromium: Browser, address: str, width: int
) -> None:
    page = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-MX").new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for path in ("/guide", *(f"/guide/{code}" for code in SYSTEMS)):
        page.goto(address + path)
        check(page, width)
        sheet = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
        assert len(sheet.pages) == 1, f"{path} no longer fits one sheet: shorten it, or its print style"
    assert complaints == []
    page.context.close()


def test_a_refused_form_and_an_error_page_are_accessible_too(chromium: Browser, address: str) -> None:
    page, _complaints = enter(chromium, address, ANA, 390)
    page.goto(address + "/requests/new")
    page.fill("#mac-0", "a4:83:e7:11:22:3O")
    page.click("text=Agregar otro equipo")
    page.select_option("#kind-1", "computer")
    expect(page.locator("#mac-1")).to_be_hidden()
    page.click("text=Enviar solicitud")
    expect(page.locator("#mac-0")).to_have_value("a4:83:e7:11:22:3O")
    check(page, 390)
    page.goto(address + "/nothing-here")
    check(page, 390)
    page.context.close()


def test_a_point_turns_to_verified_by_itself(chromium: Browser, address: str, store: Store) -> None:
    a_point(store)
    page, complaints = enter(chromium, address, INES, 1280)
    page.goto(address + "/points")
    expect(page.locator("[data-live]")).to_contain_text("nunca verificado")
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, queries.desired(tx.session), added=0, removed=0, drift=None)
    expect(page.locator("[data-live] .state")).not_to_have_text("nunca verificado", timeout=10_000)
    assert complaints == []
    page.context.close()
