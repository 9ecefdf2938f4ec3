"""People: who has an account, in which roles, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue, NotAllowed
from netreg.policy import roles
from netreg.registry import queries, text
from netreg.registry.commands import factors, people
from netreg.registry.models import Area, Person
from netreg.store.transaction import Transaction
from portal import words
from portal.access import may, my_roles, permitted, today
from portal.paging import page_found
from portal.rows import act, reading, refusal_text, store, writing
from portal.searching import MOST_LETTERS, people_sought

pages = Blueprint("people", __name__, url_prefix="/people")


@pages.get("")
@permitted("people.keep")
def listing() -> ResponseReturnValue:
    sought = request.args.get("q", "").strip()[:MOST_LETTERS]
    query = queries.people_by_mail().where(people_sought(sought)) if sought else queries.people_by_mail()
    page = page_found(query, Person.id, queries.people_numbered)
    return render_template("pages/people.html", page=page, sought=sought)


@pages.get("/new")
@permitted("people.keep")
def new() -> ResponseReturnValue:
    return _form()


@pages.post("/new")
@permitted("people.keep")
def add() -> ResponseReturnValue:
    """A new account without a password, and the invitation to choose one."""
    typed = [request.form.get(name, "") for name in ("email", "name")]
    try:
        with writing() as tx:
            person = people.add_person(tx, *typed, _roles(), None, _area(tx.session))
            if store().office.mail:
                people.invite(tx, person)
            number = person.id
    except (InvalidValue, NotAllowed) as refusal:
        return _form(refusal)
    flash(_("Cuenta creada.") + " " + _next_step(typed[0]), "success")
    return redirect(url_for(".show", number=number), code=303)


def _form(refusal: InvalidValue | NotAllowed | None = None) -> ResponseReturnValue:
    page = render_template(
        "pages/person_new.html",
        refusal=refusal,
        said=refusal_text(refusal) if refusal else "",
        typed=request.form,
        chosen=_roles(),
        offered=_offered(),
        areas=queries.area_names(reading()),
    )
    return page, 422 if refusal else 200


@pages.get("/<row:number>")
@permitted("people.keep")
def show(number: int) -> ResponseReturnValue:
    person = queries.person_numbered(reading(), number)
    held = [role.name for role in person.roles]
    return render_template(
        "pages/person.html",
        person=person,
        held=held,
        own=person.id == current_user.id,
        keeps=person.id != current_user.id and roles.keeps(my_roles(), held),
        offered=_offered(),
        areas=queries.area_names(reading()),
        factor=queries.second_factor(reading(), number),
        substitutions=queries.substitutions(reading(), number, today()),
        substituted=[role for role in held if role in roles.SUBSTITUTED],
        substitutes=queries.colleagues(reading(), (number, current_user.id)) if may("people.substitute") else [],
        story=queries.story(reading(), [f"person {person.email}"]) if may("audit.see") else [],
    )


def _change(number: int, command: Callable[[Transaction, Person], Any], done: str) -> ResponseReturnValue:
    def run(tx: Transaction) -> None:
        command(tx, queries.person_numbered(tx.session, number))

    return act(run, done, url_for(".show", number=number))


@pages.post("/<row:number>/roles")
@permitted("people.keep")
def set_roles(number: int) -> ResponseReturnValue:
    names = _roles()
    return _change(number, lambda tx, person: people.set_roles(tx, person, names), _("Papeles guardados."))


@pages.post("/<row:number>/area")
@permitted("people.keep")
def set_area(number: int) -> ResponseReturnValue:
    return _change(number, lambda tx, person: people.set_area(tx, person, _area(tx.session)), _("Área guardada."))


@pages.post("/<row:number>/invite")
@permitted("people.keep")
def invite(number: int) -> ResponseReturnValue:
    """Send a link; it goes to the owner's mailbox and nowhere else, so that nobody opens the account of another."""
    if not store().office.mail:
        email = queries.person_numbered(reading(), number).email
        flash(_next_step(email), "danger")
        return redirect(url_for(".show", number=number), code=303)
    return _change(number, people.invite, _("Se le envía un enlace por correo."))


@pages.post("/<row:number>/close")
@permitted("people.keep")
def close(number: int) -> ResponseReturnValue:
    done = _("Cuenta cerrada: sus sesiones terminaron.")
    return _change(number, lambda tx, person: people.set_active(tx, person, False), done)


@pages.post("/<row:number>/open")
@permitted("people.keep")
def reopen(number: int) -> ResponseReturnValue:
    return _change(number, lambda tx, person: people.set_active(tx, person, True), _("Cuenta abierta."))


@pages.post("/<row:number>/reset-factor")
@permitted("people.keep")
def reset_factor(number: int) -> ResponseReturnValue:
    return _change(number, factors.reset, _("Segundo factor quitado; sus sesiones terminaron."))


@pages.post("/<row:number>/substitute")
@permitted("people.substitute")
def substitute(number: int) -> ResponseReturnValue:
    """Name who stands in for this person, in one of their roles and for some days."""
    sent = request.form

    def command(tx: Transaction, absent: Person) -> None:
        person = queries.known_person(tx.session, sent.get("person", ""))
        first, last = (text.required_day(sent.get(name, ""), name) for name in ("first", "last"))
        people.substitute(tx, person, sent.get("role", ""), absent, first, last)

    return _change(number, command, _("Suplencia guardada."))


@pages.post("/<row:number>/substitute/<row:row>/withdraw")
@permitted("people.substitute")
def withdraw(number: int, row: int) -> ResponseReturnValue:
    def command(tx: Transaction, _person: Person) -> None:
        people.withdraw_substitute(tx, queries.substitution(tx.session, row))

    return _change(number, command, _("Suplencia retirada."))


def _roles() -> tuple[str, ...]:
    return tuple(request.form.getlist("roles"))


def _offered() -> list[str]:
    """The roles that whoever is signed in may give."""
    return [role for role in roles.ROLES if roles.keeps(my_roles(), [role])]


def _area(session: Session) -> Area | None:
    code = request.form.get("area", "")
    return queries.area(session, code) if code else None


def _next_step(email: str) -> str:
    if store().office.mail:
        return _("Se le envía un enlace por correo.")
    return _(
        "No hay correo configurado: «netreg person invite %(email)s», en el servidor, muestra el enlace que se le da.",
        email=email,
    )


def state_of(person: Person) -> str:
    """Whether an account is open, closed, or still waits for its owner to choose a password."""
    if not person.active:
        return "closed"
    return "open" if person.password else "invited"


@pages.app_template_filter("account_state")
def account_state(person: Person) -> words.Badge:
    return words.ACCOUNT[state_of(person)]
