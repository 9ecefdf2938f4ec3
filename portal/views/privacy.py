"""The privacy notice, for anybody; and what is held on one person, for whoever has the right to take it out."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from netreg import privacy
from netreg.errors import Refused
from netreg.procedures import personal
from netreg.store.base import now
from portal.access import permitted
from portal.rows import keep_typed, refusal_text, store, writing

pages = Blueprint("privacy", __name__)


@pages.get(privacy.PAGE)
def notice() -> ResponseReturnValue:
    """The notice in force, with its version and date."""
    office = store().office
    return render_template("pages/privacy.html", notice=office.notice, days=office.retention.sighting_days)


@pages.get("/person-data")
@permitted("privacy.export")
def person() -> ResponseReturnValue:
    return render_template("pages/person_data.html")


@pages.post("/person-data")
@permitted("privacy.export")
def export() -> ResponseReturnValue:
    """Everything held on a person as a ZIP; the event is stored before anything leaves."""
    who, at = request.form.get("who", ""), now()
    try:
        with writing() as tx:
            document = personal.export(tx, who, at)
    except Refused as refusal:
        flash(refusal_text(refusal), "danger")
        keep_typed()
        return redirect(url_for(".person"), code=303)
    said = {"Content-Disposition": 'attachment; filename="datos-personales.zip"'}
    return Response(personal.bundle(document, store().office, at), mimetype="application/zip", headers=said)
