"""Importing a list: choose it, say which column is what, see what would happen, do it. Nothing changes before that."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, Refused
from netreg.importing import applying, exporting, judging, waiting
from netreg.importing import session as importing
from netreg.importing.columns import AREAS, DEVICES, FIELDS, KINDS, NOT_USED, PEOPLE
from netreg.importing.plan import PURPOSE, Excess, Importer, Options, Plan
from netreg.importing.session import Loaded
from netreg.importing.table import MOST_COLUMNS, Row, letter
from netreg.store.base import now
from portal import words
from portal.access import may, my_roles, permitted
from portal.paging import page_of
from portal.rows import reading, refusal_text, store, writing

pages = Blueprint("importing", __name__, url_prefix="/import")

NEEDS = {AREAS: "areas.change", PEOPLE: "people.keep", DEVICES: "devices.import"}
BACK = {AREAS: "areas.listing", PEOPLE: "people.listing", DEVICES: "devices.listing"}
_NUMBER = re.compile(r"[0-9]{1,7}", re.ASCII)
_SAMPLES = 3
# A page of so many boxes of one area is no page; beyond them there is the box for all of them.
_MOST_MARKS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What the pages hand on from one to the next, out of the address or a form."""

    sheet: str
    header: int | None
    columns: dict[int, str]
    ask_only: frozenset[int]
    beyond: bool
    approve: bool
    bind: bool
    invite: bool
    purpose: str
    instruction: str

    @classmethod
    def read(cls) -> Asked:
        said, header = request.values, request.values.get("header", "")
        rows = (one for one in said.getlist("ask_only") if _NUMBER.fullmatch(one))
        return cls(
            said.get("sheet", "")[:100],
            int(header) if _NUMBER.fullmatch(header) else None,
            {at: said[f"c{at}"] for at in range(MOST_COLUMNS) if f"c{at}" in said},
            frozenset(map(int, rows)),
            "beyond" in said,
            "approve" in said,
            "bind" in said,
            "invite" in said,
            said.get("purpose", PURPOSE),
            said.get("instruction", ""),
        )

    @property
    def options(self) -> Options:
        return Options(self.approve, self.bind, self.ask_only, self.invite, self.purpose, self.instruction)

    def handed_on(self, plan: Plan | None = None) -> list[tuple[str, str]]:
        """The same as names and values of a form: what was said of the file, and with a plan what to do with it."""
        said = [("sheet", self.sheet), ("header", "" if self.header is None else str(self.header))]
        said += [(f"c{at}", name) for at, name in sorted(self.columns.items())]
        if plan is None:
            return said
        flags = ("approve", "bind", "invite", "beyond")
        said += [(name, "1") for name in flags if getattr(self, name)]
        return [*said, *(("ask_only", str(row)) for row in sorted(self.ask_only))]


def offered() -> list[str]:
    """The kinds of list that the person signed in may import."""
    return [kind for kind in KINDS if may(NEEDS[kind])]


@pages.get("")
@permitted("import")
def start() -> ResponseReturnValue:
    """Which list, and the file."""
    chosen = request.args.get("subject", "")
    kinds = {kind: words.IMPORTS[kind] for kind in offered()}
    return render_template("pages/import.html", kinds=kinds, chosen=chosen)


@pages.get("/<subject>/template.xlsx")
@permitted("import")
def template(subject: str) -> ResponseReturnValue:
    """An empty list with the headers that are known."""
    _check(subject)
    content = exporting.write(exporting.XLSX, "Lista", [one.spanish for one in FIELDS[subject]], [])
    said = {"Content-Disposition": f'attachment; filename="plantilla-{subject}.xlsx"'}
    return Response(content, mimetype=exporting.MIME[exporting.XLSX], headers=said)


@pages.post("")
@permitted("import")
def upload() -> ResponseReturnValue:
    """Keep the file and go on to its columns; one that cannot be read is told at once."""
    subject, sent = request.form.get("subject", ""), request.files.get("file")
    _check(subject)
    try:
        if sent is None or not sent.filename:
            raise InvalidValue("Elija un archivo.", "Choose a file.", code="E_FILE", field="file")
        content = sent.read()
        importing.load(content, subject)
        digest = waiting.put(store().office.files, content, now())
    except Refused as refusal:
        flash(refusal_text(refusal), "danger")
        return redirect(url_for(".start", subject=subject), code=303)
    return redirect(url_for(".columns", subject=subject, digest=digest), code=303)


@pages.get("/<subject>/<digest>")
@permitted("import")
def columns(subject: str, digest: str) -> ResponseReturnValue:
    """Which column is what, with some rows to tell by."""
    _check(subject)
    asked = Asked.read()
    try:
        loaded = _loaded(subject, digest, asked)
    except Refused as refusal:
        return _lost(subject, refusal)
    rows = loaded.columns.data(loaded.sheet)
    shown = [
        (
            at,
            letter(at),
            loaded.columns.titles.get(at, ""),
            _samples(rows, at),
            loaded.columns.columns.get(at, NOT_USED),
        )
        for at in range(loaded.sheet.width)
        if loaded.columns.titles.get(at) or _samples(rows, at)
    ]
    return render_template(
        "pages/import_columns.html", subject=subject, digest=digest, loaded=loaded, shown=shown, rows=len(rows),
        fields=FIELDS[subject], not_used=NOT_USED, sheets={one.name: one.name for one in loaded.book.sheets},
    )  # fmt: skip


@pages.get("/<subject>/<digest>/preview")
@permitted("import")
def preview(subject: str, digest: str) -> ResponseReturnValue:
    """Every problem, and what would happen."""
    _check(subject)
    asked = Asked.read()
    try:
        loaded = _loaded(subject, digest, asked)
    except Refused as refusal:
        return _lost(subject, refusal)
    plan, options, excess = _judged(reading(), loaded, asked, Importer(current_user.name, my_roles()))
    return render_template(
        "pages/import_preview.html",
        subject=subject,
        digest=digest,
        plan=plan,
        asked=asked,
        excess=excess,
        marked=options.ask_only,
        most_rows=_MOST_MARKS,
        shown_rows={row for one in excess for row in one.rows[:_MOST_MARKS]},
        page=page_of(plan.problems),
        kept={name: request.args.getlist(name) for name in request.args if name != "page"},
        may_approve=may("requests.decide"),
        back=url_for(BACK[subject]),
    )


@pages.post("/<subject>/<digest>/apply")
@permitted("import")
def apply(subject: str, digest: str) -> ResponseReturnValue:
    """Do what was looked at, with the very file that was looked at: all of it or nothing."""
    _check(subject)
    asked, who = Asked.read(), Importer(current_user.name, my_roles())
    try:
        loaded = _loaded(subject, digest, asked)
    except Refused as refusal:
        return _lost(subject, refusal)
    try:
        with writing() as tx:
            plan, options, _excess = _judged(tx.session, loaded, asked, who)
            made = applying.apply(tx, plan, options)
    except Refused as refusal:
        flash(refusal_text(refusal), "danger")
        kept = {**request.form.to_dict(flat=False), "subject": subject, "digest": digest}
        kept.pop("csrf_token", None)
        return redirect(url_for(".preview", **kept), code=303)  # type: ignore[arg-type]
    waiting.forget(store().office.files, digest)
    flash(_("Se importaron %(made)d renglones. Quedó en la bitácora con la huella del archivo.", made=made), "success")
    return redirect(url_for(BACK[subject]), code=303)


def _judged(session: Session, loaded: Loaded, asked: Asked, who: Importer) -> tuple[Plan, Options, list[Excess]]:
    """The plan with what was marked, and every area that would have too many phones without that."""

    def judged(options: Options) -> Plan:
        return judging.judge(session, loaded.book, loaded.sheet, loaded.columns, options, who)

    bare = judged(replace(asked.options, ask_only=frozenset()))
    beyond = {row for one in bare.excess for row in one.beyond} if asked.beyond else set()
    options = replace(asked.options, ask_only=asked.ask_only | beyond)
    return (judged(options) if options.ask_only else bare), options, bare.excess


def _check(subject: str) -> None:
    if subject not in KINDS:
        abort(404)
    if not may(NEEDS[subject]):
        abort(403)


def _loaded(subject: str, digest: str, asked: Asked) -> Loaded:
    content = waiting.take(store().office.files, digest)
    loaded = importing.load(content, subject, sheet=asked.sheet, header=asked.header)
    return importing.with_columns(loaded, asked.columns) if asked.columns else loaded


def _samples(rows: list[Row], at: int) -> list[str]:
    return list(dict.fromkeys(row.cell(at)[:60] for row in rows[:200] if row.cell(at)))[:_SAMPLES]


def _lost(subject: str, refusal: Refused) -> ResponseReturnValue:
    flash(refusal_text(refusal), "danger")
    return redirect(url_for(".start", subject=subject), code=303)
