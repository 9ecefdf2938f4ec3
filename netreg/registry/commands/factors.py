"""The second factor: switching it on and off, and the codes that are each good once."""

from __future__ import annotations

import secrets

from sqlalchemy import delete

from netreg import events
from netreg.errors import InvalidValue, NotAllowed
from netreg.registry import queries
from netreg.registry.authenticator import Authenticator, new_recovery_codes, recovery_hash
from netreg.registry.keeping import check_keeper
from netreg.registry.models import Person, RecoveryCode, SecondFactor
from netreg.store.base import now
from netreg.store.transaction import Transaction


def switch_on(tx: Transaction, authenticator: Authenticator, person: Person, secret: str, code: str) -> list[str]:
    """Sign-in asks for a code from now on; `code` proves that the authenticator has the secret.

    Returns the recovery codes, which are shown this once.
    """
    if tx.session.get(SecondFactor, person.id) is not None:
        raise InvalidValue("El segundo factor ya está activo.", "The second factor is on already.", code="factor_on")
    step = authenticator.step_of(secret, code, now())
    if step is None:
        raise _wrong()
    tx.session.add(SecondFactor(person_id=person.id, secret=secret, since=now(), last_counter=step))
    tx.session.flush()
    codes = _replace_codes(tx, person)
    tx.record(events.FactorOn(email=person.email))
    return codes


def use(tx: Transaction, authenticator: Authenticator, person: Person, typed: str) -> None:
    """Take the code of the authenticator, or a recovery code. Each is good once; raises InvalidValue."""
    if not _used_recovery(tx, person, typed):
        use_code(tx, authenticator, person, typed)


def use_code(tx: Transaction, authenticator: Authenticator, person: Person, typed: str) -> None:
    """Take a code of the authenticator, which no process takes a second time; raises InvalidValue."""
    # The row is held until the transaction ends: who comes second sees the step that the first one used.
    factor = tx.session.get(SecondFactor, person.id, with_for_update=True, populate_existing=True)
    step = authenticator.step_of(factor.secret, typed, now(), factor.last_counter) if factor else None
    if factor is None or step is None:
        raise _wrong()
    factor.last_counter = step


def renew_codes(tx: Transaction, authenticator: Authenticator, person: Person, code: str) -> list[str]:
    """Ten new recovery codes for a fresh code; the old ones are void."""
    use_code(tx, authenticator, person, code)
    return _replace_codes(tx, person)


def switch_off(
    tx: Transaction, authenticator: Authenticator, person: Person, code: str, *, demanded: bool = False
) -> None:
    """Sign-in asks for the password alone again; takes a fresh code. Refused where a role demands it."""
    if demanded:
        raise NotAllowed(
            "Su papel pide un segundo factor.", "Your role demands a second factor.", code="factor_demanded"
        )
    use(tx, authenticator, person, code)
    _forget(tx, person)
    tx.record(events.FactorOff(email=person.email))


def reset(tx: Transaction, person: Person) -> None:
    """Take away the second factor of somebody who lost it. Their sessions end, and they are told."""
    check_keeper(tx, person)
    if tx.session.get(SecondFactor, person.id) is None:
        raise InvalidValue("No tiene segundo factor.", "There is no second factor.", code="factor_off")
    _forget(tx, person)
    person.fs_uniquifier = secrets.token_hex(16)
    tx.record(events.FactorReset(email=person.email))


def _used_recovery(tx: Transaction, person: Person, typed: str) -> bool:
    code = tx.session.get(RecoveryCode, (person.id, recovery_hash(typed) or ""), with_for_update=True)
    if code is None or code.used is not None:
        return False
    code.used = now()
    tx.session.flush()
    left = queries.unused_recovery_codes(tx.session, person.id)
    tx.record(events.RecoveryCodeUsed(email=person.email, left=left))
    return True


def _replace_codes(tx: Transaction, person: Person) -> list[str]:
    codes = new_recovery_codes()
    tx.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    tx.session.add_all(RecoveryCode(person_id=person.id, sha256=recovery_hash(code)) for code in codes)
    tx.record(events.RecoveryCodesMade(email=person.email, number=len(codes)))
    return codes


def _forget(tx: Transaction, person: Person) -> None:
    for table in (RecoveryCode, SecondFactor):
        tx.session.execute(delete(table).where(table.person_id == person.id))


def _wrong() -> InvalidValue:
    return InvalidValue(
        "El código no es correcto o ya se usó.",
        "The code is wrong or was used already.",
        code="code_wrong",
        field="factor_code",
        hint="Espere a que la aplicación muestre el siguiente.",
        hint_en="Wait for the application to show the next one.",
    )
