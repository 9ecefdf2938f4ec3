"""The rules of a procedure judged against a request: which of them do not hold, and what is missing for it.

Only what the program can know is judged here; the rest is for the person who leaves the step, who sees the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from netreg.policy.calendar import Calendar
from netreg.procedures import filling, lead_times
from netreg.procedures.filling import Gap
from netreg.procedures.particulars import Said
from netreg.procedures.procedure import Procedure, Rule, Step

NOT_IN_TIME = Said(es="llegó después del plazo", en="it came after the term")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a request has to show: its values, the kinds of files handed in, when it was received, the answer's text."""

    values: Mapping[str, Any]
    files: Collection[str]
    received: datetime | None
    lists: Mapping[str, Collection[str]] = field(default_factory=dict)
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that does not hold, and why."""

    rule: Rule
    why: tuple[Said, ...]

    def text(self, language: str) -> str:
        """The rule, and what is wrong in brackets."""
        why = ", ".join(one.text(language) for one in self.why)
        return f"{self.rule.text(language)} ({why})"


def broken(procedure: Procedure, step: Step, shown: Evidence, calendar: Calendar) -> list[Broken]:
    """The rules that bar the way on from a step, in the definition's order."""
    rules = [rule for rule in procedure.rules if rule.id in step.checks and rule.severity == "block"]
    rules = [rule for rule in rules if filling.is_so(rule.when, shown.values)]
    found = [Broken(rule, tuple(_why(procedure, rule, shown, calendar))) for rule in rules]
    return [one for one in found if one.why]


def _why(procedure: Procedure, rule: Rule, shown: Evidence, calendar: Calendar) -> Iterator[Said]:
    came = shown.received if rule.kind == "lead_time" else None
    if came is not None and lead_times.came_in_time(procedure, shown.values, came, calendar) is False:
        yield NOT_IN_TIME
    yield from (gap.said for gap in missing(procedure, rule.fields, shown))
    yield from (one for one in procedure.attachments if one.id in rule.files and one.id not in shown.files)
    yield from _otherwise(procedure, rule, shown.values)
    for name, known in rule.listed.items():
        if shown.values.get(name) not in shown.lists.get(known, ()):
            yield _field(procedure, name)
    yield from (
        _field(procedure, name)
        for name in rule.in_letter
        if not shown.values.get(name) or str(shown.values[name]) not in shown.letter
    )


def missing(procedure: Procedure, names: Collection[str], shown: Evidence) -> list[Gap]:
    """What of these fields has to be filled in and is not, in the form or in a file that says the same."""
    told = {name for one in procedure.attachments if one.id in shown.files for name in one.or_fields}
    fields = [one for one in procedure.fields if one.id in names and one.id not in told and one.type != "area"]
    return filling.gaps(fields, shown.values)


def _otherwise(procedure: Procedure, rule: Rule, values: Mapping[str, Any]) -> Iterator[Said]:
    """The fields that do not have the value the rule wants; of a list, if any row has not."""
    for name, wanted in rule.must.items():
        field, _dot, column = name.partition(".")
        rows = values.get(field) or [{}] if column else [values]
        if any(row.get(column or field) != wanted for row in rows):
            yield _field(procedure, name)


def _field(procedure: Procedure, name: str) -> Said:
    field, _dot, column = name.partition(".")
    found = next(one for one in procedure.fields if one.id == field)
    return next((one for one in found.columns if one.id == column), found)
