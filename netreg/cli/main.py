"""The tree of commands. Other packages add theirs under the entry point group `netreg.commands`.

An entry `serve` is a command of the root; `point.trust` is the command `trust` of the group `point`. Whose command it
may be, its module is imported when the command is used, and not before: half of the time of a short command would go
into reading what only the others need.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

GROUP = "netreg.commands"
OURS = {
    name: EntryPoint(name, f"netreg.cli.{place}", GROUP)
    for name, place in {
        "alert": "alerts:alert",
        "allowlist": "devices:allowlist",
        "area": "areas:area",
        "area.import": "importing:area_import",
        "audit": "audits:audit_group",
        "backup": "backups:backup",
        "calendar": "calendar:calendar",
        "db": "database:db",
        "device": "devices:device",
        "device.census": "census:device_census",
        "device.export": "exporting:device_export",
        "device.history": "privacy:device_history",
        "device.import": "importing:device_import",
        "doctor": "doctor:doctor",
        "init": "setup:init",
        "mac": "registry:mac",
        "person": "people:person",
        "person.export": "privacy:person_export",
        "person.import": "importing:person_import",
        "point": "points:point",
        "portal": "admin:portal",
        "presence": "presence:presence_group",
        "procedure": "procedures:procedure",
        "report": "reports:report",
        "request": "requests:request",
        "request.duplicate": "desk:request_duplicate",
        "request.follow": "desk:request_follow",
        "request.give-back": "desk:request_give_back",
        "request.hand-over": "desk:request_hand_over",
        "request.note": "desk:request_note",
        "request.notes": "desk:request_notes",
        "request.queue": "desk:request_queue",
        "request.reopen": "desk:request_reopen",
        "request.satisfaction": "desk:request_satisfaction",
        "request.take": "desk:request_take",
        "request.tell": "desk:request_tell",
        "request.unfollow": "desk:request_unfollow",
        "restore": "backups:restore",
        "retention": "privacy:retention",
        "revalidation": "revalidation:revalidation",
        "serve": "admin:serve",
        "source": "presence:source",
        "ticket": "requests:ticket",
        "token": "tokens:token",
        "vendor": "vendors:vendor",
    }.items()
}


class Root(click.Group):
    """The root group: its commands are named here and in the entry points, and imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for name in _entries() if "." not in name)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entries = _entries()
        if "." in cmd_name or cmd_name not in entries:
            return None
        parts = [entry for name, entry in entries.items() if name.startswith(f"{cmd_name}.")]
        return Deferred(entries[cmd_name], parts)


@cache
def _entries() -> dict[str, EntryPoint]:
    """Every command of the root and every part of its groups, by name; nobody takes the place of one of ours.

    Looked up once: what is installed is read file by file, and does not change while a process lives.
    """
    return {entry.name: entry for entry in entry_points(group=GROUP)} | OURS


class Deferred(click.Command):
    """A command, or a group with `parts` that others add to it, imported when it is used."""

    def __init__(self, entry: EntryPoint, parts: Iterable[EntryPoint] = ()) -> None:
        super().__init__(entry.name.rpartition(".")[2])
        self._entry, self._parts = entry, parts

    def _command(self) -> click.Command:
        try:
            loaded: click.Command = self._entry.load()
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"{self.name} is not part of this installation ({error.name} is missing)"
            ) from error
        for part in map(Deferred, self._parts):
            if isinstance(loaded, click.Group) and part.name not in loaded.commands:
                loaded.add_command(part)
        return loaded

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        return self._command().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        return ctx.command.invoke(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence of its docstring, from the source: a list of commands imports none of them."""
        try:
            spec = find_spec(self._entry.module)
        except ModuleNotFoundError:
            spec = None
        if spec is None or spec.origin is None:
            return "(only in a source checkout)"
        for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == self._entry.attr:
                return click.Command(None, help=ast.get_docstring(node)).get_short_help_str(limit)
        return ""


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="netreg")
def main() -> None:
    """Network access control for a town hall: who asked, who decided, what really passes."""
