"""Tokens of programs: made, revoked, used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, select

from netreg import events
from netreg.errors import InvalidValue, NotFound
from netreg.policy.scopes import SCOPES
from netreg.registry.models import ApiToken, KeptAnswer, Person
from netreg.registry.passwords import matches
from netreg.registry.tokens import mint
from netreg.store.base import now
from netreg.store.transaction import Transaction

LONGEST = timedelta(days=366)
MOST_LETTERS = 80
# How long the answer to a request with an Idempotency-Key is given again.
ANSWERS_KEPT = timedelta(hours=24)
# The moment of the last use is kept to the minute: a busy program would else write at each of its requests.
_USED_EVERY = timedelta(minutes=1)


def create(tx: Transaction, person: Person, name: str, scopes: Iterable[str], last_day: date) -> tuple[ApiToken, str]:
    """A token that acts for `person` up to the end of `last_day` at the office; the row, and what is shown this once.

    Raises InvalidValue for a scope there is not, for none, for a day that is past or more than a year away.
    """
    minted = mint()
    row = ApiToken(
        prefix=minted.prefix,
        sha256=minted.sha256,
        name=_name(name),
        person_id=person.id,
        scopes=_known(scopes),
        made=now(),
        made_by=tx.actor,
        expires=_end(tx, last_day),
    )
    if not person.active:
        raise InvalidValue("La cuenta está cerrada.", "The account is closed.", code="account_closed", field="person")
    tx.session.add(row)
    tx.session.flush()
    tx.record(
        events.TokenMade(
            prefix=row.prefix,
            email=person.email,
            scopes=" ".join(row.scopes),
            expires=last_day.isoformat(),
            after={"name": row.name},
        )
    )
    return row, minted.shown


def create_own(
    tx: Transaction, person: Person, password: str, name: str, scopes: Iterable[str], last_day: date
) -> tuple[ApiToken, str]:
    """As `create`, for one's own account and to whoever knows its password; raises InvalidValue for another one."""
    if not matches(person.password, password):
        raise InvalidValue("No es su contraseña.", "That is not your password.", code="E_CURRENT", field="current")
    return create(tx, person, name, scopes, last_day)


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name or len(name) > MOST_LETTERS or not name.isprintable():
        raise InvalidValue(
            f"Diga para qué es, en {MOST_LETTERS} letras o menos.",
            f"Say what it is for, in {MOST_LETTERS} letters or fewer.",
            code="E_NAME",
            field="name",
        )
    return name


def _known(scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    unknown = [one for one in wanted if one not in SCOPES]
    if unknown or not wanted:
        raise InvalidValue(
            f"No hay ese alcance: {', '.join(unknown)[:200]}." if unknown else "Elija al menos un alcance.",
            f"There is no such scope: {', '.join(unknown)[:200]}." if unknown else "Choose one scope at least.",
            code="E_SCOPE",
            field="scopes",
            hint=f"Hay estos: {', '.join(SCOPES)}.",
            hint_en=f"There are these: {', '.join(SCOPES)}.",
        )
    return wanted


def _end(tx: Transaction, last_day: date) -> datetime:
    if not tx.today <= last_day <= tx.today + LONGEST:
        raise InvalidValue(
            "Elija un día de aquí a un año.", "Choose a day between now and a year.", code="E_EXPIRES", field="expires"
        )
    return datetime.combine(last_day + timedelta(days=1), time(), tx.office.zone)


def revoke(tx: Transaction, prefix: str) -> ApiToken:
    """From now on nobody gets in with it. Raises NotFound for one there is not, or that was revoked before."""
    row = tx.session.scalar(select(ApiToken).where(ApiToken.prefix == prefix, ApiToken.revoked.is_(None)))
    if row is None:
        raise NotFound("No existe esa credencial.", "There is no such token.", field="token")
    row.revoked = now()
    tx.record(events.TokenRevoked(prefix=prefix, email=row.person.email))
    return row


def note_use(tx: Transaction, token_id: int) -> None:
    """Have it on the row that the token was used."""
    tx.session.get_one(ApiToken, token_id).last_used = now()


def is_use_due(row: ApiToken) -> bool:
    """Whether the moment of the last use is old enough to be written anew."""
    return row.last_used is None or now() - row.last_used >= _USED_EVERY


def forget_answers(tx: Transaction) -> int:
    """Delete the answers that nobody is given again; how many there were."""
    done = tx.session.execute(delete(KeptAnswer).where(KeptAnswer.at < now() - ANSWERS_KEPT))
    return done.rowcount  # type: ignore[attr-defined, no-any-return]
