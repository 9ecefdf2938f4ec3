"""One change by a program: carried out once however often it is sent, and only if nobody else was first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Response, g, request
from flask_security import current_user
from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.registry.models import KeptAnswer
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal.api.describing import tag_of
from portal.api.problems import Failed
from portal.rows import release, store

KEPT = timedelta(hours=24)
KEY_LETTERS = 200


class _Again(Exception):
    """This very request was carried out before: nothing is done, and its answer is given once more."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__()
        self.status, self.location, self.body = answer.status, answer.location, answer.body


def change(
    do: Callable[[Transaction], BaseModel],
    *,
    of: Callable[[Session], BaseModel] | None = None,
    status: int = 200,
    location: Callable[[Any], str] | None = None,
) -> Response:
    """Carry out `do` in one transaction and answer with what it returns.

    `of` is the thing as it is read, whose ETag `If-Match` names. With an Idempotency-Key the answer is kept in the same
    transaction: either both are there or neither.
    """
    actor, key = current_user.email, _key()
    release()
    try:
        with store().transaction(actor) as tx:
            _check_new(tx, key)
            _check_match(tx.session, of)
            made = do(tx)
            body = made.model_dump_json().encode()
            place = location(made) if location else ""
            _keep(tx, key, status, place, body)
    except _Again as again:
        return _answer(again.status, again.location, again.body, replayed=True)
    return _answer(status, place, body)


def _answer(status: int, location: str, body: bytes, *, replayed: bool = False) -> Response:
    answer = Response(body, status, mimetype="application/json")
    if location:
        answer.headers["Location"] = location
    if replayed:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LETTERS or not key.isascii() or not key.isprintable():
        raise InvalidValue("La clave no sirve.", "That key cannot be used.", code="E_KEY", field="Idempotency-Key")
    return key


def _asked() -> str:
    """What is asked for, as a hash."""
    whole = f"{request.method} {request.full_path}\n".encode() + request.get_data()
    return hashlib.sha256(whole).hexdigest()


def _check_new(tx: Transaction, key: str) -> None:
    """Raises _Again for a request that was carried out, Failed for another one under the same key."""
    if not key:
        return
    tx.session.execute(delete(KeptAnswer).where(KeptAnswer.at < now() - KEPT))
    mine = select(KeptAnswer).where(KeptAnswer.token_id == g.token, KeptAnswer.key == key)
    kept = tx.session.scalar(mine)
    if kept is not None and kept.asked == _asked():
        raise _Again(kept)
    if kept is not None:
        raise Failed(422, "key_reused", "Esa clave ya se usó para otra cosa.", "That key was used for something else.")


def _keep(tx: Transaction, key: str, status: int, location: str, body: bytes) -> None:
    if key:
        kept = KeptAnswer(
            token_id=g.token, key=key, asked=_asked(), at=now(), status=status, location=location, body=body
        )  # fmt: skip
        tx.session.add(kept)


def _check_match(session: Session, of: Callable[[Session], BaseModel] | None) -> None:
    """Raises Failed unless the thing is as whoever asks has read it, where they say how that was."""
    if of is None or not request.if_match:
        return
    if not request.if_match.contains(tag_of(of(session).model_dump_json().encode())):
        raise Failed(412, "changed_meanwhile", "Alguien lo cambió antes; no se hizo nada.",
                     "It was changed meanwhile; nothing was done.")  # fmt: skip
