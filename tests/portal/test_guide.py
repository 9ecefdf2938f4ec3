"""The guide to the WiFi address: anybody may read it, in both languages, and the form leads to it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import segno
from markupsafe import escape

from netreg.mac import MacAddress
from portal.guide_data import SYSTEMS, System
from portal.screens import LETTERS, TYPED_LETTERS, Screen
from portal.views.guide import set_apart
from tests.people import ANA, Member
from tests.portal.conftest import Visitor

SignedIn = Callable[[Member], Visitor]
PAGES = ["/guide", *(f"/guide/{code}" for code in SYSTEMS)]
LANGUAGES = ("es", "en")

BROWSERS = {
    "iphone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
    "android": "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36",
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
    "mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    "linux": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
}


def offered(page: str) -> list[str]:
    """The systems a page leads to, in its order."""
    return re.findall(r'href="/guide/([a-z]+)"', page)


def screens(system: System) -> list[Screen]:
    return [step.screen for step in (*system.off, *system.own)]


@pytest.mark.parametrize("path", PAGES)
def test_anybody_may_read_the_guide_without_signing_in(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert "Hágalo sólo para esta red; en las demás la dirección privada protege su privacidad." in page
    assert "2, 6, A o E" in page and "02:00:00:00:00:00" in page and "IMEI" in page
    assert "Do this for this network only" in visitor.get(f"{path}?lang=en")


@pytest.mark.parametrize("code", SYSTEMS)
def test_the_visitors_own_system_comes_first_and_the_others_follow(visitor: Visitor, code: str) -> None:
    page = visitor.get("/guide", headers={"User-Agent": BROWSERS[code]})
    assert offered(page) == [code, *(other for other in SYSTEMS if other != code)]
    assert page.count("parece ser éste") == 1


def test_a_browser_that_says_nothing_known_gets_the_usual_order(visitor: Visitor) -> None:
    page = visitor.get("/guide", headers={"User-Agent": "curl/8"})
    assert offered(page) == list(SYSTEMS) and "parece ser éste" not in page


@pytest.mark.parametrize("agent", ['"><script>alert(1)</script> Android', "{{ 7*7 }} Android %s", "Android" * 9000])
def test_a_hostile_browser_name_sets_an_order_and_nothing_else(visitor: Visitor, agent: str) -> None:
    hostile = visitor.get("/guide", headers={"User-Agent": agent})
    assert hostile == visitor.get("/guide", headers={"User-Agent": "Android"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_every_step_is_told_and_drawn_in_both_languages(visitor: Visitor, system: System, language: str) -> None:
    page = visitor.get(f"/guide/{system.code}?lang={language}")
    for step in (*system.off, *system.own):
        assert set_apart(step.text.text(language)) in page
        assert f"<title>{escape(step.screen.told(language))}</title>" in page
        assert step.text.es != step.text.en != "", "a step has its English"
    assert page.count('role="img"') == len(screens(system))


@pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
def test_every_picture_has_something_marked_and_its_texts_fit(system: System) -> None:
    for screen in screens(system):
        assert any(row.lit for row in screen.rows), f"{screen.title.es}: mark what to press or to read"
        for language in LANGUAGES:
            most = TYPED_LETTERS if screen.frame == "terminal" else LETTERS
            longest = max(len(line) for place in screen.places(language) for line in (*place.label, place.value))
            assert longest <= most, f"{screen.told(language)}: a text is wider than the picture"


def test_the_example_addresses_are_what_the_guide_says_of_them(visitor: Visitor) -> None:
    own, private = re.findall(r"<dd><code>(.+?)</code></dd>", visitor.get("/guide"))
    assert MacAddress.parse(re.sub("</?b>", "", own)).problem is None
    assert MacAddress.parse(re.sub("</?b>", "", private)).problem == "E_RANDOM"


@pytest.mark.parametrize(
    "path", ["/guide/", "/guide/amiga", "/guide/IPHONE", "/guide/iphone/x", "/guide/%7B%7B7*7%7D%7D"]
)
def test_an_unknown_system_is_no_page(visitor: Visitor, path: str) -> None:
    assert "No existe esta página" in visitor.get(path, 404)


@pytest.mark.parametrize("path", PAGES)
def test_the_code_leads_to_the_public_address_whatever_host_was_asked(visitor: Visitor, path: str) -> None:
    page = visitor.get(path, headers={"Host": "inner.example"})
    public = f"http://127.0.0.1:8080{path}"
    assert segno.make_qr(public, error="m").svg_data_uri(light="white", omitsize=True) in page
    assert public in page.replace("<wbr>", "") and "inner.example" not in page


@pytest.mark.parametrize("mac", ["da:a1:19:00:00:01", "02:00:00:00:00:00"])
def test_the_refusal_of_a_private_address_leads_to_the_guide(signed_in: SignedIn, mac: str) -> None:
    page = signed_in(ANA).post(
        "/requests/new", 422, once="x" * 20, purpose="Obra", **{"kind-0": "phone", "holder-0": "Luis", "mac-0": mac}
    )
    error = page.split('id="mac-0-error"')[1].split("</p>")[0]
    assert 'href="/guide"' in error and "Ver cómo" in error


def test_other_refusals_do_not_send_anybody_away(signed_in: SignedIn) -> None:
    ana = signed_in(ANA)
    page = ana.post(
        "/requests/new", 422, once="x" * 20, purpose="Obra", **{"kind-0": "phone", "mac-0": "a4:83:e7:11:22:3O"}
    )
    assert "Ver cómo" not in page


def test_the_form_leads_to_the_guide_without_losing_what_was_typed(signed_in: SignedIn) -> None:
    hint = signed_in(ANA).get("/requests/new").split('id="mac-0-hint"')[1].split("</p>")[0]
    assert 'href="/guide" target="_blank"' in hint and "Cómo encontrarla" in hint


def test_what_is_set_apart_in_a_step_is_still_only_text() -> None:
    assert set_apart("*<i>* y `a < b` & c") == "<b>&lt;i&gt;</b> y <code>a &lt; b</code> &amp; c"
