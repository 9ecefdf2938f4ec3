"""serve, portal."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from netreg import config, logs, thrift
from netreg.cli.base import App, NetregCommand, pass_app
from netreg.errors import NetregError

# --- what an installation stands on -----------------------------------------------------------------------------------


@contextmanager
def private_files() -> Iterator[None]:
    """What is made in this block is readable by this account alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def example() -> str:
    """The text of config.example.toml: beside the code in a checkout, inside the package when installed."""
    beside = Path(__file__).resolve().parents[2] / "config.example.toml"
    return (beside if beside.exists() else files("netreg") / "config.example.toml").read_text(encoding="utf-8")


def prepare(settings: config.Settings) -> None:
    """The data folder, readable by this account alone, and the secret that signs sessions."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(settings.secret_key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))


# How often garbage is looked for and what was freed goes back to the system.
_TIDY_SECONDS = 60

# --- serve ----------------------------------------------------------------------------------------------------------


@click.command("serve", cls=NetregCommand)
@click.option("--only", type=click.Choice(("portal", "worker")), help="Run only this part in this process.")
@pass_app
def serve(app: App, only: str | None) -> None:
    """Run portal, worker and timetable until SIGTERM or Ctrl-C; what is under way is finished first."""
    logs.keep(app.settings.log)
    prepare(app.settings)
    run_services(app.settings, app.store, {only} if only else None)


@click.command("portal", cls=NetregCommand)
@pass_app
def portal(app: App) -> None:
    """Run the portal alone; worker and timetable run elsewhere."""
    logs.keep(app.settings.log)
    prepare(app.settings)
    run_services(app.settings, app.store, {"portal"})


def run_services(settings: config.Settings, store: Any, only: set[str] | None = None) -> None:
    """Run the services of the entry point group `netreg.services` side by side; one that dies stops all."""
    wanted = [entry for entry in entry_points(group="netreg.services") if only is None or entry.name in only]
    # Loaded one after the other, here: two threads that import the same libraries can lock each other out.
    run_side_by_side(settings, store, {entry.name: entry.load() for entry in wanted})


def run_side_by_side(settings: config.Settings, store: Any, services: dict[str, Any]) -> None:
    """Run these until SIGTERM or Ctrl-C; one that dies stops all."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    failures: list[BaseException] = []

    def run(name: str, service: Any) -> None:
        try:
            service(settings, store, stopping)
        except BaseException as error:
            logging.getLogger("netreg").exception("%s stopped", name)
            failures.append(error)
        finally:
            stopping.set()

    thrift.settle()
    threads = [threading.Thread(target=run, args=service, name=service[0]) for service in services.items()]
    for thread in threads:
        thread.start()
    # Event.wait without a limit would not let the signal handler run on every platform.
    while not stopping.wait(_TIDY_SECONDS):
        thrift.tidy()
    for thread in threads:
        thread.join()
    store.engine.dispose()
    if failures:
        raise failures[0] if isinstance(failures[0], NetregError | OSError) else SystemExit(1)
