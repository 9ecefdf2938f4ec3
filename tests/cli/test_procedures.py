"""An author asks what a definition says, and what is wrong with a new one."""

from __future__ import annotations

from importlib.resources import files
from xml.etree import ElementTree

from tests.cli.conftest import Office

TEXT = files("netreg.procedures.catalogue").joinpath("ADJ-P03.toml").read_text(encoding="utf-8")


def test_procedures_are_listed_and_shown_as_run_and_as_printed(office: Office) -> None:
    assert [row["code"] for row in office.ask("procedure", "list")] == ["ADJ-P03"]
    rows = office.ask("procedure", "show", "ADJ-P03")
    assert rows[7]["next"] == "yes → 10, no → 9" and rows[4]["printed"] == "→ 6"
    assert office.refused("procedure", "show", "ADJ-P99") == ("procedure_unknown", "")


def test_the_steps_are_drawn_into_a_file(office: Office) -> None:
    office.ask("procedure", "show", "ADJ-P03", "--svg", str(office.folder / "flow.svg"))
    assert ElementTree.parse(office.folder / "flow.svg").getroot().tag.endswith("svg")


def test_an_author_is_told_everything_that_is_wrong(office: Office) -> None:
    good = office.file("GOOD.toml", TEXT)
    assert office.ask("procedure", "check", good) == {"code": "ADJ-P03", "findings": []}
    bad = office.file("BAD.toml", TEXT.replace('does = "receive"', 'does = "sing"').replace("to = 3,", "to = 33,"))
    found = office.ask("procedure", "check", bad, exit_code=1)["findings"]
    assert any("sing" in one for one in found) and any("33" in one for one in found)
    spoken = office.run("procedure", "check", bad)
    assert spoken.exit_code == 1 and "sing" in spoken.stdout and "netreg.P003" in spoken.stderr
    assert office.refused("procedure", "check", office.file("X.toml", "code ="))[0] == "netreg.P001"
