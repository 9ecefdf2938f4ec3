"""A procedure of the office as data: what its TOML may say, typed, and the questions the engine asks it.

One definition feeds the form, its checks, the buttons, the permissions, the clocks, the letters, the figures, the
printed table and the diagram. Nothing in it is executable: effects and rules are names that the code must know.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from netreg.errors import ConfigError
from netreg.procedures.particulars import (
    AnnexFormat,
    Applicant,
    Identifier,
    Intake,
    LeadTime,
    LegalBasis,
    Metric,
    Origin,
    Owner,
    Part,
    Precondition,
    Quirk,
    Quota,
    Record,
    Role,
    Said,
    Sla,
    Title,
    Words,
)

SCHEMA = "procedure/1"
Language = Literal["es", "en"]
Source = Literal["manual", "implied", "recommended", "product"]
FieldType = Literal[
    "text", "textarea", "date", "datetime", "integer", "decimal", "money", "bool", "choice", "multichoice", "list",
    "file", "person", "area", "email", "mac", "hostname", "device_ref",
]  # fmt: skip
Status = Literal[
    "en_captura", "recibida", "turnada", "en_revision", "prevenida", "en_atencion", "en_espera", "en_aprobacion",
    "respuesta_en_elaboracion", "respuesta_en_revision", "por_entregar", "concluida", "rechazada",
]  # fmt: skip
ELSE = "else"


class Choice(Said):
    value: Words


class Column(Said):
    """One thing to fill in, on the form or in a list of it. `personal` says otherwise than its type whether it is
    about a person: then it goes at the end of its term, and not into the audit log."""

    id: Identifier
    type: FieldType
    required: bool
    required_if: dict[str, Any] = Field(default_factory=dict)
    required_unless: dict[str, Any] = Field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    choices_from: str = ""
    validation: dict[str, Any] = Field(default_factory=dict)
    personal: bool | None = None

    @property
    def is_personal(self) -> bool:
        return self.type in ("person", "email") if self.personal is None else self.personal


class FormField(Column):
    source: Literal["manual", "derived", "product"]
    columns: tuple[Column, ...] = ()
    filled_at: int = 1


class Attachment(Said):
    id: Identifier
    required: bool
    formats: tuple[str, ...]
    min: int = 0
    # The most there may be; 0: as many as a request holds.
    max: int = 0
    source: Literal["manual", "derived", "product"]
    name_rule_es: str = ""
    name_rule_en: str = ""
    name_forbidden: tuple[str, ...] = ()
    filled_at: int = 1
    or_fields: tuple[str, ...] = ()
    # Whether it is deleted at the end of the term; letters and signed papers are kept.
    forget: bool = False


class Rule(Said):
    """A policy of the manual as something that can be tested; `line` is where the manual says it.

    What the program can judge by itself: every one of `fields` and `files` is there, `must` are the values that fields
    have to have (`goods.present` is that column of every row), `listed` the fields that have to be on a list of the
    office, `in_letter` those whose value the answer has to give. It counts where the fields are as `when` says. A rule
    with none of these is judged by whoever leaves the step that checks it.
    """

    id: Words
    kind: Words
    severity: Literal["block", "warn", "info", "route"]
    test: Words
    line: int = Field(ge=1)
    fields: tuple[str, ...] = ()
    files: tuple[Identifier, ...] = ()
    must: dict[str, Any] = Field(default_factory=dict)
    listed: dict[Identifier, str] = Field(default_factory=dict)
    when: dict[str, Any] = Field(default_factory=dict)
    in_letter: tuple[Identifier, ...] = ()


class Transition(Part):
    """A way out of a step: on which answer, to which step, and how sure we are that the manual says so.

    `by_work` is a way that the step's own work takes, and no button. `repeat` are the steps from `to` on that are then
    left by themselves as they were left the last time, so that a request comes back to the unit that had it.
    """

    on: Words
    to: int
    src: Source
    by_work: bool = False
    repeat: tuple[int, ...] = ()
    button: Said | None = None


class PrintedWay(Part):
    on: Words
    to: int


class PrintedQuestion(Part):
    es: Words


class Step(Said):
    """One row of the manual's table.

    `does` names what the code does when the step is left, `asks` what it wants to know for that; `by_itself` says that
    nobody presses a button there: the step is left when its work is done. `recorded_by` may act in the role's stead.
    """

    n: int
    role: str
    kind: Literal["start", "task", "decision", "end"]
    status: Status
    line: int = Field(ge=1)
    does: Identifier | None = None
    by_itself: bool = False
    button: Said | None = None
    asks: tuple[Column, ...] = ()
    question: Said | None = None
    question_as_printed: PrintedQuestion | None = None
    role_as_printed: str | None = None
    recorded_by: str | None = None
    external: bool = False
    checks: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    atomic_with: int | None = None
    outcome: str = ""
    note: str = ""
    transitions: tuple[Transition, ...]
    as_printed: tuple[PrintedWay, ...] | None = None

    @property
    def actors(self) -> tuple[str, ...]:
        """The roles that may leave this step."""
        return (self.role, self.recorded_by) if self.recorded_by else (self.role,)

    def way(self, answer: str) -> Transition | None:
        """The way out on this answer, or None."""
        return next((one for one in self.transitions if one.on == answer), None)


class Extension(Said):
    """A way the manual's table lacks: withdraw, return, reject, reroute."""

    id: Identifier
    by: tuple[str, ...]
    from_: tuple[int, ...] = Field(alias="from")
    to: int | Literal["end:withdrawn", "end:rejected", "end:unanswered", "end:completed"]
    source: Literal["policy", "product"]
    rule: str = ""
    button: Said | None = None


class Agenda(Part):
    """An appointment: what says when it begins, what it is, where, and who goes."""

    at: Identifier
    title: Identifier
    place: Identifier
    who: Identifier


class Document(Said):
    """Something a step makes or takes in; each time it does is a version of it.

    `letter` is an official letter of the office, with a number, signed by whoever leaves the step. `numbered` is the
    prefix of a yearly sequence of its own. With `agenda` it is an appointment of the office. `names` is the document
    whose version this one speaks of: an approval says what it approves. `for_outside` is for somebody outside who
    asked: they read on their own page what it says, and its file.
    """

    id: Identifier
    direction: Literal["in", "out", "internal", "external"]
    signer: str = ""
    placeholders: tuple[str, ...] = ()
    letter: bool = False
    numbered: Annotated[str, Field(pattern=r"^([A-Z]{2,6})?$")] = ""
    names: str = ""
    agenda: Agenda | None = None
    for_outside: bool = False


class Handoff(Part):
    """A request that is opened when this one leaves a step, where its fields are (or hold) what `when` says."""

    to_procedure: Words
    at_step: int
    when: dict[str, Any] = Field(default_factory=dict)
    rule: str = ""


class Procedure(Part):
    """A whole definition. `sha256` is its version: an instance keeps the one it was opened with."""

    schema_: Literal["procedure/1"] = Field(alias="schema")
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]*-P[0-9]{2}$")]
    manual_code: Words
    order: int
    core: bool = False
    title: Title
    source: Origin
    owner: Owner
    objective: Said
    applicant: Applicant
    legal_basis: tuple[LegalBasis, ...]
    roles: tuple[Role, ...]
    intake: Intake
    sla: Sla
    lead_time: LeadTime
    quota: Quota | None = None
    inputs: tuple[Said, ...]
    outputs: tuple[Said, ...]
    fields: tuple[FormField, ...]
    attachments: tuple[Attachment, ...]
    rules: tuple[Rule, ...]
    steps: tuple[Step, ...] = Field(min_length=2)
    extensions: tuple[Extension, ...]
    documents: tuple[Document, ...]
    annex_formats: tuple[AnnexFormat, ...]
    metrics: tuple[Metric, ...]
    records: tuple[Record, ...]
    quirks: tuple[Quirk, ...]
    handoffs: tuple[Handoff, ...] = ()
    preconditions: dict[str, Precondition] = Field(default_factory=dict)
    # Where a request goes on that is opened again after its end; 0: at the step it ended at.
    reopens_at: int = 0
    # How long after its end a request keeps what it holds on people; 0: as long as the settings say.
    retention_months: int = Field(default=0, ge=0, le=240)
    sha256: str = ""
    # The file as it was read: a request keeps the definition it was opened with.
    source_text: str = Field(default="", repr=False)
    # The same as the file has it, where the installation calls its units otherwise (`units`).
    manual_words: Procedure | None = Field(default=None, repr=False, exclude=True)

    @property
    def manual(self) -> str:
        """Whose manual it is of, in one word: almoloya, chalco."""
        return self.source.municipality.split()[0].casefold()

    @cached_property
    def by_number(self) -> dict[int, Step]:
        return {step.n: step for step in self.steps}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What kind each of its roles is; whoever is outside of the town hall is external."""
        return {role.id: "external" if role.external else role.kind for role in self.roles}

    def step(self, number: int) -> Step:
        """The step with this number; KeyError if there is none, which the checks exclude."""
        return self.by_number[number]

    def role(self, id: str) -> Role:
        return next(role for role in self.roles if role.id == id)

    @property
    def applicant_role(self) -> str:
        """Who asks: the role of the first step."""
        return self.step(1).role

    @property
    def stamps(self) -> bool:
        """Whether a desk receives what was sent; otherwise sending it is its reception."""
        return any(step.does == "receive" for step in self.steps)

    def rule(self, id: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == id)

    def document(self, id: str) -> Document:
        return next(document for document in self.documents if document.id == id)

    def asks_at(self, number: int) -> tuple[Column, ...]:
        """What is filled in when a step is left; of the first one, the form that opens a request.

        The area is that of the request and not asked for.
        """
        mine = tuple(field for field in self.fields if field.filled_at == number and field.type != "area")
        return (*self.step(number).asks, *mine)

    def files_at(self, number: int) -> tuple[Attachment, ...]:
        """The files that are handed in at a step."""
        return tuple(one for one in self.attachments if one.filled_at == number)

    def returns_at(self, number: int) -> bool:
        """Whether the applicant corrects here and sends anew, with nothing else to do."""
        step = self.step(number)
        return number != 1 and step.role == self.applicant_role and [way.to for way in step.transitions] == [1]

    def extension(self, id: str) -> Extension | None:
        return next((one for one in self.extensions if one.id == id), None)

    def ways(self, number: int, *, printed: bool = False) -> tuple[int, ...]:
        """Where one can go from a step: as run, or as the manual prints it (which may lead nowhere)."""
        step = self.step(number)
        if not printed:
            return tuple(way.to for way in step.transitions)
        if step.as_printed is not None:
            return tuple(way.to for way in step.as_printed)
        return tuple(way.to for way in step.transitions if way.src not in ("recommended", "product"))


def parse(text: str, origin: str) -> Procedure:
    """The definition of a TOML text; raises ConfigError naming the key, the reason and the mend.

    Only the shape is judged here. Whether it holds together is the business of `soundness.findings`.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("netreg.P001", f"{origin} is not TOML: {error}", "mend the line named") from error
    try:
        return Procedure.model_validate(
            {**document, "sha256": hashlib.sha256(text.encode()).hexdigest(), "source_text": text, "manual_words": None}
        )
    except ValidationError as error:
        raise first_finding(error, origin) from error


def first_finding(error: ValidationError, origin: str) -> ConfigError:
    """What is wrong with a document that is no definition: the first key, the reason and the mend."""
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    unknown = first["type"] == "extra_forbidden"
    says = "there is no such key" if unknown else first["msg"]
    return ConfigError("netreg.P002", f"{origin}: {key}: {says}", f"correct {key}; the other definitions show how")
