"""One change by a program: carried out once however often it is sent, and only if nobody else was first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, g, request
from flask_security import current_user
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from netreg.errors import InvalidValue
from netreg.registry.commands.tokens import ANSWERS_KEPT
from netreg.registry.models import KeptAnswer
from netreg.store.base import now
from netreg.store.transaction import Transaction
from portal.api.describing import tag_of
from portal.api.problems import Failed
from portal.rows import release, store

KEY_LETTERS = 200
# One answer for each key of a token.
_RULE = "uq_kept_answer_key"


class _Again(Exception):
    """This very request was carried out before: nothing is done, and its answer is given once more."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__()
        self.status, self.location, self.body = answer.status, answer.location, answer.body


class _Taken(Exception):
    """The same key was claimed by a request that came at the same moment, and that one is stored now."""


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

    def carry_out() -> Response:
        with store().transaction(actor) as tx:
            claim = _claim(tx, key) if key else None
            _check_match(tx.session, of)
            made = do(tx)
            body, place = made.model_dump_json().encode(), location(made) if location else ""
            if claim is not None:
                claim.status, claim.location, claim.body = status, place, body
        return _answer(status, place, body)

    try:
        return _twice(carry_out)
    except _Again as again:
        return _answer(again.status, again.location, again.body, replayed=True)


def _twice(carry_out: Callable[[], Response]) -> Response:
    """The second time finds what the other request has kept."""
    try:
        return carry_out()
    except _Taken:
        return carry_out()


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


def _claim(tx: Transaction, key: str) -> KeptAnswer:
    """The row that will keep the answer, stored before anything is done: on PostgreSQL the same request at the same
    moment waits at it until we are through, on SQLite writers take turns anyway.

    Raises _Again for a request that was carried out, Failed for another one under the same key, _Taken for one that
    another was quicker with.
    """
    asked, mine = _asked(), (KeptAnswer.token_id == g.token, KeptAnswer.key == key)
    # Locked: of two that find it too old to count, one takes it over and the other finds it new.
    claim = tx.session.scalar(select(KeptAnswer).where(*mine).with_for_update())
    if claim is not None and claim.at >= now() - ANSWERS_KEPT:
        raise _Again(claim) if claim.asked == asked else _reused()
    if claim is None:
        claim = KeptAnswer(token_id=g.token, key=key)
        tx.session.add(claim)
    claim.asked, claim.at, claim.status, claim.body = asked, now(), 0, b""
    try:
        tx.session.flush()
    except IntegrityError as error:
        if _RULE not in str(error.orig):
            raise
        raise _Taken from error
    return claim


def _reused() -> Failed:
    return Failed(422, "key_reused", "Esa clave ya se usó para otra cosa.", "That key was used for something else.")


def _check_match(session: Session, of: Callable[[Session], BaseModel] | None) -> None:
    """Raises Failed unless the thing is as whoever asks has read it, where they say how that was."""
    if of is None or not request.if_match:
        return
    if not request.if_match.contains(tag_of(of(session).model_dump_json().encode())):
        raise Failed(412, "changed_meanwhile", "Alguien lo cambió antes; no se hizo nada.",
                     "It was changed meanwhile; nothing was done.")  # fmt: skip
