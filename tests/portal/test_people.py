"""Who keeps whose account, at the pages: the desk and the coordinator the areas' people, the administrator all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.transaction import Store
from tests.people import ANA, BETO, CARLA, INES, LEON, NORA, SOFIA, TOMAS, Member
from tests.portal.conftest import Visitor

SignedIn = Callable[[Member], Visitor]


def number(store: Store, who: Member) -> int:
    with store.reading() as session:
        return queries.known_person(session, who.email).id


def roles_of(store: Store, who: Member) -> set[str]:
    with store.reading() as session:
        return {role.name for role in queries.known_person(session, who.email).roles}


def is_open(store: Store, who: Member) -> bool:
    with store.reading() as session:
        return queries.known_person(session, who.email).active


def test_people_are_listed_and_found_without_accents_by_name_mail_or_area(signed_in: SignedIn) -> None:
    sofia = signed_in(SOFIA)
    page = sofia.get("/people")
    assert "13 de 13 personas" in page and "Inés Mora" in page and "Informática" in page
    for sought in ("ines mora", "INES@municipio", "tomas"):
        assert "1 de 1 personas" in sofia.get(f"/people?q={sought}")
    assert "Ana López" in sofia.get("/people?q=obras publicas")
    assert "No hay personas" in sofia.get("/people?q=zzz")


def test_nobody_else_sees_them(signed_in: SignedIn, store: Store) -> None:
    ana = signed_in(ANA)
    for path in ("/people", "/people/new", f"/people/{number(store, BETO)}"):
        ana.get(path, 403)
    ana.post(f"/people/{number(store, BETO)}/close", 403)


def test_without_mail_the_page_says_how_the_link_is_handed_over(signed_in: SignedIn, store: Store) -> None:
    nora = signed_in(NORA)
    page = nora.post("/people/new", name="Eva Paz", email="eva@municipio.gob.mx", roles="it")
    assert "netreg person invite eva@municipio.gob.mx" in page and "/link" not in page
    assert "netreg person invite ana@" in nora.post(f"/people/{number(store, ANA)}/invite")


def test_a_refused_person_comes_back_as_typed(signed_in: SignedIn) -> None:
    nora = signed_in(NORA)
    typed = {"name": "Eva Paz", "email": "eva@municipio.gob.mx"}
    page = nora.post("/people/new", 422, **typed, roles="liaison")
    assert "pertenece a un área" in page and 'value="Eva Paz"' in page and 'value="liaison" checked' in page
    page = nora.post("/people/new", 422, **typed | {"email": ANA.email}, roles="it")
    assert 'id="email-error"' in page and "Ya hay una persona" in page
    assert "Papeles posibles" in nora.post("/people/new", 422, **typed)
    assert "eva@" not in nora.get("/people")


def test_an_administrator_gives_roles_and_an_area(signed_in: SignedIn, store: Store) -> None:
    nora, leon = signed_in(NORA), number(store, LEON)
    assert "pertenece a un área" in nora.post(f"/people/{leon}/roles", roles="liaison")
    assert "Área guardada" in nora.post(f"/people/{leon}/area", area="DIF")
    assert "Papeles guardados" in nora.post(f"/people/{leon}/roles", roles="head")
    assert roles_of(store, LEON) == {"head"}
    assert "pertenece a un área" in nora.post(f"/people/{leon}/area", area="")


@pytest.mark.parametrize("keeper", [SOFIA, CARLA])
def test_the_desk_and_the_coordinator_keep_the_people_of_the_areas_and_no_other(
    signed_in: SignedIn, store: Store, keeper: Member
) -> None:
    visitor = signed_in(keeper)
    page = visitor.get("/people/new")
    assert 'value="head"' in page and 'value="administrator"' not in page and 'value="it"' not in page
    values = {"name": "Eva Paz", "email": "eva@municipio.gob.mx", "area": "DIF"}
    assert "Cuenta creada" in visitor.post("/people/new", **values, roles="liaison")
    assert "Cuenta cerrada" in visitor.post(f"/people/{number(store, BETO)}/close")
    visitor.post("/people/new", 422, **values | {"email": "eva2@municipio.gob.mx"}, roles="administrator")
    for path in ("close", "invite", "reset-factor", "area"):
        visitor.post(f"/people/{number(store, INES)}/{path}")
    visitor.post(f"/people/{number(store, INES)}/roles", roles="liaison")
    visitor.post(f"/people/{number(store, TOMAS)}/roles", roles="it")
    assert is_open(store, INES) and roles_of(store, INES) == {"it"} and roles_of(store, TOMAS) == {"head"}
    assert "sólo la cambia quien administra" in visitor.get(f"/people/{number(store, INES)}")


def test_nobody_changes_their_own_account(signed_in: SignedIn, store: Store) -> None:
    nora, own = signed_in(NORA), number(store, NORA)
    assert "Es su cuenta" in nora.get(f"/people/{own}")
    assert "Nadie cambia su propia cuenta" in nora.post(f"/people/{own}/roles", roles="coordinator")
    assert "Nadie cambia su propia cuenta" in nora.post(f"/people/{own}/close")
    assert roles_of(store, NORA) == {"administrator"} and is_open(store, NORA)


def test_the_last_administrator_is_neither_closed_nor_made_something_else(signed_in: SignedIn, store: Store) -> None:
    with store.transaction("cli:root") as tx:
        people.set_roles(tx, queries.known_person(tx.session, LEON.email), ("administrator",))
    leon = signed_in(LEON)
    assert "Cuenta cerrada" in leon.post(f"/people/{number(store, NORA)}/close")
    nora = number(store, NORA)
    leon.post(f"/people/{nora}/open")
    with store.transaction("cli:root") as tx:
        people.set_active(tx, queries.known_person(tx.session, LEON.email), False)
    for change in (
        lambda tx, who: people.set_active(tx, who, False),
        lambda tx, who: people.set_roles(tx, who, ("it",)),
    ):
        with pytest.raises(Exception, match="última persona que administra"), store.transaction("cli:root") as tx:
            change(tx, queries.known_person(tx.session, NORA.email))
    assert is_open(store, NORA) and roles_of(store, NORA) == {"administrator"}


def test_a_coordinator_names_a_substitute_who_acts_and_takes_them_back(signed_in: SignedIn, store: Store) -> None:
    carla, sofia = signed_in(CARLA), number(store, SOFIA)
    with store.transaction("cli:root") as tx:
        today = tx.today.isoformat()
    days = {"first": today, "last": today}
    page = carla.post(f"/people/{sofia}/substitute", person=LEON.email, role="secretarial", **days)
    assert "León Paz suple a Sofía Cano como Área secretarial" in page
    leon = signed_in(LEON)
    assert "por ausencia de Sofía Cano" in leon.get("/account")
    leon.get("/people")
    assert "Suplencia retirada" in carla.post(f"/people/{sofia}/substitute/1/withdraw")
    leon.get("/people", 403)


def test_a_substitute_needs_days_a_role_that_is_held_and_another_person(signed_in: SignedIn, store: Store) -> None:
    carla = signed_in(CARLA)
    path = f"/people/{number(store, SOFIA)}/substitute"
    whole = {"person": LEON.email, "role": "secretarial", "first": "2026-12-01", "last": "2026-12-15"}
    assert "Primer día: Falta este dato" in carla.post(path, **whole | {"first": ""})
    assert "Termina antes de empezar" in carla.post(path, **whole | {"last": "2026-11-30"})
    assert "en un papel que ella tiene" in carla.post(path, **whole | {"role": "it"})
    assert "Nadie se nombra suplente" in carla.post(path, **whole | {"person": CARLA.email})
    signed_in(SOFIA).post(path, 403, **whole)


def test_everybody_sees_where_they_stand_in(signed_in: SignedIn, store: Store) -> None:
    with store.transaction("cli:root") as tx:
        leon, ines = (queries.known_person(tx.session, who.email) for who in (LEON, INES))
        people.substitute(tx, leon, "it", ines, tx.today, tx.today)
    for who in (LEON, INES):
        assert "León Paz suple a Inés Mora como Informática" in signed_in(who).get("/account")
    assert "suple" not in signed_in(ANA).get("/account")
