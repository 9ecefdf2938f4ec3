"""Tables of a point read as what it heard: news and no proof. A row that says nothing usable is passed over.

All of it comes from strangers in the end: addresses, ports and names are kept only in the form they must have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address

from netreg.detection.sighting import Heard
from netreg.enforcement.parts import Table
from netreg.enforcement.reading import UnreadableAnswer, nft_elements, shown
from netreg.errors import InvalidValue
from netreg.mac import MacAddress

# More devices than a town hall has on one network: beyond it somebody makes addresses up.
MOST_ROWS = 16_384
# A moment further back than this is no news, and may be nonsense.
_LONGEST = timedelta(days=365)
_UNITS = {"milliseconds": timedelta(milliseconds=1), "seconds": timedelta(seconds=1), "minutes": timedelta(minutes=1)}
# How makes write a time: 1w2d3h4m5s in part or whole (IOS writes mn for minutes), or 1w2d03:04:05, or 02:03:04.5.
_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_WORDS = re.compile(
    r"(?:(?P<weeks>[0-9]{1,4})w)?(?:(?P<days>[0-9]{1,4})d)?(?:(?P<hours>[0-9]{1,4})h)?"
    r"(?:(?P<minutes>[0-9]{1,4})mn?)?(?:(?P<seconds>[0-9]{1,6})s)?(?:(?P<milliseconds>[0-9]{1,4})ms)?",
    re.ASCII,
)
_CLOCK = re.compile(
    r"(?:(?P<weeks>[0-9]{1,4})w)?(?:(?P<days>[0-9]{1,4})d\s*)?"
    r"(?P<hours>[0-9]{1,4}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})(?:\.[0-9]{1,9})?",
    re.ASCII,
)
# A host name as it may be asked for: letters, digits, hyphens and dots; longer or stranger ones are no name to go by.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?", re.ASCII)
Row = Mapping[str, object]


def parse_table(
    table: Table, words: Mapping[str, str], text: str, asked: datetime, port: str = ""
) -> tuple[Heard, ...]:
    """Whom the table in an answer speaks of, by address: each of its ports and IP addresses once, at its latest moment.

    `words` are the point's parameters, `asked` is when it was asked, `port` what is said of every row. Group addresses
    are no devices; a last line that does not end is passed over. Raises UnreadableAnswer where the answer is no such
    table, or too long for one.
    """
    return _latest(heard for row in _rows(table, words, text) if (heard := _heard(row, table, asked, port)) is not None)


def host_name(said: str) -> str:
    """The first label of a host name that can be one, else nothing."""
    return said.partition(".")[0] if _NAME.fullmatch(said) else ""


def age_of(said: str, unit: str) -> timedelta | None:
    """How long ago that is: a bare number of `unit`, or a time as makes write it; None for "never", "-", nonsense."""
    said = said.strip()
    if _NUMBER.fullmatch(said):
        return min(int(said), 10**9) * _UNITS[unit]
    found = _CLOCK.fullmatch(said) or _WORDS.fullmatch(said)
    if found is None or not any(found.groups()):
        return None
    return timedelta(**{part: int(number) for part, number in found.groupdict().items() if number})


def _rows(table: Table, words: Mapping[str, str], text: str) -> list[Row]:
    kinds = {"lines": _of_lines, "json": _of_json, "nft-json": _of_nft}
    rows = []
    for row in kinds[table.format](table, words, text):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            raise UnreadableAnswer(f"it has more than {MOST_ROWS} rows")
    return rows


def _of_lines(table: Table, _words: Mapping[str, str], text: str) -> Iterator[Row]:
    if not re.search(table.requires, text, re.ASCII | re.MULTILINE):
        raise UnreadableAnswer(f"what shows that it is the table is missing in: {shown(text)}")
    # What makes a row none may stand at its end, so that of a line without an end nothing is believed.
    for found in re.finditer(table.entry, text[: text.rfind("\n") + 1], re.ASCII | re.MULTILINE):
        yield found.groupdict()


def _of_json(table: Table, _words: Mapping[str, str], text: str) -> Iterator[Row]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer(f"not JSON: {shown(text)}") from error
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise UnreadableAnswer("not a list of rows")
    for one in document:
        if not any(_says(one.get(key), pattern) for key, pattern in table.without.items()):
            yield {word: one.get(field) for word, field in table.fields.items()}


def _says(value: object, pattern: str) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and re.fullmatch(pattern, one, re.ASCII) for one in values)


def _of_nft(_table: Table, words: Mapping[str, str], text: str) -> Iterator[Row]:
    """The elements of the set of refused addresses; each was renewed when it was refused last."""
    lasts, elements = nft_elements(text, words, words["refused"])
    for element in elements:
        yield {"mac": element["val"], "age": _since(element.get("timeout", lasts), element.get("expires"))}


def _since(lasts: object, left: object) -> str | None:
    """Seconds since an entry that lasts so long was renewed, where so much of it is left."""
    return str(lasts - left) if isinstance(lasts, int) and isinstance(left, int) else None


def _heard(row: Row, table: Table, asked: datetime, port: str) -> Heard | None:
    mac = _mac(row.get("mac"))
    if mac is None:
        return None
    age = age_of(_text(row.get("age")), table.ages)
    return Heard(
        mac,
        _ip(_text(row.get("ip"))),
        None if age is None else asked - min(age, _LONGEST),
        shown(_text(row.get("port")), 64) or port,
        host_name(_text(row.get("name")).strip()),
    )


def _latest(heard: Iterable[Heard]) -> tuple[Heard, ...]:
    """The same without repetitions: of what was heard more than once, the latest."""
    found: dict[tuple[MacAddress, str, str], Heard] = {}
    for one in heard:
        key = (one.mac, one.port, one.ip or "")
        known = found.get(key)
        if known is None or (one.at is not None and known.at is not None and one.at > known.at):
            found[key] = one
    return tuple(found[key] for key in sorted(found))


def _mac(value: object) -> MacAddress | None:
    try:
        mac = MacAddress.parse(_text(value))
    except InvalidValue:
        return None
    return None if mac.is_group or mac.problem == "E_PLACEHOLDER" else mac


def _ip(said: str) -> str | None:
    # A link-local address may bear the interface it is on.
    try:
        found = ip_address(said.strip().partition("%")[0])
    except ValueError:
        return None
    return None if found.is_unspecified or found.is_multicast or found.is_loopback else str(found)


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) else ""
