"""A new point, step by step: where it is, its key, what it holds and what a push would do; and then into service."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from netreg.enforcement.profile import ConsoleProfile, ShellProfile
from netreg.errors import ConcurrentChange, ConfigError, InvalidValue, Refused
from netreg.registry import profiles, queries
from netreg.registry.commands import enrolling, points
from netreg.registry.models import Point
from netreg.store.transaction import Transaction
from portal.access import permitted
from portal.live import fragment
from portal.rows import act, reading, refusal_text, settings, writing

pages = Blueprint("enrolling", __name__, url_prefix="/points")


def _keys() -> dict[str, Path]:
    """The login keys that the administrator put beside the database, by name: nobody chooses any other file."""
    return _found(settings().data_dir / "keys")


def _passwords() -> dict[str, Path]:
    """The files with the passwords of points that take no key, which lie beside them."""
    return _found(settings().data_dir / "passwords")


def _found(folder: Path) -> dict[str, Path]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {one.name: one for one in found if one.is_file() and one.suffix != ".pub"}


def _public(key: Path) -> str:
    """The public half, to be put into the point's authorized_keys; empty if it does not lie beside the key."""
    file = key.with_name(key.name + ".pub")
    return file.read_text("utf-8", errors="replace").strip() if file.is_file() else ""


@pages.get("/new")
@permitted("points.change")
def new() -> ResponseReturnValue:
    """First which make it is, then where it is."""
    name = request.args.get("profile", "")
    if name not in profiles.names():
        makes = [profiles.profile(one) for one in profiles.names()]
        return render_template("pages/point_choose.html", makes=makes)
    return _form(name)


@pages.post("/new")
@permitted("points.change")
def add() -> ResponseReturnValue:
    """Enter the point, out of service, and have its key fetched."""
    name = request.form.get("profile", "")
    if name not in profiles.names():
        return redirect(url_for(".new"), code=303)
    try:
        with writing() as tx:
            point = _add(tx, name)
            enrolling.ask_look(tx, point)
            made = point.name
    except (Refused, ConfigError) as refusal:
        return _form(name, refusal)
    flash(_("Punto anotado. Todavía no se le envía nada."), "success")
    return redirect(url_for(".setup", name=made), code=303)


def _add(tx: Transaction, profile: str) -> Point:
    made, typed = profiles.profile(profile), request.form
    key, password = _chosen(made)
    parameters = {one: value for one in made.parameters if (value := typed.get(f"parameter-{one}", "").strip())}
    made.settled(parameters)
    port = typed.get("port", "22")
    where = (typed.get("host", "").strip(), int(port) if port.isascii() and port.isdigit() else 0)
    login = typed.get("user", "").strip()
    return points.add_point(
        tx, typed.get("name", ""), profile, *where, login, key, parameters, password_file=password, enabled=False
    )


def _chosen(made: ShellProfile | ConsoleProfile) -> tuple[str, str]:
    """The files of key and password that this make is logged in to with; one of them is empty."""
    if made.session.login == "key":
        key = _keys().get(request.form.get("key", ""))
        if key is None:
            raise InvalidValue("Elija una llave.", "Choose a key.", code="E_KEY", field="key")
        return str(key.resolve()), ""
    password = _passwords().get(request.form.get("password_file", ""))
    if password is None:
        raise InvalidValue("Elija una contraseña.", "Choose a password.", code="E_PASSWORD", field="password_file")
    return "", str(password.resolve())


def _form(name: str, refusal: Refused | ConfigError | None = None) -> ResponseReturnValue:
    keys = _keys()
    page = render_template(
        "pages/point_new.html",
        make=profiles.profile(name),
        keys=list(keys),
        public={one: _public(file) for one, file in keys.items()},
        passwords=list(_passwords()),
        data=settings().data_dir,
        refusal=refusal,
        said=_said(refusal),
        typed=request.form,
    )
    return page, 422 if refusal else 200


def _said(refusal: Refused | ConfigError | None) -> str:
    if isinstance(refusal, Refused):
        return refusal_text(refusal)
    return f"{refusal.message} {refusal.hint}" if refusal else ""


@pages.get("/<name>/setup")
@permitted("points.change")
def setup(name: str) -> ResponseReturnValue:
    """Where the new point stands, and the next step."""
    point = queries.point(reading(), name)
    if point.enabled:
        return redirect(url_for("points.listing", _anchor=f"point-{name}"))
    offered = points.fingerprints(point.offered_key) if point.offered_key else ()
    return render_template(
        "pages/point_setup.html",
        point=point,
        make=profiles.profile(point.profile),
        offered=offered,
        pinned=points.fingerprint(point.host_key) if point.host_key else "",
        asked=queries.is_owed(reading(), name),
        proof=Path(point.key_file or point.password_file).name,
    )


@pages.get("/<name>/setup/live")
@permitted("points.change")
def live(name: str) -> ResponseReturnValue:
    """Whether the look that was asked for has come back, as the piece of the page that renews itself."""
    point = queries.point(reading(), name)
    return fragment("components/point_asked.html", point=point, asked=queries.is_owed(reading(), name))


@pages.post("/<name>/look")
@permitted("points.change")
def look(name: str) -> ResponseReturnValue:
    def command(tx: Transaction) -> None:
        enrolling.ask_look(tx, queries.point(tx.session, name))

    return act(command, _("Se mira el punto; no se cambia nada."), _back(name))


@pages.post("/<name>/pin")
@permitted("points.change")
def pin(name: str) -> ResponseReturnValue:
    fingerprint = request.form.get("fingerprint", "")

    def command(tx: Transaction) -> None:
        enrolling.pin(tx, queries.point(tx.session, name), fingerprint)

    return act(command, _("Llave fijada. Ahora se lee su lista, sin cambiar nada."), _back(name))


@pages.post("/<name>/enable")
@permitted("points.change")
def enable(name: str) -> ResponseReturnValue:
    plan = request.form.get("plan", "")

    try:
        with writing() as tx:
            enrolling.enable(tx, queries.point(tx.session, name), plan)
    except ConcurrentChange as refusal:
        flash(refusal_text(refusal), "danger")
        return redirect(_back(name), code=303)
    flash(_("%(name)s está en servicio.", name=name), "success")
    return redirect(url_for("points.listing", _anchor=f"point-{name}"), code=303)


def _back(name: str) -> str:
    return url_for(".setup", name=name)
