"""A newspaper asks, confirms by real mail, is asked for more, corrects, and reads what the coordinator answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from agents.worker import Worker
from netreg import config
from netreg.config import Settings
from netreg.store.transaction import Store
from portal.serving import serving
from tests.agents.test_notify import SECRET, Server
from tests.people import CARLA
from tests.portal.outsiders import FORM, PRESS, TYPED, adopt_press, link
from tests.portal.test_browser import chromium, enter
from tests.portal.test_procedures_in_the_browser import fill, look, press, step
from tests.samples import pdf

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.up()
    yield server
    server.down()


@pytest.fixture
def settings(settings: Settings, store: Store, server: Server, tmp_path: Path) -> Settings:
    """An office that answers the press by mail."""
    url = f"mailto://red:{SECRET}@127.0.0.1:{server.port}?from=red@municipio.gob.mx&mode=insecure"
    (tmp_path / "mail.url").write_text(url, encoding="utf-8")
    adopt_press(store)
    return settings.model_copy(update={"mail": config.Mail(url_file=str(tmp_path / "mail.url"))})


@pytest.fixture
def newest(store: Store, settings: Settings, server: Server) -> Callable[[], tuple[str, str]]:
    """Have a worker carry the mail; subject and body of the newest to the newspaper."""

    def carry() -> tuple[str, str]:
        worker = Worker(store, settings)
        while worker.run_once():
            pass
        message = [message for to, message in server.got if to == PRESS][-1]
        return str(message["Subject"]), str(message.get_content())

    return carry


def fill_in(page: Page, typed: dict[str, str]) -> None:
    """Type into the public form as a person does."""
    plain = {name: value for name, value in typed.items() if name not in ("wants_interview", "privacy_ack")}
    fill(page, {f"f--{name}": value for name, value in plain.items()})
    page.check("#f--wants_interview-no")
    page.check("#f--privacy_ack")


def hand_in(page: Page) -> None:
    page.set_input_files("#f--request_letter", {"name": "oficio.pdf", "mimeType": "application/pdf", "buffer": pdf()})


def test_a_newspaper_asks_corrects_and_reads_the_answer(
    chromium: Browser, app: Flask, store: Store, newest: Callable[[], tuple[str, str]]
) -> None:
    with serving(app, host="127.0.0.1", port=0, threads=8) as address:
        page = chromium.new_context(viewport={"width": 390, "height": 800}, locale="es-MX").new_page()
        page.goto(address + "/login")
        look(page, "outside-login")
        press(page, page.get_by_role("link", name="Solicitudes del público, sin cuenta"))
        assert page.url == address + FORM
        look(page, "outside-form")
        expect(page.locator("#f--outside_website")).to_be_hidden()
        fill_in(page, {**TYPED, "topics": ""})
        press(page, page.get_by_role("button", name="Enviar", exact=True))
        expect(page.get_by_role("alert")).to_contain_text("Tema o temas")
        expect(page.get_by_role("alert")).to_contain_text("Oficio de solicitud")
        look(page, "outside-gaps")
        page.fill("#f--topics", TYPED["topics"])
        hand_in(page)
        press(page, page.get_by_role("button", name="Enviar", exact=True))
        look(page, "outside-sent")
        subject, body = newest()
        assert subject.startswith("Confirme su solicitud")
        page.goto(address + link(body))
        look(page, "outside-confirm")
        press(page, page.get_by_role("button", name="Confirmar", exact=True))
        look(page, "outside-filed")
        subject, body = newest()
        folio = page.locator("h1").inner_text().split()[-1]
        assert folio in subject
        follow = address + link(body)

        desk = enter(chromium, address, CARLA, 1280)[0]
        desk.goto(address + "/requests/queue")
        look(desk, "outside-queue")
        press(desk, desk.get_by_role("link", name=folio))
        asked = desk.url
        look(desk, "outside-at-the-desk")
        step(desk, asked, "No cumple: pedir que se complete", {"assessment": "Falta el periodo"})
        step(desk, asked, "Firmar y enviar el oficio", {"letter_text": "Precise el periodo de las obras."})
        subject, body = newest()
        assert "falta algo" in subject and "Precise el periodo" in body
        page.goto(address + link(body))
        look(page, "outside-returned")
        press(page, page.get_by_role("link", name="Corregir", exact=True))
        page.fill("#f--topics", "Obras de enero")
        page.check("#f--privacy_ack")
        look(page, "outside-correction")
        press(page, page.get_by_role("button", name="Enviar de nuevo"))
        expect(page.get_by_role("status")).to_contain_text("conserva su folio")

        step(desk, asked, "Cumple: continuar", {"assessment": "Procede"}, name="outside-again-at-the-desk")
        step(desk, asked, "Se entrega la información", {"given": "Relación de obras de enero"})
        step(desk, asked, "Concluir", {"concluded_on": store.office.today.isoformat()})
        subject, _body = newest()
        assert "concluida" in subject
        page.goto(follow)
        expect(page.locator("main")).to_contain_text("Relación de obras de enero")
        look(page, "outside-answered")
