"""Spanish and English: Spanish is what the sources say, English is the catalogue in translations/."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, session
from flask_babel import Babel, get_locale, get_translations

LANGUAGES = {"es": "Español", "en": "English"}


def choose() -> str:
    """The reader's language: asked for in the address, chosen before, what the browser says, the office's own."""
    asked = request.args.get("lang", "")
    if asked in LANGUAGES and session.get("language") != asked:
        session["language"] = asked
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    office = current_app.extensions["netreg.settings"].office.language
    return request.accept_languages.best_match(list(LANGUAGES)) or office


def language() -> str:
    """The language of this page: "es" or "en"."""
    return str(get_locale() or "es")


def init_app(app: Flask, timezone: str) -> None:
    """Texts in the reader's language, times in the office's time zone."""
    Babel(app, default_locale="es", default_timezone=timezone, locale_selector=choose)
    # As Babel installs them, but that it looks for the catalogue at each text: a list has a thousand.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  (of the extension that Babel adds)
        lambda text: _catalogue().ugettext(text),
        lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )


def _catalogue() -> Any:
    """The texts of this page's language."""
    found = g.get("catalogue")
    if found is None:
        found = g.catalogue = get_translations()
    return found
