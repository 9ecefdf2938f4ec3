"""A liaison with keys alone: Tab, Space and Enter are enough, and the focus is always seen and in reading order."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from netreg.store.transaction import Store
from tests.people import ANA, PASSWORD
from tests.portal.test_browser import address, check, chromium

__all__ = ["address", "chromium"]
pytestmark = pytest.mark.browser

MOST_STOPS = 60
# What has the focus: whether it is what is wanted, whether it shows, and how far down the page it is.
WHERE = """wanted => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    return {
        found: one.matches(wanted), what: one.outerHTML.slice(0, 120), nowhere: one === document.body,
        shown: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none",
        inside: box.width > 0 && box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
        top: box.top + scrollY, bottom: box.bottom + scrollY,
    };
}"""


@pytest.fixture
def page(chromium: Browser, address: str) -> Page:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, locale="es-MX", reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(address + "/login")
    return opened


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until this has the focus; every stop on the way is seen, and none lies above the one before."""
    last = -1.0
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        now = page.evaluate(WHERE, wanted)
        assert not now["nowhere"], f"{wanted} is not reached"
        assert now["shown"] and now["inside"], f"the focus is not seen on {now['what']}"
        assert now["bottom"] > last, f"out of order, above the one before: {now['what']}"
        last = now["top"]
        if now["found"]:
            return
    raise AssertionError(f"{wanted} is more than {MOST_STOPS} stops away")


def type_into(page: Page, wanted: str, text: str) -> None:
    tab_to(page, wanted)
    page.keyboard.type(text)


def sign_in(page: Page) -> None:
    type_into(page, "#email", ANA.email)
    type_into(page, "#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Inicio")


def test_a_liaison_asks_for_a_phone_with_keys_alone(page: Page, store: Store) -> None:
    sign_in(page)
    tab_to(page, "main a[href='/requests/new']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Nueva solicitud")
    type_into(page, "#purpose", "Supervisión de obra")
    tab_to(page, "#ownership-0")
    page.keyboard.press("ArrowDown")
    type_into(page, "#holder-0", "Luis Peña")
    type_into(page, "#model-0", "Moto G84")
    type_into(page, "#mac-0", "a4-83-e7-11-22-3O")
    tab_to(page, "button[value=check]")
    page.keyboard.press("Space")

    # Refused: the focus is on what to mend, and its link leads to the field with what was typed.
    expect(page.locator(".error-summary")).to_be_focused()
    check(page, 390)
    tab_to(page, ".error-summary a")
    page.keyboard.press("Enter")
    expect(page.locator("#mac-0")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("a4-83-e7-11-22-30")
    tab_to(page, "button[value=check]")
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Revise y envíe")
    for box in ("#use_ack", "#privacy_ack"):
        tab_to(page, box)
        page.keyboard.press("Space")
    tab_to(page, "main form[action$='/send'] button")
    page.keyboard.press("Enter")
    expect(page.locator(".notice-success")).to_contain_text("Se envió con el número E1")


def test_the_skip_link_leads_past_the_head_of_the_page(page: Page) -> None:
    sign_in(page)
    page.keyboard.press("Tab")
    skip = page.locator(".skip-link")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
