"""An author asks what a definition says, and what is wrong with a new one."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner, Result

from netreg.cli.main import main
from netreg.procedures import catalogue
from tests.cli.conftest import Office

TEXT = files("netreg.procedures.catalogue").joinpath("ADJ-P03.toml").read_text(encoding="utf-8")


def test_procedures_are_listed_and_shown_as_run_and_as_printed(office: Office) -> None:
    listed = office.ask("procedure", "list")
    assert [row["code"] for row in listed if row["enabled"]] == ["ADJ-P01", "ADJ-P02", "ADJ-P03"] and len(listed) == 15
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


OURS = catalogue.procedure("GCH-CCS-P09").source_text


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--config", str(folder / "config.toml")])


def test_all_fifteen_are_listed_with_those_that_people_may_ask_for(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[procedures]\nenabled = ["chalco"]\n', encoding="utf-8")
    rows = json.loads(run(tmp_path, "procedure", "list", "--json").stdout)
    assert len(rows) == 15
    assert [row["code"] for row in rows if not row["enabled"]] == ["ADJ-P01", "ADJ-P02"]


def test_an_own_definition_is_listed_and_shown(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "SMA-P01.toml").write_text(OURS.replace("GCH-CCS-P09", "SMA-P01"), encoding="utf-8")
    (tmp_path / "config.toml").write_text('[procedures]\nfolder = "own"\n', encoding="utf-8")
    assert "SMA-P01" in run(tmp_path, "procedure", "list").stdout
    assert "SMA-P01 — " in run(tmp_path, "procedure", "show", "SMA-P01").stdout


def test_a_unit_of_ours_is_shown_beside_the_manual_s(tmp_path: Path) -> None:
    units = '[procedures.units.roles]\nit = { es = "Dirección de Sistemas", en = "Systems" }\n'
    (tmp_path / "config.toml").write_text(units, encoding="utf-8")
    rows = json.loads(run(tmp_path, "procedure", "show", "ADJ-P03", "--json").stdout)
    assert (rows[3]["role"], rows[3]["who"], rows[3]["printed_who"]) == (
        "it", "Dirección de Sistemas", "Área de Informática",
    )  # fmt: skip
    assert rows[2]["printed_who"] == ""
    (tmp_path / "config.toml").write_text(units.replace("it =", "ti ="), encoding="utf-8")
    refused = run(tmp_path, "procedure", "list")
    assert refused.exit_code != 0 and "netreg.P006" in refused.output
