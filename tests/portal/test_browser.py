"""The pages in a real browser: accessible, quiet, and never wider than a phone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from axe_playwright_python.base import AXE_SCRIPT as AXE
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pypdf import PdfReader

from netreg.config import Settings
from netreg.registry import allowlists, links, progress, queries
from netreg.registry.commands import points
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.transaction import Store
from portal.guide_data import SYSTEMS
from portal.serving import serving
from tests.conftest import need
from tests.people import ANA, CARLA, INES, NORA, PASSWORD, Member
from tests.portal.conftest import a_point, a_request

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# One process for all pages, which keeps axe compiled; a site of its own is no matter where there is one portal.
FLAGS += ["--renderer-process-limit=1", "--disable-site-isolation-trials"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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
    with serving(app, host="127.0.0.1", port=0, threads=8) as address:
        yield address


def enter(chromium: Browser, address: str, who: Member, width: int) -> tuple[Page, list[str]]:
    """A page of somebody signed in, and what its console complains of."""
    page = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-MX").new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(address + "/login")
    check(page, width)
    sign_in(page, address, who)
    expect(page).to_have_url(address + "/")
    return page, complaints


def sign_in(page: Page, address: str, who: Member) -> None:
    page.goto(address + "/login")
    page.fill("#email", who.email)
    page.fill("#password", PASSWORD)
    page.click("main button")


def check(page: Page, width: int, colours: bool = True) -> None:
    """The page is accessible, where `colours` in its colours as well, and no wider than this.

    What axe told of the rules that are kept would take as long to send as it took to find.
    """
    if not page.evaluate("'axe' in window"):  # a context that is to check many pages brings it along
        page.evaluate(AXE)
    options = {
        "runOnly": RULES, "resultTypes": ["violations"], "reporter": "no-passes",
        "rules": {"color-contrast": {"enabled": colours}},
    }  # fmt: skip
    found = page.evaluate("options => axe.run(options).then(found => found.violations)", options)
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} scrolls sideways at {width}"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_preview_of_a_calendar_and_what_is_kept_are_accessible_and_fit(
    chromium: Browser, address: str, store: Store, width: int
) -> None:
    with time_machine.travel(now() - timedelta(days=30)):
        a_request(store, "a4:83:e7:11:22:33")
    page, complaints = enter(chromium, address, CARLA, width)
    page.goto(address + "/calendar")
    page.fill("#from", f"{now():%Y}-01-01")
    page.fill("#to", f"{now():%Y}-12-31")
    page.fill("#es", "Cierre de todo el año")
    page.locator("form", has=page.locator("#from")).locator("button").click()
    expect(page.locator("h1")).to_have_text("Antes de guardar el calendario")
    check(page, width)
    page.click("text=Guardar el calendario")
    expect(page.locator("main")).to_contain_text("Cierre de todo el año")
    check(page, width)
    assert complaints == []
    page.context.close()


def test_each_guide_prints_on_one_sheet(chromium: Browser, address: str) -> None:
    page = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="es-MX").new_page()
    for path in ("/guide", *(f"/guide/{code}" for code in SYSTEMS)):
        page.goto(address + path)
        sheet = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
        assert len(sheet.pages) == 1, f"{path} no longer fits one sheet: shorten it, or its print style"
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_a_second_factor_are_accessible_and_fit_the_screen(
    chromium: Browser, address: str, width: int
) -> None:
    page, complaints = enter(chromium, address, NORA, width)
    page.goto(address + "/account/second-factor")
    key = page.locator("code.wrap").inner_text().replace("-", "")
    page.fill("#factor_code", TOTP(key=key).generate().token)
    page.click("text=Activar el segundo factor")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    check(page, width)
    page.goto(address + "/account/second-factor")
    check(page, width)
    page.click("text=Salir")
    sign_in(page, address, NORA)
    expect(page).to_have_url(address + "/code")
    check(page, width)
    assert complaints == []
    page.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_a_link_is_accessible_and_fits_the_screen(
    chromium: Browser, address: str, settings: Settings, store: Store, width: int
) -> None:
    with store.reading() as session:
        ana = queries.known_person(session, ANA.email)
        link = links.address(address, settings.secret_key, ana, links.RESET)
    page = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-MX").new_page()
    page.goto(link)
    expect(page).to_have_url(address + "/password")
    check(page, width)
    page.fill("#password", "otra clave bien larga")
    page.fill("#again", "otra")
    page.click("text=Guardar la contraseña")
    check(page, width)
    page.fill("#password", "otra clave bien larga")
    page.fill("#again", "otra clave bien larga")
    page.click("text=Guardar la contraseña")
    expect(page).to_have_url(address + "/login")
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Este enlace ya no sirve")
    check(page, width)
    page.context.close()


def test_a_refused_form_and_an_error_page_are_accessible_too(chromium: Browser, address: str) -> None:
    page, _complaints = enter(chromium, address, ANA, 390)
    page.goto(address + "/requests/new")
    page.fill("#mac-0", "a4:83:e7:11:22:3O")
    page.click("text=Agregar otro equipo")
    page.select_option("#kind-1", "computer")
    page.click("text=Revisar antes de enviar")
    expect(page.locator("#mac-0")).to_have_value("a4:83:e7:11:22:3O")
    check(page, 390)
    page.goto(address + "/nothing-here")
    check(page, 390)
    page.context.close()


def test_the_steps_of_a_push_appear_go_on_and_vanish_by_themselves(
    chromium: Browser, address: str, store: Store
) -> None:
    a_point(store)
    page, complaints = enter(chromium, address, INES, 390)
    page.goto(address + "/points")
    expect(page.locator(".steps")).to_have_count(0)
    said = ["read", "plan", "guard"]
    with store.transaction("agent:push") as tx:
        claim = outbox.claim(tx.session, "worker", now(), timedelta(minutes=9), ("push",))
        assert claim is not None
        progress.note(tx.session, claim, said, now(), now())
    expect(page.locator(".steps .is-current")).to_have_text(re.compile("Guardar una copia"), timeout=20_000)
    check(page, 390)
    with store.transaction("agent:push") as tx:
        progress.note(tx.session, claim, [*said, "backup", "arm"], now(), now())
    expect(page.locator(".steps .is-current")).to_have_text(re.compile("Aplicar los cambios"), timeout=20_000)
    with store.transaction("agent:push") as tx:
        outbox.finish(tx.session, claim, now())
        progress.end(tx.session, queries.point(tx.session, "cortafuegos"))
    expect(page.locator(".steps")).to_have_count(0, timeout=20_000)
    assert complaints == []
    page.context.close()


def test_a_point_turns_to_verified_by_itself(chromium: Browser, address: str, store: Store) -> None:
    a_point(store)
    page, complaints = enter(chromium, address, INES, 1280)
    page.goto(address + "/points")
    expect(page.locator("[data-live]").first).to_contain_text("nunca verificado")
    with store.transaction("agent:push") as tx:
        point = queries.point(tx.session, "cortafuegos")
        points.record_push(tx, point, allowlists.desired(tx.session), added=0, removed=0)
    expect(page.locator("[data-live] .state")).not_to_have_text("nunca verificado", timeout=10_000)
    assert complaints == []
    page.context.close()
