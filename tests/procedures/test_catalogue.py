"""Which procedures an installation has: those of its manual, and what its own folder adds or changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from netreg.errors import ConfigError, NotFound
from netreg.procedures import catalogue
from netreg.procedures.catalogue import CORE, Catalogue

OWN = "GCH-CCS-P09"


def test_access_to_the_network_is_always_there() -> None:
    assert Catalogue.of((), None).enabled == (CORE,)
    assert CORE in Catalogue.of(("chalco",), None).enabled


def test_a_manual_brings_its_procedures_and_a_code_one() -> None:
    assert Catalogue.of(("almoloya",), None).enabled == ("ADJ-P01", "ADJ-P02", CORE)
    assert len(Catalogue.of(("almoloya", "chalco"), None).enabled) == 15
    assert Catalogue.of(("GCH-CCS-P10",), None).enabled == (CORE, "GCH-CCS-P10")


def test_a_name_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="there is no toluca") as refused:
        Catalogue.of(("toluca",), None)
    assert "almoloya" in refused.value.hint and "GCH-CCS-P12" in refused.value.hint


def test_what_is_not_enabled_is_not_asked_for() -> None:
    with pytest.raises(NotFound):
        Catalogue.of(("almoloya",), None).procedure(OWN)


def test_an_own_definition_changes_ours_and_another_one_is_added_without_any_code(tmp_path: Path) -> None:
    ours = catalogue.procedure(OWN).source_text
    (tmp_path / f"{OWN}.toml").write_text(ours.replace('short_es = "Correo institucional"', 'short_es = "Correo"'))
    (tmp_path / "SMA-P01.toml").write_text(ours.replace(OWN, "SMA-P01").replace('"Chalco"', '"San Mateo Atenco"'))
    found = Catalogue.of((OWN, "san"), tmp_path)
    assert found.procedure(OWN).title.short() == "Correo" and found.procedure("SMA-P01").manual == "san"
    assert catalogue.procedure(OWN).title.short() == "Correo institucional", "ours stays as it is"


def test_what_is_no_longer_asked_for_is_known_all_the_same() -> None:
    found = Catalogue.of(("almoloya",), None)
    assert found.known_as(OWN).code == OWN
    with pytest.raises(NotFound):
        found.known_as("SMA-P01")


def test_an_own_definition_that_is_not_sound_keeps_the_service_from_starting(tmp_path: Path) -> None:
    broken = catalogue.procedure(OWN).source_text.replace("to = 7, src", "to = 77, src")
    (tmp_path / f"{OWN}.toml").write_text(broken)
    with pytest.raises(ConfigError, match="step 77, which does not exist"):
        Catalogue.of((), tmp_path)
    with pytest.raises(ConfigError, match="cannot read the procedures"):
        Catalogue.of((), tmp_path / "nowhere")
