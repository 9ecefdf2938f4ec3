"""The service's own log, on stderr: lines for a person, or one JSON document a line for a program that collects them.

Every line of ours and of the libraries takes the same shape, with the id of the request it belongs to, which is also in
the audit log and in what people are shown. No line holds a whole address or a token: they are cut where the line is
written, so that no library and no error can bring one in.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from netreg.config_values import Log
from netreg.mac import masked_in
from netreg.store.transaction import REQUEST_ID

TEXT, JSON = "text", "json"
# Of these only what a person has to know.
NOISY = ("alembic", "apscheduler", "paramiko", "procrastinate", "urllib3", "waitress")
_TOKEN = re.compile(r"netreg_([a-z0-9]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
# What links carry, and what is never anybody's to read.
_SECRETS = re.compile(r"(?i)\b(t|token|password|passwd|secret|csrf_token)=[^\s&\"']+")

# Made here, of digits that look like an address now and then.
_OWN = frozenset({"timestamp", "request_id", "level", "logger"})

Line = MutableMapping[str, Any]


def keep(settings: Log, stream: TextIO | None = None) -> None:
    """Log to `stream` (stderr) from now on, in this process."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(settings.format))
    root = logging.getLogger()
    root.handlers = [handler]
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root.setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def scrubbed(text: str) -> str:
    """The text without whole addresses, tokens, and what links and forms carry."""
    return masked_in(_SECRETS.sub(r"\1=…", _TOKEN.sub(r"netreg_\1_…", text)))


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """One line for one record, scrubbed with what its error and its trace say."""

    def __init__(self, shape: str) -> None:
        render = structlog.processors.JSONRenderer(ensure_ascii=False) if shape == JSON else _for_people()
        super().__init__(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _scrub,
                render,
            ],
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _with_request,
            ],
        )


def _for_people() -> structlog.dev.ConsoleRenderer:
    # The renderer's own traces show what every name held: passwords too.
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(
        colors=False, sort_keys=False, pad_event_to=0, pad_level=False, exception_formatter=plain
    )


def _scrub(_logger: Any, _name: str, line: Line) -> Line:
    # Before it is put into its form: what is cut out of a whole document could be a part of that form.
    return {
        key: scrubbed(value) if isinstance(value, str) and key not in _OWN else value for key, value in line.items()
    }


def _with_request(_logger: Any, _name: str, line: Line) -> Line:
    """Which request a line belongs to, where it belongs to one."""
    if number := REQUEST_ID.get():
        line.setdefault("request_id", number)
    return line
