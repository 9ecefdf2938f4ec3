"""As much of nft as the linux-nftables profile speaks, on a JSON file instead of a kernel.

Usage: nft_simulator.py STATE [nft's own arguments]    status, output and refusals as nft 1.0.6 gives them
       nft_simulator.py STATE --hear MAC               one line every 20 ms while the gate lets MAC through

Standard library only, and no import of the project: the simulated firewall's shell starts it by its path.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GATE, REFUSED = "netdev netreg allow", "netdev netreg refused"
OFFICE = "inet office allow"
FACTORY: dict[str, dict[str, str]] = {GATE: {}, REFUSED: {}, OFFICE: {"00:1b:a9:0a:0b:0c": "contabilidad"}}
METAINFO = {"metainfo": {"version": "1.0.6", "release_name": "simulated", "json_schema_version": 1}}
TOKEN = re.compile(r'"[^"\n]*"|[{},;\n]|#[^\n]*|[^\s{},;"#]+')
MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}", re.ASCII | re.IGNORECASE)
ABSENT = "Error: Could not process rule: No such file or directory"

Sets = dict[str, dict[str, str]]


class Refusal(Exception):
    """nft's complaint; the transaction it belongs to changes nothing."""


class Kernel:
    """The sets in their file, changed under a lock and replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Sets:
        sets: Sets = json.loads(self.path.read_text() if self.path.exists() else json.dumps(FACTORY))
        return sets

    def write(self, sets: Sets) -> None:
        new = self.path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(sets))
        new.replace(self.path)

    def nft(self, args: list[str], stdin: str = "") -> str:
        """Run one nft command line as one transaction; returns its output or raises Refusal."""
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            sets = self.read()
            output = "".join(_apply(sets, words, "-j" in args) for words in statements(_script(args, stdin)))
            if "-c" not in args:
                self.write(sets)
            return output

    def sees(self, mac: str) -> bool:
        """A frame of this address arrives: whether it passes. One that does not is noted as refused."""
        if mac in self.read()[GATE]:
            return True
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            sets = self.read()
            sets[REFUSED].setdefault(mac, "")
            self.write(sets)
        return False


def statements(script: str) -> Iterator[list[str]]:
    """The statements of a script as lists of words; a brace keeps a statement open over line ends."""
    words: list[str] = []
    depth = 0
    for token in (found for found in TOKEN.findall(script) if not found.startswith("#")):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if token in ("\n", ";") and depth == 0:
            if words:
                yield words
            words = []
        elif token != "\n":
            words.append(token)
    if depth:
        raise Refusal("Error: syntax error, unexpected end of file")
    if words:
        yield words


def _script(args: list[str], stdin: str) -> str:
    """What there is to do: the file after -f, or the remaining words."""
    if "-f" not in args:
        return " ".join(arg for arg in args if arg not in ("-j", "-c"))
    name = args[args.index("-f") + 1]
    try:
        return stdin if name in ("-", "/dev/stdin") else Path(name).read_text()
    except OSError as error:
        raise Refusal(f'Error: Could not open file "{name}": {error.strerror}') from None


def _apply(sets: Sets, words: list[str], as_json: bool) -> str:
    """Do one statement to `sets` and return what it prints."""
    verb, where, rest = words[:2], " ".join(words[2:5]), words[5:]
    if verb == ["list", "ruleset"] and not words[2:]:
        return "".join(_as_text(name, sets[name]) for name in sets)
    if verb not in (["list", "set"], ["flush", "set"], ["add", "element"], ["delete", "element"]):
        raise Refusal(f"Error: syntax error, unexpected {words[0]}")
    if where not in sets:
        raise Refusal(ABSENT)
    if verb[0] == "list":
        return _as_json(where, sets[where]) if as_json else _as_text(where, sets[where])
    _change(sets[where], verb[0], rest)
    return ""


def _change(elements: dict[str, str], verb: str, rest: list[str]) -> None:
    if verb == "flush":
        elements.clear()
    for mac, comment in _elements(rest) if verb != "flush" else ():
        if verb == "add":
            elements.setdefault(mac, comment)
        elif elements.pop(mac, None) is None:
            raise Refusal(ABSENT)


def _elements(rest: list[str]) -> Iterator[tuple[str, str]]:
    """The elements between braces, each an address and perhaps a comment; a comma may follow the last."""
    if len(rest) < 3 or rest[0] != "{" or rest[-1] != "}":
        raise Refusal("Error: syntax error, unexpected end of statement")
    for part in " ".join(rest[1:-1]).removesuffix(",").split(","):
        mac, _, comment = part.strip().partition(" ")
        if not MAC.fullmatch(mac) or (comment and not re.fullmatch(r'comment "[^"]{0,127}"', comment)):
            raise Refusal(f"Error: syntax error, unexpected {part.strip()!r}")
        yield mac.lower(), comment[9:-1]


def _as_text(where: str, elements: dict[str, str]) -> str:
    family, table, name = where.split()
    shown = [f'{mac} comment "{comment}"' if comment else mac for mac, comment in sorted(elements.items())]
    inner = "\t\telements = { " + ",\n\t\t\t     ".join(shown) + " }\n" if shown else ""
    return f"table {family} {table} {{\n\tset {name} {{\n\t\ttype ether_addr\n{inner}\t}}\n}}\n"


def _as_json(where: str, elements: dict[str, str]) -> str:
    family, table, name = where.split()
    one: dict[str, Any] = {"family": family, "name": name, "table": table, "type": "ether_addr", "handle": 1}
    if elements:
        one["elem"] = [_element_as_json(where, *element) for element in sorted(elements.items())]
    return json.dumps({"nftables": [METAINFO, {"set": one}]}) + "\n"


def _element_as_json(where: str, mac: str, comment: str) -> object:
    if where == REFUSED:
        return {"elem": {"val": mac, "timeout": 600, "expires": 599}}
    return {"elem": {"val": mac, "comment": comment}} if comment else mac


def hear(kernel: Kernel, mac: str) -> None:
    """Print a line every 20 ms while the gate lets `mac` through; runs until killed."""
    print("started", flush=True)
    while True:
        if kernel.sees(mac):
            print("bytes from the simulated WAN", flush=True)
        time.sleep(0.02)


def main(state: str, args: list[str]) -> int:
    kernel = Kernel(Path(state))
    if args[:1] == ["--hear"]:
        hear(kernel, args[1])
    try:
        needs_stdin = "-f" in args and args[args.index("-f") + 1 :][:1] in (["-"], ["/dev/stdin"])
        print(kernel.nft(args, sys.stdin.read() if needs_stdin else ""), end="")
    except (Refusal, IndexError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
