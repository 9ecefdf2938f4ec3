"""Three procedures from request to close, as people do them: a proposal that is changed, a service sheet, the State."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from netreg.office import AUTOGRAPH
from netreg.procedures import catalogue
from netreg.procedures.catalogue import Catalogue
from netreg.registry.models import Ticket
from netreg.store.base import now
from tests.people import ANA, CARLA, DIEGO, IRMA, Member
from tests.portal.house import House, open_house
from tests.portal.test_browser import CHROMIUM, FLAGS
from tests.procedures.test_block_rules import at
from tests.samples import pdf

# Where to leave pictures for whoever wants to look; none are made without it.
PICTURES = os.environ.get("NETREG_PICTURES", "")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that has adopted every procedure."""
    with sync_playwright() as playwright:
        chromium: Browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with open_house(tmp_path_factory.mktemp("house"), chromium) as one:
            one.store.office = replace(one.store.office, catalogue=Catalogue(enabled=tuple(catalogue.procedures())))
            yield one
        chromium.close()


@pytest.fixture
def desk(house: House) -> Callable[[Member], Page]:
    """Everybody's own window, opened once."""
    open_pages: dict[str, Page] = {}

    def window(who: Member) -> Page:
        if who.email not in open_pages:
            open_pages[who.email] = house.enter(who, 1280)[0]
        return open_pages[who.email]

    return window


def look(page: Page, name: str) -> None:
    """The page fits a phone, and leaves a picture where somebody wants one."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} is {overflow} px too wide at {width}"
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


def press(page: Page, button: Locator) -> None:
    """Press it and wait for the page that answers: the notice of the page before would pass for the answer."""
    with page.expect_navigation():
        button.click()


def begin(page: Page, house: House, code: str, values: dict[str, str], files: dict[str, str]) -> str:
    """Fill the form in, check it and send it; the address of the request."""
    page.goto(f"{house.address}/requests/start")
    look(page, "procedures")
    page.goto(f"{house.address}/requests/start/{code}")
    look(page, f"{code}-form")
    fill(page, {f"f--{name}": value for name, value in values.items()})
    for name, file in files.items():
        page.set_input_files(f"#f--{name}", {"name": file, "mimeType": "application/pdf", "buffer": pdf()})
    press(page, page.get_by_role("button", name="Revisar antes de enviar"))
    look(page, f"{code}-draft")
    if page.locator("#privacy_ack").count():
        page.check("#privacy_ack")
    press(page, page.get_by_role("button", name="Enviar", exact=True))
    assert page.locator(".notice-success").count(), page.locator("main").inner_text()[:600]
    look(page, f"{code}-sent")
    return page.url


def fill(page: Page, values: dict[str, str]) -> None:
    for name, value in values.items():
        field = page.locator(f"[id='{name}']")
        kind = field.evaluate("field => field.tagName + '/' + field.type")
        if kind.startswith("SELECT"):
            field.select_option(value)
        elif kind.endswith(("checkbox", "radio")):
            field.check()
        else:
            field.fill(value)


def step(page: Page, url: str, button: str, values: dict[str, str] | None = None, files: dict[str, str] | None = None,
         name: str = "") -> None:  # fmt: skip
    """Open the request, hand in what it wants, fill in what the step asks for and press its button."""
    page.goto(url)
    for kind, file in (files or {}).items():
        page.set_input_files(f"#attach-{kind}", {"name": file, "mimeType": "application/pdf", "buffer": pdf()})
        press(page, page.locator(f"#attach-{kind}").locator("xpath=ancestor::form").locator("button"))
    if name:
        look(page, name)
    fill(page, {f"act--{key}": value for key, value in (values or {}).items()})
    press(page, page.get_by_role("button", name=button, exact=True))
    assert page.locator(".notice-success").count(), page.locator("main").inner_text()[:600]


def test_a_graphic_piece_is_returned_proposed_changed_and_approved(
    house: House, desk: Callable[[Member], Page]
) -> None:
    needed = (now() + timedelta(days=40)).date().isoformat()
    form = {
        "liaison": "Ana López, enlace, ext. 12", "needed_on": needed, "justification": "Feria del empleo",
        "piece": "lona", "file_format": "pdf", "medium": "print", "content": "Feria del empleo, plaza principal",
        "no_print_ack": "yes", "print_size": "300 x 150 cm", "print_stock": "lona mate",
    }  # fmt: skip
    url = begin(desk(ANA), house, "GCH-CCS-P06", form, {"request_letter": "oficio.pdf"})
    desk(CARLA).goto(url)
    look(desk(CARLA), "GCH-CCS-P06-review")
    step(desk(CARLA), url, "No cumple: pedir que se complete", {"reason_code": "data_missing"})
    assert "Falta un dato de la solicitud" in desk(CARLA).locator("#act--letter_text").input_value()
    assert desk(CARLA).locator("dd", has_text="Faltan datos").count() == 1
    look(desk(CARLA), "GCH-CCS-P06-returned")
    step(desk(CARLA), url, "Firmar y enviar el oficio", {"letter_text": "Falta el logotipo."}, name="P06-letter")
    page = desk(ANA)
    page.goto(url)
    look(page, "P06-returned")
    page.check("#privacy_ack")
    press(page, page.get_by_role("button", name="Enviar", exact=True))
    step(desk(CARLA), url, "Cumple: continuar", name="P06-review")
    step(desk(CARLA), url, "Turnar", {"instruction": "Con la imagen de la feria"})
    for turn in (1, 2):
        step(desk(IRMA), url, "Terminar la propuesta")
        step(desk(IRMA), url, "Enviar la propuesta al área", files={"proposal_files": "propuesta.pdf"},
             name=f"P06-proposal-{turn}")  # fmt: skip
        if turn == 1:
            step(desk(ANA), url, "Pedir cambios", name="P06-approve")
            step(desk(ANA), url, "Comunicar las observaciones", {"remarks": "El logotipo más grande"})
    step(desk(ANA), url, "Aprobar esta versión")
    today = now().astimezone(house.store.office.zone).date().isoformat()
    step(desk(IRMA), url, "Concluir", {"backup_place": "NAS, carpeta 2026", "backup_on": today})
    page.goto(url)
    look(page, "P06-closed")
    assert "de la versión 2" in page.locator("main").inner_text()


def test_a_support_call_gets_its_folio_and_a_signed_sheet(house: House, desk: Callable[[Member], Page]) -> None:
    form = {
        "problem": "La impresora no imprime", "requester": "Ana López", "municipal_property": "yes", "in_palace": "yes",
        "location": "Planta baja", "backup_ack": "yes",
    }  # fmt: skip
    url = begin(desk(ANA), house, "GCH-CCS-P10", form, {})
    step(desk(CARLA), url, "Turnar")
    step(desk(DIEGO), url, "Cumple: atender", name="P10-review")
    step(desk(DIEGO), url, "Asignar folio y acudir", {"technician": "Diego Luna"})
    step(desk(DIEGO), url, "La falla quedó resuelta", {"work": "Se cambió el rodillo"}, name="P10-attend")
    step(desk(ANA), url, "Funciona: firmar de conformidad", files={"signed_format": "formato.pdf"}, name="P10-sign")
    today = now().astimezone(house.store.office.zone).date().isoformat()
    step(desk(DIEGO), url, "Registrar el servicio", {"finished_on": today})
    page = desk(ANA)
    page.goto(url)
    look(page, "P10-closed")
    assert f"ST-{today[:4]}-0001" in page.locator("main").inner_text()


def test_an_opinion_waits_for_the_state_and_comes_back(house: House, desk: Callable[[Member], Page]) -> None:
    form = {
        "sidem_folio": "SIDEM-2026-778", "subject": "Diez computadoras", "work_programme_ok": "yes",
        "committee_ok": "yes",
    }  # fmt: skip
    page = desk(ANA)
    page.goto(f"{house.address}/requests/start/GCH-CCS-P12")
    first = page.locator("#f--operation option:not([value=''])").first.get_attribute("value") or ""
    url = begin(page, house, "GCH-CCS-P12", form | {"operation": first}, {"sidem_request": "sidem.pdf"})
    today = now().astimezone(house.store.office.zone).date().isoformat()
    step(desk(ANA), url, "Avisar del folio")
    step(desk(CARLA), url, "Cumple")
    step(desk(CARLA), url, "Registrar la liberación", {"released_on": today})
    step(desk(CARLA), url, "Firmar el oficio a la DGSEI", {"letter_text": "Se pide el dictamen."},
         files={"dgsei_letter": "oficio.pdf"}, name="P12-letter")  # fmt: skip
    step(desk(CARLA), url, "La DGSEI lo recibió", {"received_on": today}, name="P12-waiting")
    step(desk(CARLA), url, "La DGSEI la admite")
    said = {"report_number": "DT-118/2026", "report_date": today, "verdict": "favourable"}
    step(desk(CARLA), url, "Registrar el dictamen", said, name="P12-decided")
    step(desk(CARLA), url, "Entregar el dictamen", {"receiver": "Ana López"}, files={"report": "dictamen.pdf"})
    step(desk(ANA), url, "Concluir", name="P12-last")
    page.goto(url)
    look(page, "P12-closed")
    assert "Concluida" in page.locator("main").inner_text()


def test_a_request_that_ends_with_a_letter_waits_until_it_is_signed_on_paper(
    house: House, desk: Callable[[Member], Page]
) -> None:
    before, code = house.store.office, "GCH-CCS-P11"
    house.store.office = replace(before, signing=AUTOGRAPH)
    number = at(house.store, code, 9)
    with house.store.reading() as session:
        url = f"{house.address}/requests/{session.get_one(Ticket, number).reference}"
    page = desk(CARLA)
    step(page, url, "Firmar el oficio de razones", {"letter_text": "Los equipos todavía sirven."}, name="P11-reasons")
    page.goto(url)
    look(page, "P11-to-sign")
    assert "Falta la firma" in page.locator("main").inner_text()
    page.get_by_text("Anular el oficio y expedir otro", exact=True).click()
    look(page, "P11-void")
    form = page.locator("form[action$='/replace']")
    form.locator("textarea[name=note]").fill("Faltó decir por qué")
    form.locator("textarea[name=letter_text]").fill("Los equipos todavía sirven: sólo les falta memoria.")
    press(page, form.locator("button"))
    page.set_input_files("#file", {"name": "escaneo.pdf", "mimeType": "application/pdf", "buffer": pdf()})
    look(page, "P11-scan")
    press(page, page.get_by_role("button", name="Entregar el archivo"))
    look(page, "P11-closed")
    said = page.locator("main").inner_text()
    assert "Anulado:" in said and "Faltó decir por qué" in said and "Concluida" in said and "Falta la firma" not in said
    house.store.office = before
