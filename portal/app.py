"""The portal as one Flask application."""

from __future__ import annotations

from typing import Any

from flask import Flask, request, url_for
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from netreg.config import Settings
from netreg.procedures import attachments
from netreg.procedures.catalogue import CORE
from netreg.procedures.outside import keeping
from netreg.procedures.uploads import MOST_BYTES
from netreg.store.transaction import Store
from portal import access, dates, failures, form_words, headers, languages, rows, signin, watched, words
from portal.api.app import create_api, mounted
from portal.metrics import Meter
from portal.views import (
    account,
    agenda,
    alerts,
    areas,
    asking,
    audit,
    calendar,
    census,
    chain,
    colours,
    deciding,
    desk,
    devices,
    door,
    enrolling,
    filing,
    following,
    guide,
    health,
    home,
    importing,
    outside,
    people,
    points,
    presence,
    privacy,
    procedures,
    reports,
    revalidation,
    rogues,
    tokens,
    verdicts,
    verify,
    work,
)

MOST_UPLOAD_BYTES = 256 * 1024


class RowNumber(IntegerConverter):
    """A row's number in an address; one that no database could hold is no page at all."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def create_app(settings: Settings, store: Store) -> Flask:
    """The portal over an open store; raises ConfigError when the key that signs sessions is missing."""
    app = Flask("portal")
    app.url_map.converters["row"] = RowNumber
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=MOST_UPLOAD_BYTES,
        BOOTSTRAP_SERVE_LOCAL=True,
        # A form may lie open over lunch: its token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.before_request(_room_for_files)
    rows.init_app(app, settings, store)
    languages.init_app(app, settings.office.timezone)
    Bootstrap5(app)
    CSRFProtect(app)
    signin.init_app(app, settings)
    app.before_request(access.guard)
    headers.init_app(app, https=settings.server.https)
    failures.init_app(app)
    app.context_processor(_for_templates)
    app.add_template_filter(words.and_areas)
    views = (
        home, areas, asking, filing, work, deciding, desk, devices, points, alerts, audit, procedures, agenda, reports,
        calendar, health, verify, guide, door, account, people, privacy, colours, revalidation, enrolling, presence,
        rogues, verdicts, outside, following, tokens, importing, census, chain,
    )  # fmt: skip
    # `asking`, `filing`, `work`, `deciding` and `desk` add theirs to the pages of the requests, `rogues` to the
    # reports, `verdicts` to the alerts, `following` to the public forms, `census` to presence, `chain` to the log: each
    # is registered once.
    for pages in dict.fromkeys(view.pages for view in views):
        app.register_blueprint(pages)
    limiter = signin.throttle(app, store)
    outside.throttle(app, limiter, settings.public.per_address_per_hour)
    # Beside the pages, not among them: no cookie of theirs lets anybody into it.
    meter = Meter(store)
    meter.watch(app)
    app.wsgi_app = mounted(app.wsgi_app, create_api(settings, store, meter))  # type: ignore[method-assign]
    return app


def _room_for_files() -> None:
    """A file may be larger than a form; only where files are handed in."""
    if request.endpoint in ("requests.keep", "requests.correct_form", "requests.attach"):
        # The files of a whole form at once, as many as a request may hold of them.
        request.max_content_length = 4 * attachments.MOST_BYTES
    elif request.endpoint in ("outside.send", "outside.correct"):
        request.max_content_length = keeping.MOST_BYTES + MOST_UPLOAD_BYTES
    elif request.endpoint in (
        "requests.hand_in",
        "verify.compare",
        "calendar.preview",
        "calendar.load",
        "revalidation.hand_in",
        "importing.upload",
    ):
        request.max_content_length = MOST_BYTES + MOST_UPLOAD_BYTES


def _has_agenda() -> bool:
    """Whether a procedure of the office makes appointments."""
    return any(one.agenda for procedure in rows.store().office.catalogue.open() for one in procedure.documents)


def _for_templates() -> dict[str, Any]:
    return {
        "may": access.may,
        "address": access.address,
        "mail_address": access.mail_address,
        "shown": access.shown,
        "typed": rows.typed,
        "today": access.today,
        "words": words,
        "form_words": form_words,
        "core_code": CORE,
        "office_has_agenda": _has_agenda(),
        "office_has_more": len(rows.store().office.catalogue.enabled) > 1,
        "public_forms": outside.offered,
        "watched": watched,
        "dates": dates,
        "language": languages.language(),
        "languages": languages.LANGUAGES,
        "language_url": _language_url,
        "office": rows.settings().office,
        "office_sends_mail": rows.store().office.mail,
    }


def _language_url(code: str) -> str:
    """This page in another language; the start page where this one cannot be fetched again."""
    if request.endpoint is None or request.url_rule is None or "GET" not in (request.url_rule.methods or ()):
        return url_for("home.start", lang=code)
    return url_for(request.endpoint, **(request.view_args or {}), **(request.args.to_dict() | {"lang": code}))
