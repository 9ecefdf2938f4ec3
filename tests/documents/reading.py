"""What the documents tell their readers to type: blocks of a shell, their lines, and `netreg ...` amid the text."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import click

from netreg.cli.main import Deferred, main

ROOT = Path(__file__).resolve().parents[2]
SHELL = ("sh", "bash", "console")
FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`(netreg [^`]+)`(?!`)")
# netreg as a program: at the start of a line or after what separates programs, or by its path in an environment.
_STARTS = re.compile(r"(?:(?:^|&&|\|\||[;|(])\s*|/bin/)netreg\s+")
_BARE = re.compile(r"(?:'[^']*'|\"[^\"]*\"|[^'\"#]|(?<=\S)#)*")
_OPTION = re.compile(r"(?<!`)`(--[a-z][a-z-]*)[^`]*`(?!`)")
# In packaging/container the image's program is netreg, and `portal` the service that it runs in.
_COMPOSE = re.compile(r"docker compose run .*? portal (.+)")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, what language it says it is in, and its lines as they are typed."""

    document: str
    line: int
    language: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """What is typed: without comments, and what goes on over several lines as one."""
        joined = re.sub(r"\\\n\s*|(?<=\|)\n\s*", " ", self.text)
        bare = (_BARE.match(one.strip()) for one in joined.splitlines())
        return [at[0].strip().removeprefix("$ ") for at in bare if at and at[0].strip()]

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@dataclass(frozen=True)
class Mention:
    """A command amid the text."""

    document: str
    line: int
    text: str

    @property
    def lines(self) -> list[str]:
        return [self.text]

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def documents() -> list[Path]:
    """Whatever tells people what to type; the changelog tells what was."""
    found = [
        path for folder in ("docs", "device_profiles", "packaging", "bench") for path in (ROOT / folder).rglob("*.md")
    ]
    return [ROOT / "README.md", *sorted(found)]


def blocks(document: Path) -> list[Block]:
    """Every fenced block, whatever its language."""
    text, name = document.read_text(encoding="utf-8"), document.relative_to(ROOT).as_posix()
    return [
        Block(name, text.count("\n", 0, at.start()) + 1, at[2], re.sub(rf"^{at[1]}", "", at[3], flags=re.MULTILINE))
        for at in FENCE.finditer(text)
    ]


def mentions(document: Path) -> list[Mention]:
    """Every `netreg ...` amid the text; one that goes on over a line end is one."""
    text, name = document.read_text(encoding="utf-8"), document.relative_to(ROOT).as_posix()
    bare = FENCE.sub(lambda at: "\n" * at[0].count("\n"), text)
    return [Mention(name, bare.count("\n", 0, at.start()) + 1, " ".join(at[1].split())) for at in _SPAN.finditer(bare)]


def loose_options(document: Path) -> list[str]:
    """Options amid the text that stand without their command, like `--this`."""
    return _OPTION.findall(FENCE.sub("", document.read_text(encoding="utf-8")))


def items(document: Path) -> list[Block | Mention]:
    """What is typed in a shell, in the order in which one reads it."""
    shells = [one for one in blocks(document) if one.language in SHELL]
    return sorted([*shells, *mentions(document)], key=lambda one: one.line)


def loose_code(document: Path) -> list[int]:
    """Lines of code that stand in no fence: they are set in by four columns, after a blank line."""
    text = FENCE.sub(lambda at: "\n" * at[0].count("\n"), document.read_text(encoding="utf-8"))
    return [text.count("\n", 0, at.end()) + 1 for at in re.finditer(r"(?:^|\n)\n {4,}(?=\S)", text)]


def commands(line: str) -> Iterator[list[str]]:
    """The words of each netreg command in a line of a shell, each way it may be read (a|b is two)."""
    texts = [re.split(r"\s(?:&&|\|\||[;|>])\s", line[at.end() :])[0] for at in _STARTS.finditer(line)]
    for text in [*texts, *_COMPOSE.findall(line)]:
        ways = [word.split("|") if re.fullmatch(r"[\w|-]+", word) else [word] for word in shlex.split(text)]
        yield from (list(way) for way in itertools.product(*ways))


def fault(words: list[str]) -> str:
    """What the real command line has against these words, which may leave out what comes after them; or nothing."""
    try:
        parse(words)
    except (click.MissingParameter, click.exceptions.NoArgsIsHelpError):
        return ""  # the name of a command, and not the whole of it
    except click.UsageError as error:
        said = error.format_message()
        unfinished = "requires an argument" in said or said == "Missing command."
        return "" if unfinished or _on_disk(error) else said
    return ""


def parse(words: list[str]) -> None:
    """Read the words as the program does, group by group, and do nothing; a click.UsageError where it refuses."""
    context = main.make_context("netreg", list(words))
    while isinstance(context.command, click.Group) and (rest := [*context._protected_args, *context.args]):
        name, command, more = context.command.resolve_command(context, rest)
        assert command is not None
        context = command.make_context(name, more, parent=context)


def is_whole(words: list[str]) -> bool:
    """Whether this can be typed as it stands: no name is missing after it."""
    try:
        parse(words)
    except click.UsageError as error:
        return _on_disk(error)
    return True


def _on_disk(error: click.UsageError) -> bool:
    """Whether it is about a file that is not there: this only reads the words."""
    if isinstance(error, click.MissingParameter) or not isinstance(error, click.BadParameter) or error.param is None:
        return False
    return isinstance(error.param.type, click.Path | click.File)


@cache
def options() -> frozenset[str]:
    """Every option that any command has."""
    return frozenset({"--help", "--version"}.union(*map(_options, _tree(main, click.Context(main)))))


def _tree(command: click.Command, context: click.Context) -> Iterator[click.Command]:
    loaded = command._command() if isinstance(command, Deferred) else command
    yield loaded
    if isinstance(loaded, click.Group):
        for name in loaded.list_commands(context):
            yield from _tree(loaded.get_command(context, name) or loaded, context)


def _options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
