"""Whether a definition holds together: every target exists, every step is reached and can end, every name is known.

Two graphs are looked at. The one that runs must be sound. The one the manual prints may be broken, but then a quirk
has to name the step: nobody repairs a municipal norm in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from netreg.errors import ConfigError
from netreg.procedures.particulars import AnnexFormat
from netreg.procedures.procedure import ELSE, Column, Procedure, Step

# What the body of a letter is called among the things a step asks for.
BODY = "letter_text"
# What a printed form knows of a request besides what was filled in.
OWN = frozenset({"number", "folio", "area", "received", "waited"})
# What a step is left with, for what is asked on one of its answers only.
ANSWER = "answer"


def sound(procedure: Procedure, effects: Iterable[str], known: Iterable[str] = ()) -> Procedure:
    """The procedure itself; raises ConfigError with every finding when there is one.

    `effects` are the names the code can do, `known` the codes of the other procedures for hand-offs.
    """
    found = list(findings(procedure, frozenset(effects), frozenset(known)))
    if found:
        raise ConfigError("netreg.P003", f"{procedure.code}: " + "; ".join(found), "correct each of these in the file")
    return procedure


def findings(procedure: Procedure, effects: frozenset[str], known: frozenset[str] = frozenset()) -> Iterator[str]:
    """What is wrong, a sentence each; nothing when the definition is sound."""
    numbers = [step.n for step in procedure.steps]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"steps are numbered {numbers}, not 1 to {len(numbers)}"
        return
    yield from _names(procedure)
    yield from _fields(procedure)
    yield from _rules(procedure)
    yield from _documents(procedure)
    for step in procedure.steps:
        yield from _step(procedure, step, effects)
    if procedure.reopens_at and procedure.reopens_at not in numbers:
        yield f"reopens_at names step {procedure.reopens_at}, which there is not"
    yield from _graph(procedure)
    yield from _extensions(procedure)
    yield from _clocks(procedure)
    yield from _repairs(procedure)
    yield from _handoffs(procedure, known)
    yield from _repeats(procedure)


def reachable(procedure: Procedure, start: int, *, printed: bool = False) -> set[int]:
    """The steps one can come to from `start`, itself included."""
    seen, todo = {start}, [start]
    while todo:
        new = set(procedure.ways(todo.pop(), printed=printed)) - seen
        seen |= new
        todo += new
    return seen


# --- names ----------------------------------------------------------------------------------------------------------


def _names(procedure: Procedure) -> Iterator[str]:
    for what, ids in (
        ("role", [one.id for one in procedure.roles]),
        ("document", [one.id for one in procedure.documents]),
        ("attachment", [one.id for one in procedure.attachments]),
        ("extension", [one.id for one in procedure.extensions]),
    ):
        yield from (f"two {what}s are called {id}" for id in _doubles(ids))
    rules = [rule.id for rule in procedure.rules]
    if rules != [f"{procedure.code}-R{n:02d}" for n in range(1, len(rules) + 1)]:
        yield f"rules are not numbered {procedure.code}-R01 onwards"
    quirks = [quirk.id for quirk in procedure.quirks]
    if quirks != [f"{procedure.code}-Q{n}" for n in range(1, len(quirks) + 1)]:
        yield f"quirks are not numbered {procedure.code}-Q1 onwards"
    if not any(metric.id == "attention_pct" for metric in procedure.metrics):
        yield "there is no attention metric (manual: attended / received)"


def _doubles(ids: list[str]) -> set[str]:
    return {id for id in ids if ids.count(id) > 1}


# --- fields ---------------------------------------------------------------------------------------------------------


def _fields(procedure: Procedure) -> Iterator[str]:
    yield from (f"two fields are called {id}" for id in _doubles([one.id for one in procedure.fields]))
    for field in procedure.fields:
        if field.filled_at not in procedure.by_number:
            yield f"field {field.id} is filled at step {field.filled_at}, which does not exist"
        if field.type == "list" and not field.columns:
            yield f"list {field.id} has no columns"
        yield from (f"{field.id} has two columns called {id}" for id in _doubles([one.id for one in field.columns]))
        for column in (field, *field.columns):
            yield from _column(column, [*procedure.fields, *field.columns])


def _column(column: Column, around: list[Column]) -> Iterator[str]:
    if column.type in ("choice", "multichoice") and not (column.choices or column.choices_from):
        yield f"{column.id} offers no choices"
    try:
        re.compile(column.validation.get("pattern", ""))
    except re.error as error:
        yield f"{column.id}: the pattern is none: {error}"
    for other, wanted in chain(column.required_if.items(), column.required_unless.items()):
        yield from _condition(column, other, wanted, around)


def _condition(column: Column, other: str, wanted: object, around: list[Column]) -> Iterator[str]:
    target = next((one for one in around if one.id == other), None)
    if other == ANSWER:
        return
    if target is None:
        yield f"{column.id} depends on {other}, which is no field"
    elif target.choices:
        offered = {choice.value for choice in target.choices}
        values = wanted if isinstance(wanted, list) else [wanted]
        yield from (f"{column.id} depends on {other} = {value}, no choice" for value in values if value not in offered)


# --- rules ----------------------------------------------------------------------------------------------------------


def _rules(procedure: Procedure) -> Iterator[str]:
    """What a rule is judged by has to be there."""
    fields = {one.id: {column.id for column in one.columns} for one in procedure.fields}
    files = {one.id for one in procedure.attachments}
    for rule in procedure.rules:
        yield from (f"{rule.id}: {name} is no field" for name in (*rule.fields, *rule.in_letter) if name not in fields)
        yield from (f"{rule.id}: {name} is no attachment" for name in rule.files if name not in files)
        yield from (f"{rule.id}: {name} is no field" for name in (*rule.listed, *rule.when) if name not in fields)
        for name in rule.must:
            field, _dot, column = name.partition(".")
            if field not in fields or (column and column not in fields[field]):
                yield f"{rule.id}: {name} is no field"
    for one in procedure.attachments:
        yield from (f"{one.id}: {name} is no field" for name in one.or_fields if name not in fields)
        yield from (f"attachment {one.id}: {pattern}" for pattern in one.name_forbidden if not _is_pattern(pattern))
        if one.filled_at not in procedure.by_number:
            yield f"attachment {one.id} is handed in at step {one.filled_at}, which does not exist"


def _is_pattern(said: str) -> bool:
    try:
        re.compile(said)
    except re.error:
        return False
    return True


def _repeats(procedure: Procedure) -> Iterator[str]:
    """What repeats itself only passes the request on: nobody is there to do anything more."""
    for step in procedure.steps:
        for way in step.transitions:
            at = way.to
            for number in way.repeat:
                other = procedure.by_number.get(number)
                if other is None or number != at or not _passes_on(procedure, other):
                    yield f"step {step.n} repeats step {number}, which does not follow or does more than pass it on"
                    break
                at = other.transitions[0].to


def _passes_on(procedure: Procedure, step: Step) -> bool:
    made = [document for document in procedure.documents if document.id in step.produces]
    plain = not (step.does or step.by_itself or step.checks or procedure.files_at(step.n))
    return (
        plain
        and step.n > 1
        and [way.on for way in step.transitions] == [ELSE]
        and not any(one.letter or one.numbered or one.agenda for one in made)
        and step.n not in {one.at_step for one in procedure.handoffs}
    )


def _documents(procedure: Procedure) -> Iterator[str]:
    known = {one.id for one in procedure.documents}
    asked = {ask.id for step in procedure.steps for ask in procedure.asks_at(step.n)}
    for annex in procedure.annex_formats:
        if annex.document and annex.document not in known:
            yield f"form {annex.id} bears the number of {annex.document}, which is no document"
        named = {field.source.partition(".")[0] for field in annex.fields if field.source}
        yield from (f"form {annex.id}: {name} is nothing that is asked for" for name in sorted(named - asked - OWN))
        yield from _letter_form(procedure, annex)
    for one in procedure.documents:
        names = () if one.agenda is None else (one.agenda.at, one.agenda.title, one.agenda.place, one.agenda.who)
        yield from (f"the appointment {one.id}: {name} is nothing that is asked for" for name in {*names} - asked)
        if one.names and one.names not in known:
            yield f"document {one.id} speaks of {one.names}, which is no document"
        steps = [step for step in procedure.steps if one.id in step.produces]
        if one.letter and any(BODY not in {ask.id for ask in step.asks} for step in steps):
            yield f"document {one.id} is a letter: its step asks for {BODY}"
        if one.for_outside and not procedure.role(procedure.applicant_role).external:
            yield f"document {one.id} is for somebody outside, and nobody outside asks"


def _letter_form(procedure: Procedure, annex: AnnexFormat) -> Iterator[str]:
    """The columns of the form of a letter are columns of lists, and its pictures are files."""
    if not any(one.letter and one.id == annex.document for one in procedure.documents):
        return
    types = {f"{one.id}.{inside.id}": inside.type for one in procedure.fields for inside in one.columns}
    columns = [one for one in annex.fields if one.column]
    yield from (f"form {annex.id}: {one.source} is no column of a list" for one in columns if one.source not in types)
    for one in annex.fields:
        if one.picture and types.get(one.source) != "file":
            yield f"form {annex.id}: {one.id} is a picture, and {one.source or 'nothing'} is no file"
    if columns and all(one.picture for one in columns):
        yield f"form {annex.id} shows pictures and says nothing of them"


# --- steps ----------------------------------------------------------------------------------------------------------


def _step(procedure: Procedure, step: Step, effects: frozenset[str]) -> Iterator[str]:
    here = f"step {step.n}"
    roles = {role.id for role in procedure.roles}
    for role in (step.role, step.role_as_printed, step.recorded_by):
        if role is not None and role not in roles:
            yield f"{here}: {role} is no role"
    yield from (f"{here}: {id} is no rule" for id in set(step.checks) - {rule.id for rule in procedure.rules})
    known = {document.id for document in procedure.documents}
    yield from (f"{here}: {id} is no document" for id in set(step.produces) - known)
    yield from (f"{here}: two things asked for are called {id}" for id in _doubles([one.id for one in step.asks]))
    for ask in step.asks:
        yield from (f"{here}: {wrong}" for wrong in _column(ask, [*step.asks, *procedure.fields]))
    if step.does is not None and step.does not in effects:
        yield f"{here}: nothing in the program is called {step.does}; known: {', '.join(sorted(effects))}"
    yield from _way_out(procedure, step, here)


def _way_out(procedure: Procedure, step: Step, here: str) -> Iterator[str]:
    answers = [way.on for way in step.transitions]
    yield from (f"{here}: two ways out on {answer}" for answer in _doubles(answers))
    targets = [*procedure.ways(step.n), *procedure.ways(step.n, printed=True)]
    yield from (
        f"{here} leads to step {to}, which does not exist" for to in sorted({*targets} - {*procedure.by_number})
    )
    if (step.kind == "start") != (step.n == 1):
        yield f"{here}: step 1 and no other is the start"
    if step.kind == "end":
        if step.transitions or not step.outcome:
            yield f"{here}: an end has an outcome and no way out"
    elif not step.transitions:
        yield f"{here} is a dead end"
    if step.does is None and any(way.by_work for way in step.transitions):
        yield f"{here}: a way is taken by its work, and it does nothing"
    if step.kind == "decision" and (len(answers) < 2 or step.question is None):
        yield f"{here}: a decision has a question and two ways out"
    if step.kind != "decision" and len(answers) > 1 and {"yes", "no"} & set(answers):
        yield f"{here}: yes and no belong to a decision"


# --- the whole ------------------------------------------------------------------------------------------------------


def _graph(procedure: Procedure) -> Iterator[str]:
    numbers = set(procedure.by_number)
    if any(
        to not in numbers for n in numbers for printed in (False, True) for to in procedure.ways(n, printed=printed)
    ):
        return  # said already, and nothing more can be said
    ends = {step.n for step in procedure.steps if step.kind == "end"}
    yield from (f"step {n} is never reached" for n in sorted(numbers - reachable(procedure, 1)))
    yield from (f"step {n} can never end" for n in sorted(numbers) if not reachable(procedure, n) & ends)


def _extensions(procedure: Procedure) -> Iterator[str]:
    roles, rules = {role.id for role in procedure.roles}, {rule.id for rule in procedure.rules}
    for one in procedure.extensions:
        targets = [*one.from_, *([one.to] if isinstance(one.to, int) else [])]
        yield from (f"{one.id}: there is no step {n}" for n in targets if n not in procedure.by_number)
        yield from (f"{one.id}: {role} is no role" for role in one.by if role not in roles)
        if one.rule and one.rule not in rules:
            yield f"{one.id}: {one.rule} is no rule"


def _clocks(procedure: Procedure) -> Iterator[str]:
    sla = procedure.sla
    marks = [mark.step for mark in (sla.clock_start, sla.clock_stop, *sla.clock_stop_any) if mark]
    yield from (f"sla: there is no step {n}" for n in (*marks, *sla.pause_steps) if n not in procedure.by_number)
    if procedure.lead_time.applies and procedure.lead_time.anchor not in {field.id for field in procedure.fields}:
        yield f"lead_time: {procedure.lead_time.anchor} is no field"
    idle = {role.id for role in procedure.roles if role.kind == "internal" and not role.takes_no_step}
    idle -= {step.role for step in procedure.steps}
    yield from (f"role {id} takes no step and does not say so" for id in sorted(idle))


def _repairs(procedure: Procedure) -> Iterator[str]:
    declared = {quirk.step for quirk in procedure.quirks}
    yield from (f"a quirk names step {n}" for n in declared if n and n not in procedure.by_number)
    for step in procedure.steps:
        repaired = any(way.src in ("recommended", "product") for way in step.transitions)
        if (repaired or step.as_printed is not None or step.role_as_printed) and step.n not in declared:
            yield f"step {step.n} departs from the manual and no quirk says so"


def _handoffs(procedure: Procedure, known: frozenset[str]) -> Iterator[str]:
    for handoff in procedure.handoffs:
        if handoff.at_step not in procedure.by_number:
            yield f"handoff to {handoff.to_procedure}: there is no step {handoff.at_step}"
        if known and handoff.to_procedure not in known:
            yield f"there is no procedure {handoff.to_procedure} to hand off to"
