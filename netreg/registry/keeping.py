"""Who may keep whose account. The operator at the server's own console may keep them all."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from netreg.errors import NotAllowed
from netreg.policy import roles
from netreg.registry import queries
from netreg.registry.models import Person, Role
from netreg.store.transaction import Transaction


def check_keeper(tx: Transaction, person: Person | None, giving: Iterable[str] = ()) -> None:
    """Let whoever acts change this account (None: a new one) and give it these roles; raises NotAllowed.

    Nobody changes the account they act with, and so nobody raises their own roles.
    """
    keeper = queries.person(tx.session, tx.actor)
    if keeper is None:
        return
    if person is keeper:
        raise NotAllowed(
            "Nadie cambia su propia cuenta.", "Nobody changes their own account.", code="own_account",
            hint="Lo hace otra persona.", hint_en="Somebody else does it.",
        )  # fmt: skip
    theirs = {role.name for role in person.roles} if person else set()
    if not roles.keeps(queries.held(tx.session, keeper, tx.today), theirs | set(giving)):
        raise NotAllowed(
            "Esa cuenta, o ese papel, sólo lo administra quien administra el sistema.",
            "That account, or that role, is kept by the administrator alone.",
            code="not_your_account",
        )


def check_administrator_stays(tx: Transaction, leaving: Person) -> None:
    """Refuse to lose the last open account of an administrator; two who leave at once wait for each other."""
    holds = Person.roles.any(Role.name == roles.ADMINISTRATOR)
    query = select(Person.id).where(holds, Person.active).order_by(Person.id).with_for_update(of=Person)
    if list(tx.session.scalars(query)) == [leaving.id]:
        raise NotAllowed(
            "Es la última persona que administra el sistema.",
            "This is the last administrator.",
            code="last_administrator",
            hint="Nombre antes a otra.",
            hint_en="Name another one first.",
        )
