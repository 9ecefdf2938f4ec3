"""A request keeps the definition it was opened with, and every later version can read it and go on with it.

The folder `stored` has definitions as the first version stored them. Nobody changes them: a version that cannot read
them wants a step of `stored.UPGRADES`.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from netreg.errors import ConfigError
from netreg.office import Office
from netreg.procedures import stored, tickets
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.procedure import SCHEMA, Procedure, parse
from netreg.procedures.stored import UPGRADES, restore, upgraded
from netreg.registry.models import Definition, Ticket
from netreg.store.transaction import Store
from tests.procedures import walking

FOLDER = Path(__file__).parent / "stored"
STORED = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml"))}
# What the folder had when its definitions were stored: a change would make the promise empty.
HASHES = {
    "ADJ-P02": "6c4fd5161aa5346b1b68c3b1a546ab992a4887d178720f5267f4fe2ec7cfc8df",
    "ADJ-P03": "e3d2d44d7acc5526002e1f923a5630eb603bddc6a88da66a2d1cc27eafc26e01",
    "GCH-CCS-P06": "74f8384c03c284435089d61e761ea75f5535c20fa4e657cd0aa45e8ac63d54ec",
    "GCH-CCS-P11": "7da9d4c8ed7b53acaf092a339ecac453ebe6648f2cdca4f6b6b410266c1bbdd1",
}


@pytest.fixture(autouse=True)
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[None]:
    sqlite_store.office = Office(files=tmp_path / "files", catalogue=Catalogue(), small=True)
    yield


@pytest.mark.parametrize("code", STORED)
def test_nobody_changed_what_was_stored(code: str) -> None:
    assert hashlib.sha256(STORED[code].encode()).hexdigest() == HASHES[code]


@pytest.mark.parametrize("code", STORED)
def test_every_stored_definition_is_read_and_known_by_the_hash_of_its_text(code: str) -> None:
    one = restore(STORED[code], code)
    assert (one.code, one.schema_, one.source_text) == (code, SCHEMA, STORED[code])
    assert one.sha256 == hashlib.sha256(STORED[code].encode()).hexdigest()


@pytest.mark.parametrize("code", [code for code in STORED if code != "ADJ-P03"])
def test_a_request_that_was_opened_with_one_goes_on_to_its_end(sqlite_store: Store, code: str) -> None:
    procedure = restore(STORED[code], code)
    number = walking.opened(sqlite_store, procedure)
    with sqlite_store.reading() as session:
        ticket = session.get_one(Ticket, number)
        assert session.get_one(Definition, ticket.definition).text == STORED[code]
        assert tickets.definition(session, ticket).source_text == STORED[code]
    ends = {step.n for step in procedure.steps if step.kind == "end"}
    for _step, answer in [*walking._path(procedure, walking.step_of(sqlite_store, number), ends), (0, "else")]:
        walking.leave(sqlite_store, procedure, number, answer)
    assert walking.step_of(sqlite_store, number) == 0


# --- what may change ------------------------------------------------------------------------------------------------


def with_key(text: str, line: str) -> str:
    """The definition with a key that there is none of, at its top and in a step, a way and a field."""
    document = text.replace("order = ", f"{line}\norder = ", 1).replace("[[steps]]\n", f"[[steps]]\n{line}\n")
    changed = document.replace("[[fields]]\n", f"[[fields]]\n{line}\n").replace('{ on = "', f'{{ {line}, on = "')
    assert changed.count(line) > 20
    return changed


@pytest.mark.parametrize("code", STORED)
def test_a_key_that_went_out_of_use_is_passed_over_where_it_is_stored_and_refused_in_a_file(code: str) -> None:
    text = with_key(STORED[code], 'colour = "blue"')
    with pytest.raises(ConfigError) as refused:
        parse(text, code)
    assert refused.value.id == "netreg.P002"
    read, ours = restore(text, code), restore(STORED[code], code)
    assert (read.steps, read.fields) == (ours.steps, ours.fields) and read.source_text == text


def test_a_key_that_became_required_is_filled_in_by_the_step_between_two_schemas() -> None:
    def to_2(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"schema": "procedure/2", "audience": "everybody"}

    def to_3(document: dict[str, Any]) -> dict[str, Any]:
        return document | {"schema": "procedure/3", "audience": [document["audience"]]}

    steps, old = {"procedure/1": to_2, "procedure/2": to_3}, tomllib.loads(STORED["GCH-CCS-P06"])
    assert upgraded(old, "P06", steps, "procedure/3")["audience"] == ["everybody"]
    assert upgraded(old, "P06", steps, "procedure/2")["audience"] == "everybody"
    assert upgraded(old | {"schema": "procedure/3", "audience": []}, "P06", steps, "procedure/3")["audience"] == []


def test_a_chain_of_steps_leads_from_every_schema_there_was_to_today_s() -> None:
    number = int(SCHEMA.removeprefix("procedure/"))
    assert set(UPGRADES) == {f"procedure/{one}" for one in range(1, number)}
    assert Procedure.model_fields["schema_"].annotation.__args__ == (SCHEMA,)  # type: ignore[union-attr]


@pytest.mark.parametrize("line", ['schema = "procedure/99"', 'schema = "nonsense"', ""])
def test_what_a_later_version_stored_is_refused_with_what_to_do(line: str) -> None:
    text = STORED["ADJ-P03"].replace(f'schema = "{SCHEMA}"', line, 1)
    with pytest.raises(ConfigError) as refused:
        restore(text, "ADJ-P03")
    assert refused.value.id == "netreg.P007" and "later version" in refused.value.hint


def test_what_is_missing_and_has_no_step_is_named(sqlite_store: Store) -> None:
    text = STORED["GCH-CCS-P06"].replace("kind = ", "sort = ")
    with pytest.raises(ConfigError) as refused:
        stored.restore(text, "P06")
    assert refused.value.id == "netreg.P002" and "stored" in str(refused.value)


def test_a_request_s_stored_text_is_what_counts_and_not_the_file_of_today(sqlite_store: Store) -> None:
    procedure = restore(STORED["GCH-CCS-P06"], "GCH-CCS-P06")
    number = walking.opened(sqlite_store, procedure)
    text = with_key(STORED["GCH-CCS-P06"], 'colour = "green"')
    with sqlite_store.engine.begin() as connection:
        connection.execute(update(Definition).where(Definition.sha256 == procedure.sha256).values(text=text))
    with sqlite_store.reading() as session:
        assert tickets.definition(session, session.get_one(Ticket, number)).step(9).es == procedure.step(9).es
