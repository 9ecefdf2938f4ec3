"""A definition is read strictly, and one that does not hold together is refused in words before anything starts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import pytest
from pydantic import BaseModel

from netreg.errors import ConfigError, NotFound
from netreg.procedures.catalogue import EFFECTS, procedure, procedures
from netreg.procedures.procedure import Procedure, parse
from netreg.procedures.soundness import findings, sound

TEXT = files("netreg.procedures.catalogue").joinpath("ADJ-P03.toml").read_text(encoding="utf-8")
Mend = Callable[[dict[str, Any]], None]

PAIRED_OTHERWISE = {("Quirk", "manual_es"): "manual", ("Quirk", "resolution_es"): "resolution"}
# Names of laws and offices, and words quoted from a manual: nobody translates them.
SPANISH_ALONE = {
    ("LegalBasis", "es"), ("Intake", "addressee_es"), ("PrintedQuestion", "es"), ("Title", "variants_es"),
    ("Sla", "varies_with_es"), ("AnnexFormat", "layout_es"),
}  # fmt: skip
# Up to this length the same word may do in both languages: WiFi, Folio, Personal.
SAME_WORD = 25


def changed(change: Mend) -> Procedure:
    document = tomllib.loads(TEXT)
    change(document)
    return Procedure.model_validate(document)


def step(document: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = document["steps"][number - 1]
    return found


def parts(part: BaseModel, path: str) -> Iterator[tuple[str, BaseModel]]:
    """A model and every model within it, each with the way to it."""
    yield path, part
    for name, value in part:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        for number, one in enumerate(inner):
            if isinstance(one, BaseModel):
                yield from parts(one, f"{path}.{name}[{getattr(one, 'id', number)}]")


def pairs(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The fields of a model that say the same in Spanish and in English."""
    for name in model.model_fields:
        key = (model.__name__, name)
        if key in PAIRED_OTHERWISE:
            yield name, PAIRED_OTHERWISE[key]
        elif key not in SPANISH_ALONE and (name in ("es", "en") or name.endswith(("_es", "_en"))):
            yield f"{name[:-2]}es", f"{name[:-2]}en"


def untranslated(definition: Procedure) -> list[str]:
    """Where a text lacks its pair: there is none, or it is the same text again."""
    found = []
    for path, part in parts(definition, definition.code):
        for spanish, english in sorted(set(pairs(type(part)))):
            said, also = getattr(part, spanish, ""), getattr(part, english, "")
            if bool(said) != bool(also) or (said == also and len(said) > SAME_WORD):
                found.append(f"{path}.{spanish}")
    return found


def test_every_text_of_every_definition_is_in_both_languages() -> None:
    assert [where for one in procedures().values() for where in untranslated(one)] == []


TWICE = dict.fromkeys(("es", "en"), "words that nobody translated")
UNTRANSLATED: dict[str, tuple[Mend, str]] = {
    "a quirk in English only": (lambda d: d["quirks"][0].update(manual_es=d["quirks"][0]["manual"]),
                                "quirks[ADJ-P03-Q1].manual_es"),
    "what we do there": (lambda d: d["quirks"][3].update(resolution_es=d["quirks"][3]["resolution"]),
                         "quirks[ADJ-P03-Q4].resolution_es"),
    "a text of its own": (lambda d: d["objective"].update(TWICE), "objective[0].es"),
    "a choice": (lambda d: d["fields"][4]["choices"][0].update(TWICE), "fields[request_kind].choices[0].es"),
    "a column of a list": (lambda d: d["fields"][6]["columns"][0].update(TWICE), ".columns["),
    "a button": (lambda d: step(d, 1).update(button=TWICE), "steps[0].button[0].es"),
    "what a step asks": (lambda d: step(d, 2)["asks"][0].update(TWICE), "steps[1].asks["),
    "a document": (lambda d: d["documents"][0].update(TWICE), "documents[request_letter].es"),
    "an extension": (lambda d: d["extensions"][0].update(TWICE), "extensions[return_for_correction]"),
    "a half that is empty": (lambda d: d["applicant"].update(signatory_en=""), "applicant[0].signatory_es"),
}  # fmt: skip


@pytest.mark.parametrize("change, where", UNTRANSLATED.values(), ids=UNTRANSLATED.keys())
def test_a_text_without_its_pair_is_found(change: Mend, where: str) -> None:
    [found] = untranslated(changed(change))
    assert where in found


@pytest.mark.parametrize("key", ["manual_es", "resolution_es"])
def test_a_quirk_says_itself_in_spanish(key: str) -> None:
    with pytest.raises(ConfigError, match=f"quirks.0.{key}"):
        parse(re.sub(f"{key} = .*\n", "", TEXT, count=1), "ADJ-P03.toml")


def test_every_definition_that_comes_with_netreg_is_sound() -> None:
    assert [one.order for one in procedures().values()] == list(range(1, 16))
    for one in procedures().values():
        assert list(findings(one, EFFECTS, frozenset(procedures()))) == []


def test_the_facts_of_the_manual_are_in_the_definition() -> None:
    core = procedure("ADJ-P03")
    assert (core.quota and core.quota.max, core.sla.min_hours, core.sla.max_hours) == (3, 24, 72)
    assert [one.role for one in core.steps] == [
        "applicant", "secretarial", "coordinator", "it", "it", "it", "legal", "coordinator", "legal", "secretarial",
        "applicant",
    ]  # fmt: skip
    assert core.ways(8) == (10, 9) and core.ways(5) == (7,) and core.ways(5, printed=True) == (6,)
    assert len(core.rules) == 17 and len(core.quirks) == 11


def test_the_version_of_a_definition_is_that_of_its_text() -> None:
    assert parse(TEXT, "a").sha256 == parse(TEXT, "b").sha256 != parse(TEXT + "\n", "a").sha256


def test_a_procedure_nobody_knows_is_refused() -> None:
    with pytest.raises(NotFound):
        procedure("ADJ-P99")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not toml =", "is not TOML"),
        (TEXT.replace("\n[title]", '\ncolour = "red"\n[title]'), "colour: there is no such key"),
        (TEXT.replace("max_hours = 72", 'max_hours = "many"'), "sla.max_hours"),
        (TEXT.replace('status = "turnada"', 'status = "somewhere"'), "steps.2.status"),
        (TEXT.replace('kind = "decision"', 'kind = "guess"', 1), "steps.3.kind"),
        (TEXT.replace('schema = "procedure/1"', 'schema = "procedure/2"'), "schema"),
        (TEXT.replace('code = "ADJ-P03"', 'code = "../../etc"', 1), "code"),
    ],
)
def test_a_wrong_key_or_value_is_named(text: str, says: str) -> None:
    assert text != TEXT
    with pytest.raises(ConfigError, match=re.escape(says)) as refused:
        parse(text, "ADJ-P03.toml")
    assert refused.value.hint


BROKEN: dict[str, tuple[Mend, str]] = {
    "a target that is not there": (lambda d: step(d, 2)["transitions"][0].update(to=12), "leads to step 12"),
    "a step nobody comes to": (lambda d: step(d, 8).update(transitions=[
        {"on": "yes", "to": 10, "src": "manual"}, {"on": "no", "to": 8, "src": "manual"}]), "step 9 is never reached"),
    "a step that cannot end": (lambda d: step(d, 10).update(transitions=[{"on": "else", "to": 8, "src": "manual"}]),
                               "can never end"),
    "a dead end": (lambda d: step(d, 2).update(transitions=[]), "step 2 is a dead end"),
    "an end that goes on": (lambda d: step(d, 11).update(transitions=[{"on": "else", "to": 1, "src": "manual"}]),
                            "an end has an outcome and no way out"),
    "a decision without a question": (lambda d: step(d, 8).pop("question"), "a decision has a question"),
    "yes on a task": (lambda d: step(d, 2).update(transitions=[
        {"on": "yes", "to": 3, "src": "manual"}, {"on": "no", "to": 1, "src": "manual"}]), "belong to a decision"),
    "two ways on one answer": (lambda d: step(d, 8)["transitions"].append({"on": "yes", "to": 9, "src": "manual"}),
                               "two ways out on yes"),
    "a second start": (lambda d: step(d, 2).update(kind="start"), "step 1 and no other is the start"),
    "a role nobody has": (lambda d: step(d, 3).update(role="mayor"), "mayor is no role"),
    "a role that is idle": (lambda d: d["roles"][-1].pop("takes_no_step"), "newtech takes no step"),
    "an effect nobody wrote": (lambda d: step(d, 3).update(does="call_the_mayor"), "called call_the_mayor"),
    "a check that is no rule": (lambda d: step(d, 4).update(checks=["ADJ-P03-R99"]), "ADJ-P03-R99 is no rule"),
    "a document nobody declared": (lambda d: step(d, 3).update(produces=["poem"]), "poem is no document"),
    "a document for nobody": (lambda d: d["documents"][0].update(for_outside=True), "nobody outside asks"),
    "a gap in the numbers": (lambda d: step(d, 11).update(n=12), "not 1 to 11"),
    "rules out of order": (lambda d: d["rules"].reverse(), "rules are not numbered"),
    "two fields of one name": (lambda d: d["fields"].append(d["fields"][0]), "two fields are called area"),
    "a field filled nowhere": (lambda d: d["fields"][0].update(filled_at=40), "filled at step 40"),
    "a choice without choices": (lambda d: d["fields"][4].pop("choices"), "request_kind offers no choices"),
    "a condition on nothing": (lambda d: d["fields"][1].update(required_if={"moon": 1}), "moon, which is no field"),
    "a condition nobody can choose": (lambda d: d["fields"][1].update(required_if={"request_kind": "borrow"}),
                                      "request_kind = borrow"),
    "a pattern that is none": (lambda d: d["fields"][2].update(validation={"pattern": "("}), "the pattern is none"),
    "a list without columns": (lambda d: d["fields"][6].pop("columns"), "has no columns"),
    "an extension from nowhere": (lambda d: d["extensions"][0].update({"from": [14]}), "there is no step 14"),
    "an extension by nobody": (lambda d: d["extensions"][0].update(by=["mayor"]), "mayor is no role"),
    "a clock that starts nowhere": (lambda d: d["sla"]["clock_start"].update(step=15), "sla: there is no step 15"),
    "a lead time to nothing": (lambda d: d["lead_time"].update(applies=True, anchor="party"), "party is no field"),
    "a repair in silence": (lambda d: step(d, 3)["transitions"][0].update(src="recommended"),
                            "step 3 departs from the manual"),
    "no figure": (lambda d: d.update(metrics=[]), "no attention metric"),
    "a hand-off to nobody": (lambda d: d.update(handoffs=[{"to_procedure": "ADJ-P88", "at_step": 3}]), "ADJ-P88"),
}  # fmt: skip


@pytest.mark.parametrize("change, says", BROKEN.values(), ids=BROKEN.keys())
def test_what_does_not_hold_together_is_found(change: Mend, says: str) -> None:
    broken = changed(change)
    assert says in "; ".join(findings(broken, EFFECTS, frozenset({"ADJ-P03"})))
    with pytest.raises(ConfigError, match="ADJ-P03"):
        sound(broken, EFFECTS, {"ADJ-P03"})
