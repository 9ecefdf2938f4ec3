"""The tree of commands. Other packages add theirs under the entry point group `netreg.commands`.

An entry `serve` is a command of the root; `point.trust` is the command `trust` of the group `point`.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from netreg.cli import (
    admin,
    alerts,
    areas,
    calendar,
    devices,
    people,
    points,
    presence,
    privacy,
    procedures,
    registry,
    reports,
    requests,
    revalidation,
    vendors,
)


class Root(click.Group):
    """The root group, completed from the entry points when a name is first asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        self._complete()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        self._complete()
        return super().get_command(ctx, cmd_name)

    def _complete(self) -> None:
        for entry in entry_points(group="netreg.commands"):
            *path, name = entry.name.split(".")
            group = self.commands.get(path[0]) if path else self
            if isinstance(group, click.Group) and name not in group.commands:
                group.add_command(Deferred(entry, name), name)


class Deferred(click.Command):
    """A command of another package, imported when it is used: the core's commands start without its libraries."""

    def __init__(self, entry: EntryPoint, name: str) -> None:
        super().__init__(name)
        self._entry = entry

    def _command(self) -> click.Command:
        try:
            loaded: click.Command = self._entry.load()
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"{self.name} is not part of this installation ({error.name} is missing)"
            ) from error
        return loaded

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        return self._command().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        return ctx.command.invoke(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        try:
            return self._command().get_short_help_str(limit)
        except click.ClickException:
            return "(only in a source checkout)"


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="netreg")
def main() -> None:
    """Network access control for a town hall: who asked, who decided, what really passes."""


for part in (
    admin, registry, areas, devices, points, alerts, procedures, requests, reports, calendar, people, privacy,
    revalidation, presence, vendors,
):  # fmt: skip
    part.join(main)
