"""The town hall's own words for its answers, in place of ours: a TOML file with paragraphs for each sense.

    closing = "Sin otro particular, reciba un saludo."
    [approval]
    paragraphs = ["Por su oficio {oficio_solicitud} …", "{equipos_aprobados}"]

What it leaves out stays as delivered. It is checked when the service starts, so that no letter is found wanting on the
day it has to be signed: each placeholder is one of the answer letter's, and each list a sense must state is there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from netreg.errors import ConfigError
from netreg.letters import texts, values
from netreg.letters.kinds import kind_of

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_STATES = {
    "approval": ("equipos_aprobados",),
    "quota": ("equipos_rechazados",),
    "partial": ("equipos_aprobados", "equipos_rechazados"),
    "other": ("equipos_rechazados", "motivo"),
    "removal": ("equipos_aprobados",),
    "update": ("equipos_aprobados",),
    "answered": (),
}
# What an answer never holds: in every sense, and in one of them. A text that asks for it could never be signed.
_WORDLESS = (values.PARAGRAPHS, values.FLAG, values.PICTURE, values.ADDRESS)
_NEVER = {"copias", "iniciales", "firma", "por_ausencia"}
_ABSENT = {
    "approval": {"equipos_rechazados", "motivo"},
    "quota": {"equipos_aprobados"},
    "partial": set[str](),
    "other": {"equipos_aprobados"},
    "removal": {"equipos_rechazados", "motivo"},
    "update": {"equipos_rechazados", "motivo"},
    "answered": {"equipos_aprobados", "equipos_rechazados", "motivo", "cupo_usado", "cupo_max"},
    "closing": {"equipos_aprobados", "equipos_rechazados", "motivo"},
}


@dataclass(frozen=True)
class Wording:
    """Paragraphs by sense (those of `values.SENSES`), and the line every answer ends with."""

    bodies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closing: str = texts.CLOSING

    def body(self, facts: Mapping[str, object]) -> list[str]:
        """The paragraphs of an answer in the sense `facts["sentido"]`; KeyError for a sense that does not exist."""
        return texts.default_body(facts, self.bodies.get(str(facts["sentido"])), self.closing)


def parse(text: str, origin: str) -> Wording:
    """The wording of a TOML text; raises ConfigError naming the paragraph and what is wrong with it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _finding(origin, f"is not TOML: {error}", "mend the line named") from error
    wrong = next(_wrong(document), "")
    if wrong:
        raise _finding(origin, wrong, "correct it in letterhead.texts_file, or take the entry out")
    bodies = {sense: tuple(document[sense]["paragraphs"]) for sense in _STATES if sense in document}
    return Wording(bodies, document.get("closing", texts.CLOSING))


def _wrong(document: Mapping[str, object]) -> Iterator[str]:
    """What cannot be used, a sentence each."""
    yield from (f"there is no entry {key}; there are closing, {', '.join(_STATES)}"
                for key in sorted(document.keys() - {"closing", *_STATES}))  # fmt: skip
    if "closing" in document:
        yield from _wrong_text("closing", "closing", document["closing"])
    for sense in _STATES:
        if sense in document:
            yield from _wrong_sense(sense, document[sense])


def _wrong_sense(sense: str, entry: object) -> Iterator[str]:
    paragraphs = entry.get("paragraphs") if isinstance(entry, Mapping) and entry.keys() == {"paragraphs"} else None
    if not isinstance(paragraphs, Sequence) or isinstance(paragraphs, str) or not paragraphs:
        yield f"{sense} holds `paragraphs`, a list of texts, and nothing else"
        return
    for number, text in enumerate(paragraphs, 1):
        yield from _wrong_text(sense, f"{sense}, paragraph {number}", text)
    whole = " ".join(str(text) for text in paragraphs)
    yield from (f"{sense} does not state {{{key}}}" for key in _STATES[sense] if f"{{{key}}}" not in whole)


def _wrong_text(sense: str, where: str, text: object) -> Iterator[str]:
    if not isinstance(text, str) or not 0 < len(text.strip()) <= values.LONGEST:
        yield f"{where} is no text of 1 to {values.LONGEST} characters"
        return
    fields = {one.key for one in kind_of("response").fields if one.shape not in _WORDLESS}
    known = fields - _NEVER - _ABSENT[sense]
    unknown = [found[0] for found in _BRACES.finditer(text) if found[1] not in known]
    if unknown:
        yield f"{where} uses {unknown[0]}, which is no placeholder there; there are {', '.join(sorted(known))}"


def _finding(origin: str, what: str, hint: str) -> ConfigError:
    return ConfigError("netreg.C014", f"{origin}: {what}", hint)
