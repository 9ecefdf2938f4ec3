"""Answers of points read as lists of addresses: whole and understood, or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.parts import Listing
from netreg.enforcement.profile import DeviceProfile
from netreg.errors import InvalidValue
from netreg.mac import MacAddress

# What stands in for a label that netreg cannot have written; it equals no label of ours, so the entry is replaced.
FOREIGN = "foreign"

_CANONICAL = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9:._-]{1,64}", re.ASCII)


class UnreadableAnswer(ValueError):
    """The answer has a shape that we do not know; what it means must not be guessed."""


class IncompleteAnswer(ValueError):
    """The answer may not be the whole list."""


def parse_listing(listing: Listing, words: Mapping[str, str], text: str) -> Allowlist:
    """The list in an answer; labels not ours become FOREIGN. Raises UnreadableAnswer."""
    # A list of lines may say the same twice (hostapd does); a set never does.
    entries = (
        list(_nft_entries(text, words)) if listing.format == "nft-json" else set(_line_entries(listing, text, words))
    )
    try:
        return Allowlist.of(entries)
    except ValueError as error:
        raise UnreadableAnswer(str(error)) from error


def parse_slots(listing: Listing, text: str) -> dict[MacAddress, int]:
    """The number each entry has on the point; for an answer that `parse_listing` has read."""
    found = re.finditer(listing.entry, text, re.ASCII | re.MULTILINE)
    return {_mac(match["mac"]): int(match["slot"]) for match in found}


def as_held(profile: DeviceProfile, desired: Allowlist) -> Allowlist:
    """The list as a point of this make can hold it: without labels where it has none."""
    return desired if profile.capabilities.label else Allowlist.of(Entry(entry.mac) for entry in desired)


# --- lines ---


def _line_entries(listing: Listing, text: str, words: Mapping[str, str]) -> Iterator[Entry]:
    """The entries of each line; a line that is none, and not known to be harmless, makes the answer unreadable.

    A group that is named as a parameter tells whose an entry is: with another value it is somebody else's.
    """
    entry, whole = re.compile(listing.entry, re.ASCII), re.compile(listing.line or listing.entry, re.ASCII)
    harmless = [re.compile(pattern, re.ASCII) for pattern in listing.ignore]
    if not re.search(listing.requires, text, re.ASCII):
        raise UnreadableAnswer(f"what shows that it is the whole list is missing in: {shown(text)}")
    for line in text.splitlines():
        if whole.fullmatch(line.rstrip()):
            yield from (_line_entry(found) for found in entry.finditer(line) if _is_ours(found, words))
        elif line.strip() and not any(pattern.fullmatch(line.rstrip()) for pattern in harmless):
            raise UnreadableAnswer(f"a line that is no entry: {shown(line)}")


def _is_ours(found: re.Match[str], words: Mapping[str, str]) -> bool:
    return all(words.get(key, value) == value for key, value in found.groupdict().items())


def _line_entry(found: re.Match[str]) -> Entry:
    words = found.groupdict()
    return Entry(_mac(words["mac"]), _label(words.get("label") or ""))


def _mac(text: str) -> MacAddress:
    try:
        return MacAddress.parse(text)
    except InvalidValue as error:
        raise UnreadableAnswer(f"an entry that is no hardware address: {shown(text)}") from error


# --- nft ---


def nft_elements(text: str, words: Mapping[str, str], name: str) -> tuple[object, list[Mapping[str, object]]]:
    """How long an element of this set lasts (None: for ever), and its elements with all that stands beside them.

    Raises UnreadableAnswer.
    """
    found = _set(text, words, name)
    elements = [{"val": one} if isinstance(one, str) else _body(one) for one in _elements(found)]
    return found.get("timeout"), [{**one, "val": _canonical(one.get("val")).text} for one in elements]


def _nft_entries(text: str, words: Mapping[str, str]) -> Iterator[Entry]:
    for element in _elements(_set(text, words, words["set"])):
        yield _nft_entry(element)


def _set(text: str, words: Mapping[str, str], name: str) -> Mapping[str, object]:
    """The one set in an answer of `nft -j list set`, of that name and of hardware addresses."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer(f"not JSON: {shown(text)}") from error
    items = document.get("nftables") if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnreadableAnswer("not an nft document")
    found = [item["set"] for item in items if "set" in item]
    if len(found) != 1 or any(set(item) - {"metainfo", "set"} for item in items):
        raise UnreadableAnswer(f"expected one set, got {len(found)} among {len(items)} items")
    expected = {"family": words["family"], "table": words["table"], "name": name, "type": "ether_addr"}
    return _checked(found[0], expected)


def _checked(found: object, expected: Mapping[str, str]) -> Mapping[str, object]:
    if not isinstance(found, dict):
        raise UnreadableAnswer("the set is not an object")
    for key, value in expected.items():
        if found.get(key) != value:
            raise UnreadableAnswer(f"the {key} of the set is {shown(found.get(key))}, not {value}")
    return found


def _elements(found: Mapping[str, object]) -> list[object]:
    elements = found.get("elem", [])
    if not isinstance(elements, list):
        raise UnreadableAnswer("the elements are not a list")
    return elements


def _nft_entry(element: object) -> Entry:
    if isinstance(element, str):
        return Entry(_canonical(element))
    body = _body(element)
    # A timeout, a counter or anything else means that this is not the gate we know how to restore.
    if set(body) - {"val", "comment"}:
        raise UnreadableAnswer(f"an element with {shown(sorted(set(body) - {'val', 'comment'}))}")
    return Entry(_canonical(body.get("val")), _label(body.get("comment", "")))


def _body(element: object) -> Mapping[str, object]:
    body = element.get("elem") if isinstance(element, dict) and set(element) == {"elem"} else None
    if not isinstance(body, dict):
        raise UnreadableAnswer(f"an element of unknown shape: {shown(element)}")
    return body


def _canonical(value: object) -> MacAddress:
    # nft prints one notation only, the canonical one; anything looser could mean the same address twice.
    if not isinstance(value, str) or not _CANONICAL.fullmatch(value):
        raise UnreadableAnswer(f"an element that is no hardware address: {shown(value)}")
    return MacAddress(value)


# --- both ---


def _label(comment: object) -> str:
    if comment == "":
        return ""
    return comment if isinstance(comment, str) and _LABEL.fullmatch(comment) else FOREIGN


def shown(value: object, limit: int = 160) -> str:
    """Text from outside made fit for one line of a message: printable ASCII, and not much of it."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(char if " " <= char <= "~" else " " for char in text[:limit]).strip()
