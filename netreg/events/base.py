"""The catalogue of audit events: what can happen, and the sentence a person reads about it.

An event is a fact in the past tense. `name` is stable; `says` and `says_en` may use the event's own fields and
`{actor}`. `subject` is what the event is about, so that one folio or device tells its whole story.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, TypeVar, dataclass_transform


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base: every event carries what was before, what is after and the reason, where they apply."""

    name: ClassVar[str]
    says: ClassVar[str]
    says_en: ClassVar[str]
    about: ClassVar[str]
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def subject(self) -> str:
        """What the event is about, for example `request ADJ-P03-2026-00012`."""
        return self.about.format(**self.facts)

    @property
    def facts(self) -> dict[str, Any]:
        """The event's own fields, as they were then."""
        return {k: v for k, v in asdict(self).items() if k not in ("before", "after", "reason")}


CATALOGUE: dict[str, type[Event]] = {}
_E = TypeVar("_E", bound=Event)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def event(name: str, subject: str, says: str, says_en: str) -> Callable[[type[_E]], type[_E]]:
    """Enter the class below in the catalogue under `name`; `subject` is a template over its fields."""

    def enter(cls: type[_E]) -> type[_E]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.name, made.says, made.says_en, made.about = name, says, says_en, subject
        CATALOGUE[name] = made
        return made

    return enter
