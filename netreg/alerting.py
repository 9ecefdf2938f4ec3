"""When people are told of alerts, and in which words. No I/O.

What is sure enough goes out at once, in one message with all that is; the rest waits for the digest of the next working
day. Nothing goes out in the quiet hours. A message names no whole address: a mailbox or a chat is not ours to guard.
Names of devices and places come from outside: each is one line of ours, and is no markup of anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from netreg.detection import advice
from netreg.mac import masked_in
from netreg.notices import LANGUAGES, Words
from netreg.policy.calendar import Calendar

ALERT, ALERT_MAIL = "alert", "alert_mail"
# What a delivery of kind ALERT is about: NOW, or a digest with its day.
NOW, DIGEST = "now", "digest:"

# A message is read on a phone; the rest is counted, and stands on the page.
MOST_TOLD = 10
MOST_LISTED = 40
_MOST_LETTERS = 300
# Signs that begin markup, a link or a mention in mail programs and chats.
_MARKUP = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "*": "·", "_": " ", "`": "'", "~": "-", "@": "(a)",
                         "#": "", "|": "/", "\\": "/"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Times:
    """When messages may go out, at the office: the digest's hour, and from when to when nothing does (None: always)."""

    zone: ZoneInfo
    digest_hour: int = 8
    quiet: tuple[time, time] | None = None

    def allowed(self, at: datetime) -> datetime:
        """The first instant from `at` on at which a message may go out."""
        if self.quiet is None:
            return at
        start, end = self.quiet
        local = at.astimezone(self.zone)
        clock = local.time()
        if start <= end:
            quiet, over = start <= clock < end, local.date()
        else:
            quiet = clock >= start or clock < end
            over = local.date() + timedelta(days=clock >= start)
        return datetime.combine(over, end, self.zone).astimezone(at.tzinfo) if quiet else at

    def digest_at(self, day: date) -> datetime:
        """When the digest of a day is put together."""
        return datetime.combine(day, time(self.digest_hour), self.zone)

    def digest_due(self, at: datetime, calendar: Calendar) -> date | None:
        """The day whose digest is due: today, on a working day from the hour on."""
        today = at.astimezone(self.zone).date()
        return today if calendar.is_working(today) and at >= self.digest_at(today) else None


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says of one alert. `since` is said in the office's time."""

    number: int
    kind: str
    place: str
    since: str
    explanation: tuple[str, str]
    mac: str = ""
    vendor: str = ""
    random: bool = False


# The explanation of these names whoever uses the device.
_NAMES_PEOPLE = frozenset({"private"})
_ON_THE_PAGE = ("La página dice de quién se trata.", "The page says whom it is about.")

_SUBJECT = ("Red: {name} en {place}", "Network: {name} at {place}")
_SUBJECTS = ("Red: {count} alertas", "Network: {count} alerts")
_DIGEST = ("Red: resumen de alertas del {day} ({count})", "Network: digest of alerts of {day} ({count})")
_ONE = (
    "{name} {mac}\nDónde: {place}\nDesde: {since}\nFabricante: {vendor}\n{explanation}\nQué sigue: {next}\n{address}",
    "{name} {mac}\nWhere: {place}\nSince: {since}\nVendor: {vendor}\n{explanation}\nWhat is next: {next}\n{address}",
)
_LINE = ("- {name} {mac}, {place}, desde {since}: {address}", "- {name} {mac}, {place}, since {since}: {address}")
_RANDOM = (
    "- {count} con dirección inventada por el propio equipo, en {place}. Probablemente teléfonos con la dirección "
    "privada activada: {address}",
    "- {count} with an address made up by the device itself, at {place}. Probably phones with their private address "
    "on: {address}",
)
_MORE = ("- y {count} más: {address}", "- and {count} more: {address}")
_YOURS = ("Alerta a su cargo: ", "Alert for you: ")
_NOBODY = ("sin fabricante conocido", "no known vendor")


def at_once(alerts: Sequence[Told], language: str, address: str) -> Words:
    """One message about alerts that are sure; the oldest first."""
    n = LANGUAGES.index(language)
    first = alerts[0]
    subject = _SUBJECT if len(alerts) == 1 else _SUBJECTS
    said = {"name": _name(first, language), "place": plain(first.place), "count": len(alerts)}
    parts = [_whole(one, language, address) for one in alerts[:MOST_TOLD]]
    return Words(subject[n].format_map(said), "\n\n".join([*parts, *_rest(len(alerts) - MOST_TOLD, n, address)]) + "\n")


def digest(alerts: Sequence[Told], day: date, language: str, address: str) -> Words:
    """The message of a day about the rest: a line each, and one for all made-up addresses."""
    n = LANGUAGES.index(language)
    random = [one for one in alerts if one.random]
    named = [one for one in alerts if not one.random]
    lines = [_line(one, language, address) for one in named[:MOST_LISTED]]
    lines += _rest(len(named) - MOST_LISTED, n, address)
    if random:
        places = plain(", ".join(sorted({one.place for one in random})))
        lines.append(_RANDOM[n].format(count=len(random), place=places, address=f"{address}/alerts?kind=random"))
    return Words(_DIGEST[n].format(day=day.isoformat(), count=len(alerts)), "\n".join(lines) + "\n")


def assigned(alert: Told, language: str, address: str) -> Words:
    """The mail to whoever an alert was given to."""
    n = LANGUAGES.index(language)
    return Words(_YOURS[n] + _name(alert, language), _whole(alert, language, address) + "\n")


def plain(text: str) -> str:
    """A text from outside as one line that is nobody's markup, with every whole address cut short."""
    line = " ".join("".join(char if char.isprintable() else " " for char in masked_in(text)).split())
    calm = line.translate(_MARKUP).replace("://", ":/ /")
    return calm if len(calm) <= _MOST_LETTERS else calm[: _MOST_LETTERS - 1] + "…"


def _name(one: Told, language: str) -> str:
    return advice.of(one.kind).called(language)


def _whole(one: Told, language: str, address: str) -> str:
    n = LANGUAGES.index(language)
    return _ONE[n].format_map(
        _said(one, language, address)
        | {
            "vendor": plain(one.vendor) or _NOBODY[n],
            "explanation": _why(one, n),
            "next": advice.next_step(one.kind, language, random=one.random),
        }
    )


def _why(one: Told, n: int) -> str:
    return _ON_THE_PAGE[n] if one.kind in _NAMES_PEOPLE else plain(one.explanation[n] or one.explanation[0])


def _line(one: Told, language: str, address: str) -> str:
    return _LINE[LANGUAGES.index(language)].format_map(_said(one, language, address))


def _said(one: Told, language: str, address: str) -> dict[str, str]:
    return {
        "name": _name(one, language),
        "mac": masked_in(one.mac),
        "place": plain(one.place) or "—",
        "since": one.since,
        "address": f"{address}/alerts/{one.number}",
    }


def _rest(more: int, n: int, address: str) -> Iterable[str]:
    return [_MORE[n].format(count=more, address=f"{address}/alerts")] if more > 0 else []
