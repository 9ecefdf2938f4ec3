"""Every page of the portal in a real browser: accessible, quiet and no wider than a phone, in both languages.

The pages are read from the application itself: a new one fails here until the table says who looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from portal.guide_data import SYSTEMS
from tests.people import ALMA, ANA, BETO, CARLA, INES, LEON, NADIA, NORA, SOFIA, Member
from tests.portal.house import House, open_house
from tests.portal.lived_in import World
from tests.portal.test_browser import AXE, check, chromium

__all__ = ["chromium"]
pytestmark = [pytest.mark.browser, pytest.mark.long]

NOBODY = None
PHONE, DESK = 390, 1280
# What a GET answers that is no page: files, pieces of pages, and a link that only leads onward.
NO_PAGES = {
    "static", "bootstrap.static", "security.static", "colours.sheet", "health.alive", "health.ready", "door.link",
    "points.live", "points.progress", "enrolling.live", "requests.live", "requests.file", "requests.letter",
    "requests.void_letter", "requests.receipt", "requests.document", "requests.form_sheet",
    "requests.request_letter", "requests.turn_slip", "reports.sheet", "reports.figures", "reports.workbook",
    "reports.devices", "reports.letters", "reports.unregistered_csv", "reports.unregistered_pdf",
    "audit.as_csv", "audit.piece", "calendar.as_csv", "calendar.as_ics", "agenda.as_ics", "revalidation.letter",
    "outside.document", "presence.census_csv", "presence.census_xlsx", "importing.template",
}  # fmt: skip

Look = tuple[Member | None, str]
# endpoint -> who looks at which addresses of it; the first is looked at on a desk as well.
PAGES: dict[str, list[Look]] = {
    "home.start": [(one, "/") for one in (ANA, BETO, SOFIA, CARLA, INES, LEON, ALMA, NORA, NADIA)],
    "requests.queue": [(INES, "/requests/queue"), (CARLA, "/requests/queue"), (LEON, "/requests/queue")],
    "requests.listing": [
        (INES, "/requests"), (ANA, "/requests?q=camion&state=en_revision"), (CARLA, "/requests?q=OF/0001"),
    ],
    "requests.show": [
        (INES, "/requests/{late}"), (INES, "/requests/{answered}"), (ANA, "/requests/{draft}"),
        (ANA, "/requests/{removal}"), (ANA, "/requests/{returned}"), (SOFIA, "/requests/{sent}"),
        (CARLA, "/requests/{received}"), (INES, "/requests/{swap}"),
        (INES, "/requests/{computer_folio}"), (LEON, "/requests/{drafting}"), (CARLA, "/requests/{review}"),
        (SOFIA, "/requests/{delivering}"), (CARLA, "/requests/{voided}"), (ALMA, "/requests/{withdrawn}"),
        (ANA, "/requests/{answered}"), (CARLA, "/requests/{update}"), (ANA, "/requests/{filed}"),
        (SOFIA, "/requests/{support}"), (NADIA, "/requests/{issued}"), (ANA, "/requests/{issued}"),
    ],
    "requests.start": [(ANA, "/requests/start")],
    "requests.blank": [(ANA, "/requests/start/ADJ-P02"), (SOFIA, "/requests/start/ADJ-P01")],
    "requests.correction": [(ANA, "/requests/{filed}/form")],
    "requests.new": [(ANA, "/requests/new"), (SOFIA, "/requests/new"), (ANA, "/requests/new?replaces={phone}")],
    "requests.correct": [(ANA, "/requests/{draft}/correct"), (ANA, "/requests/{removal}/correct")],
    "requests.removal": [(ANA, "/requests/removal?device={phone}")],
    "requests.change": [(ANA, "/requests/change/{phone}")],
    "devices.listing": [(INES, "/devices"), (ANA, "/devices?q=nadie")],
    "devices.show": [(INES, "/devices/{computer}"), (CARLA, "/devices/{phone}"), (ANA, "/devices/{phone}")],
    "devices.infrastructure": [(INES, "/devices/infrastructure")],
    "revalidation.listing": [(CARLA, "/revalidation"), (ANA, "/revalidation")],
    "revalidation.show": [(ANA, "/revalidation/1"), (CARLA, "/revalidation/1"), (SOFIA, "/revalidation/1")],
    "revalidation.removal": [(CARLA, "/revalidation/1/removal")],
    "areas.listing": [(NORA, "/areas"), (ALMA, "/areas")],
    "areas.show": [(CARLA, "/areas/DIF"), (INES, "/areas/OBRAS"), (NORA, "/areas/INAPAM")],
    "points.listing": [(INES, "/points"), (ALMA, "/points")],
    "points.history": [(INES, "/points/cortafuegos/history"), (ALMA, "/points/cortafuegos/history")],
    "enrolling.new": [(INES, "/points/new"), (INES, "/points/new?profile=mikrotik-routeros")],
    "enrolling.setup": [(INES, "/points/antena-dif/setup"), (INES, "/points/antena-anexo/setup")],
    "presence.listing": [
        (INES, "/presence"), (ALMA, "/presence?who=unknown"), (INES, "/presence?place=palacio&who=known"),
        (INES, "/presence?q=10.78.0.20&at=2026-11-20T09:00"), (INES, "/presence?q=luis"), (INES, "/presence?q=nadie"),
        (INES, "/presence?q=10.78.0.20&at=ayer"),
    ],
    "presence.by_day": [(INES, "/presence/days"), (ALMA, "/presence/days?span=90")],
    "presence.sources": [(ALMA, "/presence/sources"), (INES, "/presence/sources")],
    "presence.show": [(INES, "/presence/{seen}"), (CARLA, "/presence/a4-83-e7-99-99-99")],
    "presence.census": [
        (INES, "/presence/census"), (ALMA, "/presence/census?list=seen"), (CARLA, "/presence/census?list=let-in"),
    ],
    "importing.start": [(CARLA, "/import?subject=devices"), (NORA, "/import")],
    "importing.columns": [(INES, "/import/devices/{imported}")],
    "importing.preview": [
        (INES, "/import/devices/{imported}/preview?header=4&approve=1"), (CARLA, "/import/devices/{imported}/preview"),
    ],
    "alerts.listing": [(INES, "/alerts"), (INES, "/alerts?kind=rogue"), (CARLA, "/alerts?kind=random&mine=1")],
    "alerts.show": [
        (INES, "/alerts/{alert}"), (CARLA, "/alerts/{blocked}"), (INES, "/alerts/{ignored}"),
        (INES, "/alerts/{random}"),
        (INES, "/alerts/{kept}"),
        (ALMA, "/alerts/{alert}"),
    ],
    "alerts.decided": [(INES, "/alerts/decided"), (ALMA, "/alerts/decided")],
    "audit.listing": [(ALMA, "/audit"), (INES, "/audit?text=luis&since=2026-01-01&name=device.")],
    "audit.check": [(CARLA, "/audit/check"), (ALMA, "/audit/check?from=ayer")],
    "audit.show": [(INES, "/audit/20"), (ALMA, "/audit/30")],
    "calendar.show": [(CARLA, "/calendar?year=2026"), (ANA, "/calendar")],
    "agenda.show": [(CARLA, "/agenda"), (SOFIA, "/agenda?month=2026-10")],
    "procedures.listing": [(ANA, "/procedures"), (NORA, "/procedures")],
    "procedures.show": [(ANA, "/procedures/ADJ-P02"), (NADIA, "/procedures/ADJ-P01")],
    "reports.show": [(CARLA, "/report"), (ALMA, "/report?procedure=ADJ-P03&area=OBRAS")],
    "reports.behind": [(CARLA, "/report/list?of=received"), (ALMA, "/report/list?of=open")],
    "reports.unregistered": [(CARLA, "/report/rogues"), (ALMA, "/report/rogues?week=2026-W02")],
    "people.listing": [(NORA, "/people")],
    "people.new": [(NORA, "/people/new")],
    "people.show": [(NORA, "/people/{person}")],
    "privacy.notice": [(NOBODY, "/aviso-de-privacidad")],
    "privacy.person": [(CARLA, "/person-data")],
    "account.show": [(ANA, "/account")],
    "account.second_factor": [(ANA, "/account/second-factor")],
    "tokens.listing": [(ANA, "/account/tokens"), (INES, "/account/tokens")],
    "guide.choose": [(NOBODY, "/guide")],
    "guide.show": [(NOBODY, f"/guide/{code}") for code in SYSTEMS],
    "verify.ask": [(NOBODY, "/verify/{number}"), (NOBODY, "/verify/OF-9999-2026")],
    "outside.listing": [(NOBODY, "/publico")],
    "outside.blank": [(NOBODY, "/publico/GCH-CCS-P03")],
    "outside.sent": [(NOBODY, "/publico/enviado")],
    "outside.confirmation": [(NOBODY, "{to_confirm}"), (NOBODY, "/publico/confirmar")],
    "outside.show": [(NOBODY, "{followed}"), (NOBODY, "{outside_back}")],
    "outside.correction": [(NOBODY, "{outside_mend}")],
    "door.forgot": [(NOBODY, "/forgot")],
    "door.code": [(NOBODY, "/code")],
    "door.choose": [(NOBODY, "/password"), (NOBODY, "{link}")],
    "security.login": [(NOBODY, "/login")],
}  # fmt: skip
# What is no page of the happy way, and still is looked at.
ANSWERS = {"/verify/OF-9999-2026": 404, "/password": 410, "/publico/confirmar": 410}


@pytest.fixture(scope="module")
def house(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One office for all of these tests; they look and change nothing."""
    with open_house(tmp_path_factory.mktemp("house"), chromium) as house:
        yield house


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


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_is_accessible_quiet_and_fits_in_both_languages(house: House, language: str) -> None:
    """Every look in Spanish on a phone, the first of each page on a desk as well; the first of each in English too.

    The words are others in English, and the colours are not.
    """
    looks = _addresses(house.world)
    first = {name: (who, path) for name, who, path in reversed(looks)}
    if language == "en":
        looks = [(name, who, path) for name, (who, path) in first.items()]
    for who in dict.fromkeys(who for _name, who, _path in looks):
        page, complaints = house.enter(who, PHONE)
        page.context.add_init_script(AXE)
        for name, path in [(name, path) for name, one, path in looks if one == who]:
            answer = page.goto(f"{house.address}{path}{'&' if '?' in path else '?'}lang={language}")
            assert answer is not None and answer.status == ANSWERS.get(path, 200), f"{path}: {answer and answer.status}"
            assert page.get_attribute("html", "lang") == language, path
            check(page, PHONE, colours=language == "es")
            if language == "es" and first[name] == (who, path):
                _check_on_a_desk(page)
        assert [one for one in complaints if "the server responded with a status of 4" not in one] == []
        page.context.close()


def _check_on_a_desk(page: Page) -> None:
    page.set_viewport_size({"width": DESK, "height": 800})
    check(page, DESK)
    page.set_viewport_size({"width": PHONE, "height": 800})
