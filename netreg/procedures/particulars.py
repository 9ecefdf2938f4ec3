"""The particulars of a definition: what it is called, whose it is, its terms and clocks, its forms and its quirks."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


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

    def unit(self, language: str = "es") -> str:
        """The unit in charge."""
        return self.unit_en if language == "en" else self.unit_es

    def executing(self, language: str = "es") -> str:
        """The unit that attends to the requests."""
        return self.executing_en if language == "en" else self.executing_es


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


class FormatField(Said):
    """One thing on a printed form: `from` is what of the request stands there; what is signed by hand stays empty.

    A `column` is told of every row of its list. On a letter it may be a `picture`, and what is concluded is the `main`
    thing.
    """

    id: Identifier
    column: bool = False
    sign: bool = False
    picture: bool = False
    main: bool = False
    source: str = Field(default="", alias="from")


class AnnexFormat(Said):
    """A printed form. Where its `document` is a letter it is how that letter is set out, row by row of its list."""

    id: str = ""
    reproduced: bool
    layout_es: str = ""
    lines: tuple[int, int] | None = None
    fields: tuple[FormatField, ...] = ()
    note: str = ""
    # The document whose number it bears, how many alike stand on a page, and what a row of its list is called.
    document: str = ""
    each_es: str = ""
    each_en: str = ""
    copies: int = Field(default=1, ge=1, le=2)


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
    manual_es: Words
    resolution_es: Words

    def said(self, language: str = "es") -> str:
        """What the manual says or leaves out."""
        return self.manual if language == "en" else self.manual_es

    def ours(self, language: str = "es") -> str:
        """What is done there."""
        return self.resolution if language == "en" else self.resolution_es


class Precondition(Said):
    line: int
