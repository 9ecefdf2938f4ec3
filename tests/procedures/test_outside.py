"""What somebody outside asks for, on both databases: any definition may have it, and each form is filed once."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from netreg.errors import InvalidValue, TooMany
from netreg.procedures.catalogue import Catalogue, procedure
from netreg.procedures.models import StoredFile
from netreg.procedures.outside import confirming, forms, keeping, links
from netreg.procedures.outside.keeping import ACTOR, HandedIn, Submission
from netreg.procedures.outside.links import FormLinkDead
from netreg.procedures.outside.models import Pending
from netreg.procedures.procedure import Attachment, FormField, Procedure, parse
from netreg.registry.models import Ticket
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.procedures import walking

CODE, LISTED = "GCH-CCS-P03", "GCH-CCS-P11"
KEY = secrets.token_hex(32)


@pytest.fixture(autouse=True)
def office(store: Store, tmp_path: Path) -> None:
    """An office that answers the press, and where somebody outside asks for something with a list of files too."""
    wanted = procedure(LISTED).source_text
    role = f'id = "{procedure(LISTED).applicant_role}"'
    open_one = parse(wanted.replace(role, f"{role}\nexternal = true", 1), LISTED)
    catalogue = Catalogue({CODE: procedure(CODE), LISTED: open_one}, (CODE, LISTED))
    public = store.office.public.model_copy(update={"area": "OBRAS"})
    store.office = replace(store.office, catalogue=catalogue, mail=True, public=public, files=tmp_path / "files")


def submission(store: Store, code: str = CODE, **other: Any) -> Submission:
    """A whole form, with its files; those of a list stand in its first row."""
    one = store.office.catalogue.procedure(code)
    raw = walking.filled(one.asks_at(1), files={kind.id: 0 for kind in one.files_at(1)})
    files = [
        HandedIn(kind.id, f"{kind.id}.{kind.formats[0]}", walking.content(kind), place(one, kind.id))
        for kind in one.files_at(1)
    ]
    whole = Submission(one, raw, "a@b.example", "es", secrets.token_urlsafe(18), files, accepted=True)
    return replace(whole, **other)


def place(one: Procedure, kind: str) -> tuple[str, int, str] | None:
    for field in one.asks_at(1):
        for column in field.columns if isinstance(field, FormField) else ():
            if column.validation.get("attachment") == kind:
                return field.id, 0, column.id
    return None


def ticket_files(store: Store, code: str) -> Sequence[Attachment]:
    return store.office.catalogue.procedure(code).files_at(1)


def keep(store: Store, sent: Submission) -> Pending:
    with store.transaction(ACTOR) as tx:
        return keeping.keep(tx, sent)


def confirm(store: Store, token: str) -> int:
    with store.transaction(ACTOR) as tx:
        return confirming.confirm(tx, links.pending_of(tx.session, KEY, token, lock=True)).id


def tickets_of(store: Store) -> list[Ticket]:
    with store.reading() as session:
        query = select(Ticket).where(Ticket.procedure.in_((CODE, LISTED))).options(selectinload(Ticket.area))
        found = list(session.scalars(query))
        session.expunge_all()
        return found


@pytest.mark.parametrize("code", [CODE, LISTED])
def test_any_procedure_that_somebody_outside_asks_for_has_a_form(store: Store, code: str) -> None:
    with store.reading() as session:
        assert [one.code for one in forms.offered(session, store.office)] == [CODE, LISTED]
    number = confirm(store, links.sign(KEY, links.CONFIRM, keep(store, submission(store, code))))
    (ticket,) = tickets_of(store)
    assert ticket.id == number and ticket.sent is not None and ticket.area.code == "OBRAS"
    with store.reading() as session:
        kinds = {one.id: one.kind for one in session.scalars(select(StoredFile).where(StoredFile.ticket_id == number))}
    assert len(kinds) == len(ticket_files(store, code))
    for row in ticket.form.get("goods", ()):
        assert kinds[row["photo"]] == "photos", "the row points at its own file"


def test_of_two_confirmations_at_once_one_files_and_the_other_finds_it_filed(store: Store) -> None:
    token = links.sign(KEY, links.CONFIRM, keep(store, submission(store)))
    gate = threading.Barrier(2)

    def press() -> str:
        gate.wait(20)
        try:
            return str(confirm(store, token))
        except FormLinkDead as dead:
            return dead.reference

    with ThreadPoolExecutor(2) as pool:
        answers = [future.result(60) for future in [pool.submit(press) for _time in range(2)]]
    (ticket,) = tickets_of(store)
    assert sorted(answers) == sorted([str(ticket.id), str(ticket.folio)])


def test_of_many_at_once_no_more_wait_than_may(store: Store) -> None:
    store.office = replace(store.office, public=store.office.public.model_copy(update={"per_mail_per_day": 2}))
    gate = threading.Barrier(4)

    def send() -> bool:
        gate.wait(20)
        try:
            return bool(keep(store, submission(store)).id)
        except TooMany as refusal:
            assert refusal.until > now()
            return False

    with ThreadPoolExecutor(4) as pool:
        answers = [future.result(60) for future in [pool.submit(send) for _time in range(4)]]
    assert sum(answers) == 2
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Pending)) == 2


def test_a_number_is_never_given_twice(store: Store) -> None:
    first = keep(store, submission(store))
    confirm(store, links.sign(KEY, links.CONFIRM, first))
    assert keep(store, submission(store)).id > first.id


def test_nothing_is_kept_that_the_form_does_not_ask_for(store: Store) -> None:
    sent = submission(store)
    kept = keep(store, replace(sent, raw={**sent.raw, "came": "2020-01-01T00:00", "folio": "X", "channel": "email"}))
    assert set(kept.said) == {*sent.raw, "channel"} and kept.said["channel"] == "oficio"


@pytest.mark.parametrize("once", ["", "x", "é" * 20, "a" * 65, "../../../../etc/passwd"])
def test_a_mark_that_no_form_of_ours_has_is_refused(store: Store, once: str) -> None:
    with pytest.raises(InvalidValue):
        keep(store, submission(store, once=once))


def test_a_form_whose_files_are_gone_is_not_filed_without_them(store: Store) -> None:
    kept = keep(store, submission(store))
    keeping.drop_files(store.office, [kept.mark])
    with pytest.raises(FormLinkDead):
        confirm(store, links.sign(KEY, links.CONFIRM, kept))
    assert list(tickets_of(store)) == []


def test_the_link_of_one_purpose_opens_nothing_of_the_other(store: Store) -> None:
    kept = keep(store, submission(store))
    with store.reading() as session, pytest.raises(FormLinkDead):
        links.contact_of(session, KEY, links.sign(KEY, links.CONFIRM, kept))
    with store.reading() as session, pytest.raises(FormLinkDead):
        links.pending_of(session, secrets.token_hex(32), links.sign(KEY, links.CONFIRM, kept))
