"""What units are called here stands in the place of the manual's words, whose own stay on the printed side."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from netreg import config
from netreg.errors import ConfigError
from netreg.office import Office, catalogue_of
from netreg.procedures import catalogue, diagram, reporting, sheets, tickets
from netreg.procedures.catalogue import Catalogue
from netreg.procedures.counting import Month
from netreg.procedures.particulars import Said
from netreg.procedures.units import Units, printed
from netreg.procedures.workload import Scope
from netreg.registry import queries
from netreg.store.base import now
from netreg.store.transaction import Store
from tests.letters.reading import says
from tests.procedures.test_tickets import turned_over

SYSTEMS, WEB, HELP = (
    Said(es="Dirección de Sistemas", en="Systems department"), Said(es="Unidad Web", en="Web unit"),
    Said(es="Mesa de Ayuda", en="Help desk"),
)  # fmt: skip
DOCS = Path(__file__).parents[2] / "docs" / "procedures.md"


def named(**units: dict[str, Said]) -> Catalogue:
    return Catalogue.of(["almoloya", "chalco"], None, Units(**units))


def parse(text: str) -> Catalogue:
    return catalogue_of(config.parse(text, Path("/srv")))


def test_a_role_is_called_as_here_in_every_procedure_and_as_printed_on_the_printed_side() -> None:
    known = named(roles={"it": SYSTEMS}).known
    for code in ("ADJ-P02", "ADJ-P03"):
        assert known[code].role("it").en == "Systems department"
        assert printed(known[code]).role("it").en == "IT area"
    assert known["ADJ-P01"].role("legal").es == "Área de Normatividad", "what has no name of its own keeps the manual's"


def test_the_narrower_name_counts() -> None:
    known = named(roles={"coordinator": SYSTEMS, "chalco.coordinator": WEB, "GCH-CCS-P06.coordinator": HELP}).known
    found = {code: known[code].role("coordinator").es for code in ("ADJ-P01", "GCH-CCS-P01", "GCH-CCS-P06")}
    assert found == {"ADJ-P01": SYSTEMS.es, "GCH-CCS-P01": WEB.es, "GCH-CCS-P06": HELP.es}


def test_the_units_in_charge_are_named_by_manual_or_by_procedure() -> None:
    known = named(owner={"almoloya": SYSTEMS}, executing={"ADJ-P02": HELP}).known
    assert known["ADJ-P01"].owner.unit("en") == SYSTEMS.en and known["ADJ-P02"].owner.executing() == HELP.es
    assert known["ADJ-P01"].owner.executing() == "Área de Desarrollo de Nuevas Tecnologías"
    assert known["GCH-CCS-P01"].owner.unit() == "Coordinación de Comunicación Social"


def test_a_name_changes_nothing_of_a_definition_but_its_words() -> None:
    ours, one = catalogue.procedure("ADJ-P02"), named(roles={"it": SYSTEMS}).known["ADJ-P02"]
    assert (one.sha256, one.source_text, one.steps) == (ours.sha256, ours.source_text, ours.steps)
    assert "Dirección de" in diagram.svg(one) and printed(ours) is ours


@pytest.mark.parametrize(
    "units",
    [
        {"roles": {"ti": SYSTEMS}}, {"roles": {"chalco.it": SYSTEMS}}, {"roles": {"ADJ-P01.it": SYSTEMS}},
        {"roles": {"ADJ-P99.it": SYSTEMS}}, {"owner": {"it": SYSTEMS}}, {"executing": {"ADJ-P99": SYSTEMS}},
    ],
)  # fmt: skip
def test_a_name_for_what_there_is_not_is_found_at_the_start(units: dict[str, dict[str, Said]]) -> None:
    ((part, names),) = units.items()
    with pytest.raises(ConfigError) as found:
        named(**units)
    assert found.value.id == "netreg.P006" and f"procedures.units.{part}" in str(found.value)
    assert next(iter(names)) in str(found.value)


def test_every_wrong_key_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as found:
        named(roles={"ti": SYSTEMS, "it": SYSTEMS}, owner={"toluca": SYSTEMS})
    assert "ti" in str(found.value) and "toluca" in str(found.value)


@pytest.mark.parametrize("said", ["", "   ", "x" * 121, "Dirección\\nde Sistemas", "Direcci\\u202eón"])
@pytest.mark.parametrize("language", ["es", "en"])
def test_an_empty_an_endless_and_an_invisible_name_are_found_by_key(said: str, language: str) -> None:
    names = {"es": "Sistemas", "en": "Systems"} | {language: said}
    words = ", ".join(f'{key} = "{value}"' for key, value in names.items())
    with pytest.raises(ConfigError) as found:
        parse(f"[procedures.units.roles]\nit = {{ {words} }}")
    assert f"procedures.units.roles.it.{language}" in str(found.value)


def test_a_name_wants_both_languages() -> None:
    with pytest.raises(ConfigError, match=r"procedures\.units\.roles\.it\.en"):
        parse('[procedures.units.roles]\nit = { es = "Sistemas" }')


def test_the_example_of_the_documentation_is_one() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    said = tomllib.loads(text)["procedures"]["units"]
    known = parse(text).known
    assert known["ADJ-P01"].role("newtech").es == said["roles"]["ADJ-P01.newtech"]["es"]
    assert known["GCH-CCS-P09"].role("coordinator").en == said["roles"]["chalco.coordinator"]["en"]


def test_a_request_its_turn_slip_and_the_report_say_todays_name_whenever_it_was_opened(
    sqlite_store: Store, tmp_path: Path
) -> None:
    sqlite_store.office = Office(files=tmp_path / "files")
    folio = turned_over(sqlite_store)
    sqlite_store.office = replace(
        sqlite_store.office, catalogue=named(roles={"it": SYSTEMS}, executing={"ADJ-P03": HELP})
    )
    office, at = sqlite_store.office, now()
    with sqlite_store.reading() as session:
        ticket = queries.ticket(session, folio)
        procedure = tickets.definition(session, ticket)
        assert procedure.role(procedure.step(ticket.step).role).es == SYSTEMS.es
        assert says(sheets.turn_slip(session, ticket, procedure, office, at), HELP.es)
        month = Month.of(at, office.zone)
        assert SYSTEMS in reporting.overview(session, Scope(), month, office, at).workload.by_unit
