"""A template and its data become a PDF: in this process, or in one of its own where there is much to set.

typst keeps what it laid out in memory, for the next time; of a register with thousands of rows that is more than the
whole service needs. Such a sheet is composed by a process that ends with it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

import typst

# A package is installed as files, never run from a zip: typst reads the templates from their folder.
TEMPLATES = Path(str(resources.files("netreg.letters"))) / "templates"
# Letters have a few thousand characters of data; a register of an office has hundreds of thousands.
LONG = 100_000
# A register of 10,000 rows takes some seconds on one core.
_PATIENCE = 120
_FAILED = 3


class Unwritable(Exception):
    """What is wrong with a picture: nothing else of the data can fail."""


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """The fonts inside typst: the same on every machine, unlike those of a system."""
    return typst.Fonts(include_system_fonts=False)


def composed(kind: str, data: str, issued: datetime) -> bytes:
    """The PDF of a template with these data, as JSON; the same bytes in whichever process. Raises Unwritable."""
    return _apart(kind, data, issued) if len(data) > LONG else _here(kind, data, issued)


def _here(kind: str, data: str, issued: datetime) -> bytes:
    try:
        return typst.compile(
            TEMPLATES / f"{kind}.typ",
            root=TEMPLATES,
            font_paths=fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=issued,
        )
    except typst.TypstError as error:
        raise Unwritable(error.message) from error


def _apart(kind: str, data: str, issued: datetime) -> bytes:
    asked = json.dumps([kind, data, issued.isoformat()]).encode()
    argv = [sys.executable, "-m", "netreg.letters.composing"]
    done = subprocess.run(argv, input=asked, capture_output=True, timeout=_PATIENCE, check=False)
    if done.returncode == _FAILED:
        raise Unwritable(done.stderr.decode())
    done.check_returncode()
    return done.stdout


def main() -> None:
    """The process that is asked on its standard input, and answers with the file on its standard output."""
    kind, data, issued = json.load(sys.stdin.buffer)
    try:
        sys.stdout.buffer.write(_here(kind, data, datetime.fromisoformat(issued)))
    except Unwritable as error:
        sys.stderr.write(str(error))
        sys.exit(_FAILED)


if __name__ == "__main__":
    main()
