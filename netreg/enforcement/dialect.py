"""The language of a point: lists written as its scripts, and its answers read as lists, proved or refused."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netreg.allowlist import Allowlist, Entry
from netreg.enforcement.plan import Plan
from netreg.enforcement.profile import DeviceProfile
from netreg.mac import MacAddress

# What stands in for a label that netreg cannot have written; it equals no label of ours, so the entry is replaced.
FOREIGN = "foreign"

_BREAK = "=====8<====="
_PENDING = re.compile(r".*/([0-9a-f]{16})/armed", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9:._-]{1,64}", re.ASCII)


class UnreadableAnswer(ValueError):
    """The answer has a shape that we do not know; what it means must not be guessed."""


class IncompleteAnswer(ValueError):
    """The answer may not be the whole list."""


@dataclass(frozen=True, slots=True)
class Look:
    """One complete look at a point: the list, the digest of the saved file, and undos somebody left armed."""

    allowlist: Allowlist
    saved: str
    pending: tuple[str, ...]


# ---- what we say ------------------------------------------------------------------------------------------------


def look_command(profile: DeviceProfile, parameters: Mapping[str, str]) -> str:
    """One command that shows the list, an independent digest of it, the saved file's digest and pending undos."""
    parts = (profile.read.command, profile.read.proof, profile.read.saved, profile.read.pending)
    # The mark ends every part, the last one too, so that a cut anywhere shows.
    return " && ".join(f"{{ {profile.fill(part, parameters)}; }} && echo '{_BREAK}'" for part in parts)


def delta_script(profile: DeviceProfile, parameters: Mapping[str, str], plan: Plan) -> bytes:
    """The plan as one script, removals first: the point applies all of it or nothing."""
    keys = [profile.fill(profile.apply.key, parameters, mac=entry.mac.text) for entry in plan.removes]
    adds = [_element(profile, parameters, entry) for entry in plan.adds]
    lines = _statement(profile, parameters, profile.apply.delete, keys)
    return (lines + _statement(profile, parameters, profile.apply.add, adds)).encode()


def saved_text(profile: DeviceProfile, parameters: Mapping[str, str], allowlist: Allowlist) -> bytes:
    """What the saved file must hold, byte for byte, for a restart to bring back `allowlist`."""
    elements = [_element(profile, parameters, entry) for entry in allowlist]
    return _statement(profile, parameters, profile.apply.add, elements).encode()


def macs_digest(macs: Iterable[MacAddress]) -> str:
    """SHA-256 of the addresses, sorted, one a line: what `read.proof` prints for the same list."""
    return hashlib.sha256("".join(f"{mac}\n" for mac in sorted(macs)).encode()).hexdigest()


def _element(profile: DeviceProfile, parameters: Mapping[str, str], entry: Entry) -> str:
    if entry.label and profile.capabilities.label:
        return profile.fill(profile.apply.element, parameters, mac=entry.mac.text, label=entry.label)
    return profile.fill(profile.apply.key, parameters, mac=entry.mac.text)


def _statement(profile: DeviceProfile, parameters: Mapping[str, str], template: str, elements: list[str]) -> str:
    if not elements:
        return ""
    return profile.fill(template, parameters, elements=profile.apply.separator.join(elements)) + "\n"


# ---- what it answers --------------------------------------------------------------------------------------------


def parse_look(profile: DeviceProfile, parameters: Mapping[str, str], text: str) -> Look:
    """The answer to `look_command`, proved complete.

    Raises UnreadableAnswer for a shape we do not know, IncompleteAnswer when the point's two ways of listing
    the set disagree.
    """
    parts = text.split(_BREAK + "\n")
    if len(parts) != 5 or parts[4]:
        raise IncompleteAnswer(f"the answer has {len(parts) - 1} of 4 parts")
    listing, proof, saved, pending = parts[:4]
    allowlist = parse_set(listing, parameters["family"], parameters["table"], parameters["set"])
    if proof.strip() != macs_digest(entry.mac for entry in allowlist):
        raise IncompleteAnswer(f"two listings of the same set disagree; the first has {len(allowlist)} entries")
    return Look(allowlist, saved.strip(), _pending(pending))


def _pending(text: str) -> tuple[str, ...]:
    found = [_PENDING.fullmatch(line) for line in text.splitlines()]
    return tuple(match[1] for match in found if match)


def parse_set(text: str, family: str, table: str, name: str) -> Allowlist:
    """The set in the JSON answer of `nft -j list set`, as an Allowlist; labels not ours become FOREIGN.

    Raises UnreadableAnswer unless there is exactly one set, of that family, table, name and of type ether_addr,
    and each of its elements is an address with at most a comment.
    """
    entries = [_entry(element) for element in _elements(text, family, table, name)]
    try:
        return Allowlist.of(entries)
    except ValueError as error:
        raise UnreadableAnswer(str(error)) from error


def parse_refused(text: str, family: str, table: str, name: str) -> tuple[MacAddress, ...]:
    """The addresses in a dynamic set, sorted, whatever else stands beside them. Raises as `parse_set`."""
    return tuple(sorted({_mac(_value(element)) for element in _elements(text, family, table, name)}))


def _elements(text: str, family: str, table: str, name: str) -> list[object]:
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
    return _elements_of(found[0], {"family": family, "table": table, "name": name, "type": "ether_addr"})


def _elements_of(found: object, expected: Mapping[str, str]) -> list[object]:
    if not isinstance(found, dict):
        raise UnreadableAnswer("the set is not an object")
    for key, value in expected.items():
        if found.get(key) != value:
            raise UnreadableAnswer(f"the {key} of the set is {shown(found.get(key))}, not {value}")
    elements = found.get("elem", [])
    if not isinstance(elements, list):
        raise UnreadableAnswer("the elements are not a list")
    return elements


def _entry(element: object) -> Entry:
    if isinstance(element, str):
        return Entry(_mac(element))
    body = _body(element)
    # A timeout, a counter or anything else means that this is not the gate we know how to restore.
    if set(body) - {"val", "comment"}:
        raise UnreadableAnswer(f"an element with {shown(sorted(set(body) - {'val', 'comment'}))}")
    return Entry(_mac(body.get("val")), _label(body.get("comment", "")))


def _body(element: object) -> Mapping[str, object]:
    body = element.get("elem") if isinstance(element, dict) and set(element) == {"elem"} else None
    if not isinstance(body, dict):
        raise UnreadableAnswer(f"an element of unknown shape: {shown(element)}")
    return body


def _value(element: object) -> object:
    return element if isinstance(element, str) else _body(element).get("val")


def _mac(value: object) -> MacAddress:
    # nft prints one notation only, the canonical one; anything looser could mean the same address twice.
    if not isinstance(value, str) or not _CANONICAL.fullmatch(value):
        raise UnreadableAnswer(f"an element that is no hardware address: {shown(value)}")
    return MacAddress(value)


def _label(comment: object) -> str:
    if comment == "":
        return ""
    return comment if isinstance(comment, str) and _LABEL.fullmatch(comment) else FOREIGN


def shown(value: object, limit: int = 160) -> str:
    """Text from outside made fit for one line of a message: printable ASCII, and not much of it."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(char if " " <= char <= "~" else " " for char in text[:limit]).strip()
