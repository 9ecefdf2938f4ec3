"""How to turn the private WiFi address off and find the device's own: for anybody, and to hang on the wall."""

from __future__ import annotations

import re

import segno
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from netreg.errors import NotFound
from portal.guide_data import SYSTEMS, System
from portal.rows import store

pages = Blueprint("guide", __name__, url_prefix="/guide")

# What a browser says of itself -> its system. Phones come first: an Android says Linux too, an iPhone Mac OS X.
_SIGNS = (
    ("iPhone", "iphone"),
    ("iPad", "iphone"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("Macintosh", "mac"),
    ("Linux", "linux"),
)
_AS = {"*": Markup("<b>{}</b>"), "`": Markup("<code>{}</code>")}
_SET_APART = re.compile(r"([*`])(.+?)\1")


@pages.get("")
def choose() -> ResponseReturnValue:
    """The five systems, the visitor's own first."""
    own = guess(request.user_agent.string)
    systems = sorted(SYSTEMS.values(), key=lambda one: one.code != own)
    return render_template("pages/guides.html", systems=systems, own=own, **_printed(url_for(".choose")))


@pages.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    return render_template(
        "pages/guide.html", system=_system(code), systems=SYSTEMS.values(), **_printed(url_for(".show", code=code))
    )


def guess(agent: str) -> str:
    """The system a browser seems to run on, or nothing. Browsers say what they like: it only sets an order."""
    return next((code for sign, code in _SIGNS if sign in agent), "")


def _system(code: str) -> System:
    if code not in SYSTEMS:
        raise NotFound("No hay guía para ese sistema.", "There is no guide for that system.")
    return SYSTEMS[code]


def _printed(path: str) -> dict[str, str]:
    """The page's public address and its code; not the address it was fetched by, which may be an inner one."""
    host = store().office.address
    code = segno.make_qr(host + path, error="m").svg_data_uri(light="white", omitsize=True)
    return {"host": host, "path": path, "code": code}


@pages.app_template_filter("set_apart")
def set_apart(text: str) -> Markup:
    """A step's text with *names on the screen* bold and `what is typed` as code."""
    text = text.replace("Wi-Fi", "Wi\u2011Fi")  # never broken at its hyphen
    said, last = Markup(""), 0
    for found in _SET_APART.finditer(text):
        said += text[last : found.start()] + _AS[found[1]].format(found[2])
        last = found.end()
    return said + text[last:]
