"""What every command shares: --config and --json, exit statuses, who acts, and how an answer is shown.

Exit status: 0 done, 1 refused for a reason a person can mend, 2 wrong usage, 3 the outside world failed.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from netreg.errors import ConfigError, NetregError, Refused, StoreAway

# Settings and database are imported when a command first asks for them: `mac` and every --help need neither.
if TYPE_CHECKING:
    from netreg.config import Settings
    from netreg.store.transaction import Store

DEFAULT_CONFIG = Path("config.toml")
EXIT_REFUSED, EXIT_OUTSIDE = 1, 3


class App:
    """One invocation: where the configuration is, how to answer, and the store opened when first needed."""

    def __init__(self, path: Path, as_json: bool) -> None:
        self.path, self.as_json = path, as_json
        self.out = Console(highlight=False, markup=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    @cached_property
    def settings(self) -> Settings:
        from netreg import config, vendors

        settings = config.load(self.path)
        vendors.use(settings.vendors_file)
        return settings

    @cached_property
    def store(self) -> Store:
        from netreg.office import Office
        from netreg.opening import open_store

        return open_store(self.settings.database_url, office=Office.of(self.settings), copies=self.settings.data_dir)

    def use_own_vendors(self) -> None:
        """Look vendors up in the table of the installation, where there is one: its settings say where."""
        if self.path.exists():
            _ = self.settings

    @property
    def language(self) -> str:
        """The office's language; Spanish where there is no configuration yet."""
        return self.settings.office.language if self.path.exists() else "es"

    @property
    def actor(self) -> str:
        """The login that typed the command."""
        return f"cli:{getpass.getuser()}"

    def say(self, text: str) -> None:
        """A line for a person; silent where a program listens."""
        if not self.as_json:
            self._print(text)

    def show(self, document: Any, text: str = "") -> None:
        """The answer: one JSON document, or `text` (or the document's lines) for a person."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False, default=str))
        elif text:
            self._print(text)

    def _print(self, text: str) -> None:
        self.out.print("\n".join(printable(line) for line in text.split("\n")))

    def table(self, rows: Iterable[Mapping[str, Any]], *columns: str) -> None:
        """Rows as a table, or as a JSON list. Cells come from outside: no control character gets out."""
        listed = [dict(row) for row in rows]
        if self.as_json:
            click.echo(json.dumps(listed, ensure_ascii=False, default=str))
            return
        table = Table(*columns, box=None, header_style="bold", pad_edge=False)
        for row in listed:
            table.add_row(*(printable(row.get(column)) for column in columns))
        self.out.print(table if listed else "—")


def printable(value: Any) -> str:
    """A value as one harmless line."""
    text = "" if value is None else str(value)
    return "".join(char if char.isprintable() else "�" for char in text)


class NetregCommand(click.Command):
    """A command with --config and --json that turns our errors into words and an exit status."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += [
            click.Option(["--config", "config_path"], type=click.Path(path_type=Path), default=DEFAULT_CONFIG,
                         envvar="NETREG_CONFIG", show_default=True, help="The configuration file."),
            click.Option(["--json", "as_json"], is_flag=True, help="One JSON document on stdout."),
        ]  # fmt: skip

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **extra: Any) -> click.Context:
        as_json = "--json" in args
        try:
            return super().make_context(info_name, args, *more, **extra)
        except click.UsageError as error:
            if as_json:
                click.echo(json.dumps({"error": {"code": "usage", "message": error.format_message(), "hint": ""}}))
            raise

    def invoke(self, ctx: click.Context) -> Any:
        app = App(ctx.params.pop("config_path"), ctx.params.pop("as_json"))
        ctx.obj = app
        try:
            with words_for_errors():
                return super().invoke(ctx)
        except NetregError as error:
            with suppress(BrokenPipeError):
                tell(app, error)
            mendable = isinstance(error, Refused | ConfigError) and not isinstance(error, StoreAway)
            ctx.exit(EXIT_REFUSED if mendable else EXIT_OUTSIDE)


class NetregGroup(NetregCommand, click.Group):
    """A command that has others beneath it."""


class OutsideFailed(NetregError):
    """This machine would not do something: a file, a port, the database server."""

    code = "outside"
    hint = "Revise el archivo, el puerto o la base de datos que se nombra, y repita."


@contextmanager
def words_for_errors() -> Iterator[None]:
    """What this machine or the person at the keyboard refuses, as errors of ours. A reader who left is none."""
    try:
        yield
    except click.Abort as error:
        raise Refused("Cancelado; no se cambió nada.", "Cancelled; nothing was changed.", code="cancelled") from error
    except (BrokenPipeError, NetregError, click.exceptions.Exit):
        raise
    except OSError as error:
        raise OutsideFailed(f"{error.filename or 'sistema'}: {error.strerror or error}") from error
    except Exception as error:
        from sqlalchemy.exc import OperationalError

        if not isinstance(error, OperationalError):
            raise
        raise OutsideFailed(f"base de datos: {error.orig}") from error


def tell(app: App, error: NetregError) -> None:
    """The error for a person on stderr; on --json the same as one document on stdout."""
    text, hint = error.message, getattr(error, "hint", "")
    document = {"error": {"code": error.code, "message": text, "hint": hint}}
    for name in ("field", "english", "point", "left_as", "checksum"):
        if getattr(error, name, None):
            document["error"][name] = getattr(error, name)
    if app.as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    field = f"{error.field}: " if isinstance(error, Refused) and error.field else ""
    app.err.print(printable(f"netreg: {field}{text} [{error.code}]"))
    if hint:
        app.err.print(printable(f"  → {hint}"))


def command(group: click.Group, name: str, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Enter a function as a command of the group."""
    return group.command(name, cls=NetregCommand, **kwargs)


pass_app = click.pass_obj
