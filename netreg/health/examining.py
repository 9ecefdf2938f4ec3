"""One examination of an installation: the core's own checks, then those that other packages add.

A check under the entry point group `netreg.checks` is handed an `Examined` and gives findings. Those in `REMOTE` talk
to other machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from netreg import config
from netreg.errors import ConfigError, InvalidValue
from netreg.health import database, rows
from netreg.health.context import Examined
from netreg.health.findings import Finding, found
from netreg.office import Office
from netreg.store.base import make_engine, now

GROUP = "netreg.checks"
LOCAL, REMOTE = ("machine", "files"), ("reach",)
Check = Callable[[Examined], Iterable[Finding]]


def examine(path: Path, *, offline: bool = False) -> list[Finding]:
    """Everything that is wrong with the installation of this configuration file, the configuration itself included."""
    try:
        settings = config.load(path)
    except ConfigError as error:
        return [_misconfigured(error)]
    case = Examined(path, settings, now())
    findings = [*_office(case)]
    about_store, case = _store(case)
    return [*findings, *about_store, *_others(case, LOCAL if offline else (*LOCAL, *REMOTE))]


def _misconfigured(error: ConfigError | InvalidValue) -> Finding:
    mend = error.hint or "config.example.toml"
    return found("netreg.D001", code=error.code, problem=error.message, mend=mend)


def _office(case: Examined) -> Iterator[Finding]:
    """Whether the settings fit together as the service takes them at its start."""
    try:
        Office.of(case.settings)
    except (ConfigError, InvalidValue) as error:
        yield _misconfigured(error)


def _store(case: Examined) -> tuple[list[Finding], Examined]:
    """The findings in the database, and the case with what it says of points."""
    url = case.settings.database_url
    try:
        if (absent := database.missing(url)) is not None:
            return [absent], case
        engine = make_engine(url, lock_wait=database.LOCK_WAIT_SECONDS)
    except (SQLAlchemyError, ImportError) as error:  # an address that is none, or a driver that is not installed
        return [found("netreg.D010", problem=type(error).__name__)], case
    try:
        return _rows(engine, case)
    finally:
        engine.dispose()


def _rows(engine: Engine, case: Examined) -> tuple[list[Finding], Examined]:
    findings = [*database.examine(engine)]
    if not database.is_readable(findings):
        return findings, case
    try:
        with Session(engine) as session:
            case = replace(case, points=rows.places(session))
            findings += rows.examine(session, case.settings, case.at)
    except (SQLAlchemyError, ValueError) as error:  # ValueError: a column holds what it cannot
        findings.append(database.unreadable(error))
    return findings, case


def _others(case: Examined, names: Iterable[str]) -> Iterator[Finding]:
    """What the hands find; a part that is not installed is a finding, or its silence would pass for health."""
    entries = {entry.name: entry for entry in entry_points(group=GROUP)}
    for name in names:
        try:
            check: Check = entries[name].load()
        except (KeyError, ImportError) as error:
            yield found("netreg.D002", name, problem=type(error).__name__)
            continue
        yield from check(case)
