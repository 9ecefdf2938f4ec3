"""One phone, from the form on a liaison's own phone to the signed receipt, through every desk and the real firewall."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from netreg.registry.commands import people
from portal.app import create_app
from portal.serving import serving
from tests.lab.demo import working
from tests.lab.firewall import FirewallLab
from tests.lab.sample import PASSWORD, Installation, install
from tests.portal.conftest import an_alert
from tests.portal.test_browser import check, chromium
from tests.procedures.test_uploads import pdf

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.lab]
PHONE_WIDTH, DESK_WIDTH = 390, 1280


@contextmanager
def served(place: Installation) -> Iterator[str]:
    """Where the portal of this installation answers."""
    with serving(create_app(place.settings, place.store), host="127.0.0.1", port=0, threads=8) as address:
        yield address


@pytest.fixture
def place(lab: FirewallLab, tmp_path: Path) -> Installation:
    """The sample office before the lab's firewall."""
    return install(tmp_path / "installation", lab)


@pytest.fixture
def door(chromium: Browser, place: Installation) -> Iterator[Callable[[str, int], Page]]:
    """Signs somebody of the sample office in, and fails on any complaint of the console."""
    complaints: list[str] = []

    def enter(name: str, width: int = DESK_WIDTH) -> Page:
        page = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-MX").new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{address}/login")
        page.fill("#email", f"{name}@ejemplo.gob.mx")
        page.fill("#password", PASSWORD)
        page.click("main button")
        expect(page.locator("h1")).to_have_text("Inicio")
        return page

    with working(place), served(place) as address:
        yield enter
    assert complaints == []


def kept_files(folder: Path) -> list[str]:
    """What lies in the installation's folder of files: the signed letter, and what was handed in."""
    files = [path for path in (folder / "installation" / "data" / "files").rglob("*") if path.is_file()]
    return ["upload" if path.read_bytes() == pdf() else "letter" for path in files]


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).first.click()


def test_a_request_goes_through_every_desk_and_the_firewall_to_the_signed_receipt(
    door: Callable[[str, int], Page], lab: FirewallLab, tmp_path: Path
) -> None:
    phone = lab.phones[0]
    assert not phone.ping(timeout=0.3), "nobody approved it yet"
    ana = door("ana", PHONE_WIDTH)
    ana.click("text=Pedir el registro de equipos")
    ana.fill("#purpose", "Supervisión de obra")
    ana.fill("#letter_number", "OP/012/2026")
    ana.fill("#holder-0", "Luis Peña")
    ana.fill("#mac-0", phone.mac.upper().replace(":", "-"))
    ana.select_option("#ownership-0", "personal")
    ana.fill("#model-0", "Moto G84")
    press(ana, "Revisar antes de enviar")
    ana.check("#use_ack")
    ana.check("#privacy_ack")
    press(ana, "Enviar")
    ana.set_input_files("#file", {"name": "oficio.pdf", "mimeType": "application/pdf", "buffer": pdf()})
    press(ana, "Entregar el archivo")
    expect(ana.locator(".notice")).to_contain_text("Se guardó el archivo")

    sofia = door("sofia", DESK_WIDTH)
    sofia.click("text=E1")
    expect(sofia.locator("main")).to_contain_text("Titular de registro hoy: Tomás Gil")
    sofia.fill("input[name=signed_by]", "Tomás Gil")
    sofia.fill("input[name=annexes]", "1")
    press(sofia, "Sellar el acuse")
    folio = sofia.inner_text("h1").removeprefix("Solicitud ")
    address = sofia.url.rpartition("/")[0]
    assert folio.startswith("ADJ-P03-")

    carla = door("carla", DESK_WIDTH)
    carla.goto(f"{address}/{folio}")
    carla.fill("input[name=instruction]", "Atender hoy")
    press(carla, "Turnar a Informática")
    assert not phone.ping(timeout=0.3), "turned over is not approved"

    ines = door("ines", DESK_WIDTH)
    ines.goto(f"{address}/{folio}")
    with phone.pinging() as flow:
        ines.click("button:has-text('Aprobar')")
        assert flow.wait_until_heard(20), "the firewall did not let the phone's frames through"
    expect(ines.locator("[data-live]")).to_contain_text("activo", timeout=20_000)
    assert not lab.phones[1].ping(timeout=0.3), "nobody else's"

    leon = door("leon", DESK_WIDTH)
    leon.goto(f"{address}/{folio}")
    press(leon, "Pasar a revisión")
    carla.goto(f"{address}/{folio}")
    carla.fill("textarea[name=comment]", "Agregue un saludo")
    press(carla, "Devolver con comentario")
    leon.goto(f"{address}/{folio}")
    text = leon.locator("textarea[name=paragraphs]")
    text.fill(text.input_value() + "\n\nReciba un saludo.")
    press(leon, "Pasar de nuevo a revisión")
    carla.goto(f"{address}/{folio}")
    press(carla, "Es correcto: firmar")

    sofia.goto(f"{address}/{folio}")
    sofia.fill("input[name=receiver]", "Tomás Gil")
    sofia.fill("input[name=receiver_post]", "Director")
    press(sofia, "Registrar la entrega")
    sofia.check("input[name=signed]")
    press(sofia, "Registrar el recibo")
    expect(sofia.locator("[data-live]")).to_contain_text("concluida")

    ana.goto(f"{address}/{folio}")
    letter = PdfReader(BytesIO(ana.request.get(f"{address}/{folio}/letter.pdf").body()))
    said = " ".join(page.extract_text() for page in letter.pages)
    assert sorted(kept_files(tmp_path)) == ["letter", "upload"]
    assert folio in said and "Luis Peña" in said and "Reciba un saludo" in said and phone.mac not in said
    assert phone.ping()


def test_a_stranger_becomes_a_registered_device_from_its_alert(
    door: Callable[[str, int], Page], place: Installation, lab: FirewallLab
) -> None:
    phone = lab.phones[0]
    number = an_alert(place.store, phone.mac)
    with place.store.transaction("schedule") as tx:
        # Whoever starts a request from an alert has asked for it, and nobody decides what they asked for.
        people.add_person(tx, "sara@ejemplo.gob.mx", "Sara Vega", ("it",), PASSWORD, None)
    ines = door("ines", PHONE_WIDTH)
    ines.click("text=Ver las alertas")
    ines.click(f"text=Alerta {number}")
    ines.select_option("#ask--area", label="Obras Públicas")
    press(ines, "Iniciar la solicitud")
    expect(ines.locator("#mac-0")).to_have_value(phone.mac)
    expect(ines.locator("#area")).to_have_value("OBRAS")
    ines.fill("#purpose", "Supervisión de obra")
    ines.fill("#holder-0", "Luis Peña")
    ines.select_option("#ownership-0", "personal")
    ines.fill("#model-0", "Moto G84")
    press(ines, "Revisar antes de enviar")
    ines.check("#use_ack")
    ines.check("#privacy_ack")
    press(ines, "Enviar")
    home = ines.url.rpartition("/requests/")[0]

    sofia = door("sofia")
    sofia.click("text=E1")
    sofia.fill("input[name=signed_by]", "Tomás Gil")
    sofia.check("input[name=paper]")
    press(sofia, "Sellar el acuse")
    folio = sofia.inner_text("h1").removeprefix("Solicitud ")
    carla = door("carla")
    carla.goto(f"{home}/requests/{folio}")
    press(carla, "Turnar a Informática")
    ines.goto(f"{home}/alerts/{number}")
    expect(ines.locator("main")).to_contain_text(f"Ya se pidió registrar este equipo: {folio}")

    sara = door("sara")
    sara.goto(f"{home}/requests/{folio}")
    sara.click("button:has-text('Aprobar')")
    expect(sara.locator("[data-live]").first).to_contain_text("activo", timeout=20_000)
    assert phone.ping()
    ines.goto(f"{home}/alerts/{number}")
    expect(ines.locator(".facts").first).to_contain_text("se registró")
    expect(ines.locator("main")).to_contain_text("cerró la alerta")
    check(ines, PHONE_WIDTH)
