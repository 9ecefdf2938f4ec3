"""A procedure as a picture: one lane for each role, one box for each step, what is done, current and next lit.

The picture carries no more than the ordered list beside it says in words. Colours come from the page's style sheet by
class; without one it is still readable in black and white: done steps bear a tick, the current one a double frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from netreg.procedures.procedure import Procedure, Step

LANE, ROW, HEAD, BOX_WIDTH, BOX_HEIGHT, MARGIN = 176, 92, 44, 160, 66, 28
LINES, LETTERS, TURN = 3, 25, 9
ANSWERS = {"es": {"yes": "Sí", "no": "No"}, "en": {"yes": "Yes", "no": "No"}}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a ticket stands: the steps it has left behind, the one it is at (0: closed), and those it may go to."""

    done: frozenset[int] = frozenset()
    current: int = 0
    next: frozenset[int] = frozenset()

    @classmethod
    def at(cls, procedure: Procedure, visited: Collection[int], current: int) -> Progress:
        """The progress of a ticket that has been at `visited` and stands at `current`."""
        following = frozenset(procedure.ways(current)) if current else frozenset()
        return cls(frozenset(visited) - {current}, current, following - frozenset(visited))

    def mark(self, number: int) -> str:
        """`done`, `current`, `next` or `later`: the class of a step in the picture and in the list."""
        if number == self.current:
            return "current"
        if number in self.done:
            return "done"
        return "next" if number in self.next else "later"


def svg(procedure: Procedure, progress: Progress | None = None, language: str = "es") -> str:
    """The picture as one SVG element; every text from the definition is escaped."""
    progress = progress or Progress()
    lanes = {step.role: None for step in procedure.steps}
    x = {role: MARGIN + number * LANE for number, role in enumerate(lanes)}
    width, height = 2 * MARGIN + len(lanes) * LANE, HEAD + len(procedure.steps) * ROW
    title = escape(procedure.title.short(language))
    parts = [
        f'<svg class="flow" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="flow-title" xmlns="http://www.w3.org/2000/svg"><title id="flow-title">{title}</title>',
        '<defs><marker id="flow-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>',
        *_heads(procedure, x, height, language),
        *(line for step in procedure.steps for line in _arrows(procedure, step, x, language)),
        *(box for step in procedure.steps for box in _box(step, x[step.role], progress, language)),
        "</svg>",
    ]
    return "".join(parts)


def _heads(procedure: Procedure, x: dict[str, int], height: int, language: str) -> Iterator[str]:
    for role, left in x.items():
        name = _lines(procedure.role(role).text(language), 2)
        yield f'<path class="flow-lane" d="M{left + LANE - 8} 8V{height - 8}"/>' if role != list(x)[-1] else ""
        yield from _text(name, left + BOX_WIDTH // 2, 18, "flow-role")


def _box(step: Step, left: int, progress: Progress, language: str) -> Iterator[str]:
    mark, top = progress.mark(step.n), _top(step.n)
    shape = f'x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}"'
    yield f'<g class="flow-step is-{mark}"><rect class="flow-box" {shape} rx="{33 if step.kind == "end" else 8}"/>'
    if mark == "current":
        inner = f'x="{left + 3}" y="{top + 3}" width="{BOX_WIDTH - 6}" height="{BOX_HEIGHT - 6}"'
        yield f'<rect class="flow-frame" {inner} rx="{30 if step.kind == "end" else 6}"/>'
    tick = " ✓" if mark == "done" else ""
    yield f'<text class="flow-number" x="{left + 10}" y="{top + 16}">{step.n}{tick}</text>'
    said = step.question if step.question is not None else step
    lines = _lines(said.text(language), LINES)
    yield from _text(lines, left + BOX_WIDTH // 2, top + 31 + (LINES - len(lines)) * 6, "flow-text")
    yield "</g>"


def _arrows(procedure: Procedure, step: Step, x: dict[str, int], language: str) -> Iterator[str]:
    for way in step.transitions:
        beside = way.to != step.n + 1
        path = _around(step.n, way.to, x[step.role], x[procedure.step(way.to).role]) if beside else ""
        path = path or _down(step.n, x[step.role], x[procedure.step(way.to).role])
        repaired = " is-repaired" if way.src != "manual" else ""
        yield f'<path class="flow-arrow{repaired}" d="{path}" marker-end="url(#flow-tip)"/>'
        if step.kind == "decision":
            right, low = x[step.role] + BOX_WIDTH, _top(step.n) + BOX_HEIGHT
            at = (right + 14, low - BOX_HEIGHT // 2 - 6) if beside else (right - BOX_WIDTH // 2 + 14, low + 11)
            yield from _text([ANSWERS[language].get(way.on, way.on)], *at, "flow-answer")


def _down(number: int, start: int, end: int) -> str:
    """From a box to the one below it."""
    bottom, top, half = _top(number) + BOX_HEIGHT, _top(number + 1), BOX_WIDTH // 2
    return f"M{start + half} {bottom}V{(bottom + top) // 2}H{end + half}V{top - 2}"


def _around(number: int, target: int, start: int, end: int) -> str:
    """A way back, or past other boxes: out at the right side, and in at the right side."""
    edge = max(start, end) + BOX_WIDTH + TURN
    out, into = _top(number) + BOX_HEIGHT // 2, _top(target) + BOX_HEIGHT // 2
    return f"M{start + BOX_WIDTH} {out}H{edge}V{into}H{end + BOX_WIDTH + 2}"


def _top(number: int) -> int:
    return HEAD + (number - 1) * ROW


def _lines(text: str, most: int) -> list[str]:
    lines = wrap(text, LETTERS)
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1].rstrip('.,;')}…"]


def _text(lines: list[str], x: int, y: int, style: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f'<text class="{style}" x="{x}" y="{y + number * 14}" text-anchor="middle">{escape(line)}</text>'
