"""`python -m bench`: run every measurement, or those named: `python -m bench latency`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(wanted: list[str]) -> None:
    """Run `run()` of each module beside this one that has it."""
    for name in wanted or sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py")):
        module = import_module(f"bench.{name}")
        if hasattr(module, "run"):
            module.run()


if __name__ == "__main__":
    main(sys.argv[1:])
