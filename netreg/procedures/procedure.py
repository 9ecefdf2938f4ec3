"""A procedure of the office as data: what its TOML may say, typed, and the questions the engine asks it.

One definition feeds the form, its checks, the buttons, the permissions, the clocks, the letters, the figures, the
printed table and the diagram. Nothing in it is executable: effects and rules are names that the code must know.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import time
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from netreg.errors import ConfigError

SCHEMA = "procedure/1"
Language = Literal["es", "en"]
Words = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
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


class Part(BaseModel):
    """Anything in a definition: read once, never changed, and nothing in it that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Said(Part):
    """A text in both languages."""

    es: Words
    en: Words

    def text(self, language: str = "es") -> str:
        return self.en if language == "en" else self.es


class Title(Said):
    short_es: Words
    short_en: Words
    variants_es: tuple[str, ...] = ()

    def short(self, language: str = "es") -> str:
        return self.short_en if language == "en" else self.short_es


class Origin(Part):
    """Where in which manual the procedure stands."""

    municipality: Words
    document: Words
    edition: Words
    file: Words
    lines: tuple[int, int]
    also_lines: tuple[int, int] | None = None


class Owner(Part):
    unit_es: Words
    unit_en: Words
    executing_es: Words
    executing_en: Words


class Applicant(Said):
    kinds: tuple[str, ...]
    signatory_es: str = ""
    signatory_en: str = ""
    liaison_required: bool = False


class LegalBasis(Part):
    es: Words
    articles: tuple[str, ...]


class Role(Said):
    id: Identifier
    kind: Literal["applicant", "internal", "other_unit", "external"]
    takes_no_step: bool = False
    external: bool = False


class Acuse(Part):
    required: bool
    recommended: bool = False
    seal: bool = False
    date: bool = False
    time: bool = False
    by: str = ""
    step: int = 0


class PriorContact(Part):
    required: bool
    line: int


class Intake(Part):
    """How a request comes in: channels, the hours in which it is received, and the receipt stamp."""

    channels: tuple[str, ...]
    addressee_es: str = ""
    place_es: str = ""
    place_en: str = ""
    window: Literal["stated", "none_stated"]
    days: tuple[str, ...] = ()
    start: time | None = None
    end: time | None = None
    late_rule: str = ""
    acuse: Acuse | None = None
    prior_contact: PriorContact | None = None
    line: int = 0


class Mark(Part):
    step: int
    event: str


class SecondClock(Part):
    name: str
    start_step: int
    stop_step: int


class Sla(Part):
    """The attention time: soft, in hours of the counting named."""

    applies: bool
    min_hours: int = 0
    max_hours: int = 0
    soft: bool = True
    varies_with_es: str = ""
    clock_start: Mark | None = None
    clock_stop: Mark | None = None
    clock_stop_any: tuple[Mark, ...] = ()
    second_clock: SecondClock | None = None
    pause_steps: tuple[int, ...] = ()
    counting: Literal["working_day_hours", "natural", "business_hours"] = "working_day_hours"
    set_per_ticket: bool = False
    external: bool = False
    line: int = 0


class LeadTime(Part):
    """How long before the day it is needed a request must be received."""

    applies: bool
    value: int = 0
    unit: Literal["hours", "business_days"] = "hours"
    counting: Literal["natural", "business"] = "natural"
    anchor: str = ""
    comparison: Literal[">="] = ">="
    measured_from: str = ""
    on_violation: Literal["return"] = "return"
    count_rule: str = ""
    line: int = 0


class OnFull(Part):
    step: int
    reason: str


class Quota(Part):
    max: int
    counts: tuple[str, ...]
    per: Literal["area"]
    network: str
    consuming_states: tuple[str, ...]
    inheriting_states: tuple[str, ...]
    as_printed_counts: tuple[str, ...] = ()
    on_full: OnFull
    line: int


class Choice(Said):
    value: Words


class Column(Said):
    """One thing to fill in, on the form or in a list of it."""

    id: Identifier
    type: FieldType
    required: bool
    required_if: dict[str, Any] = {}
    required_unless: dict[str, Any] = {}
    choices: tuple[Choice, ...] = ()
    choices_from: str = ""
    validation: dict[str, Any] = {}


class FormField(Column):
    source: Literal["manual", "derived", "product"]
    columns: tuple[Column, ...] = ()
    filled_at: int = 1


class Attachment(Said):
    id: Identifier
    required: bool
    formats: tuple[str, ...]
    min: int = 0
    max: int = 1
    source: Literal["manual", "derived", "product"]
    name_rule_es: str = ""
    name_rule_en: str = ""
    name_forbidden: tuple[str, ...] = ()
    filled_at: int = 1
    or_fields: tuple[str, ...] = ()


class Rule(Said):
    """A policy of the manual as something that can be tested; `line` is where the manual says it."""

    id: Words
    kind: Words
    severity: Literal["block", "warn", "info", "route"]
    test: Words
    line: int = Field(ge=1)


class Transition(Part):
    """A way out of a step: on which answer, to which step, and how sure we are that the manual says so.

    `by_work` is a way that the step's own work takes, and no button.
    """

    on: Words
    to: int
    src: Source
    by_work: bool = False
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


class Document(Said):
    id: Identifier
    direction: Literal["in", "out", "internal", "external"]
    signer: str = ""
    placeholders: tuple[str, ...] = ()


class FormatField(Said):
    id: Identifier
    column: bool = False


class AnnexFormat(Said):
    id: str = ""
    reproduced: bool
    layout_es: str = ""
    lines: tuple[int, int] | None = None
    fields: tuple[FormatField, ...] = ()
    note: str = ""


class Metric(Said):
    id: Identifier
    formula: Words
    period: Literal["month"]
    source: Literal["manual", "recommended"]
    line: int = 0


class Record(Said):
    keeper: str


class Quirk(Part):
    """Where the manual contradicts itself or is silent, and what we do there."""

    id: Words
    step: int
    manual: Words
    resolution: Words


class Handoff(Part):
    to_procedure: Words
    at_step: int
    when: str = ""
    rule: str = ""


class Precondition(Said):
    line: int


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
    preconditions: dict[str, Precondition] = {}
    sha256: str = ""

    @cached_property
    def by_number(self) -> dict[int, Step]:
        return {step.n: step for step in self.steps}

    def step(self, number: int) -> Step:
        """The step with this number; KeyError if there is none, which the checks exclude."""
        return self.by_number[number]

    def role(self, id: str) -> Role:
        return next(role for role in self.roles if role.id == id)

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
        return Procedure.model_validate({**document, "sha256": hashlib.sha256(text.encode()).hexdigest()})
    except ValidationError as error:
        raise _finding(error, origin) from error


def _finding(error: ValidationError, origin: str) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    unknown = first["type"] == "extra_forbidden"
    says = "there is no such key" if unknown else first["msg"]
    return ConfigError("netreg.P002", f"{origin}: {key}: {says}", f"correct {key}; the other definitions show how")
