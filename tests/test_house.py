"""The house tests itself: walls, circles, words that people rely on. Each failure names the mend."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("netreg", "agents", "portal")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts)
PURE = (
    "netreg/policy/", "netreg/enforcement/", "netreg/detection/", "netreg/mac.py", "netreg/allowlist.py",
    "netreg/notices.py", "netreg/alerting.py", "netreg/privacy.py", "netreg/procedures/outside/words.py",
    *(f"netreg/procedures/{name}.py" for name in (
        "procedure", "particulars", "soundness", "diagram", "clocks", "figures", "binding", "counting", "trends",
        "lead_times", "pictures", "opinion", "filling", "checking", "formats",
    )),
    *(f"netreg/importing/{name}.py" for name in (
        "problems", "table", "plain", "workbook", "reading", "columns", "values", "session", "exporting",
    )),
)  # fmt: skip
IMPURE = {
    "sqlalchemy", "socket", "subprocess", "threading", "asyncio", "os", "time", "requests", "http", "urllib",
    "paramiko", "scapy", "flask",
}  # fmt: skip
ONLY_IMPORTERS = {"paramiko": {"agents/ssh.py", "agents/channels.py", "agents/proof.py"}, "scapy": {"agents/craft.py"},
                  "apprise": {"agents/notify.py"}, "procrastinate": {"agents/jobs.py"},
                  "pyhanko": {"netreg/letters/efirma.py"},
                  "openpyxl": {"netreg/procedures/report_book.py", "netreg/importing/workbook.py"}}  # fmt: skip


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Every module a file imports, also inside functions."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import; write the whole name"
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def roots_of(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports_of(path)}


def test_there_is_a_house() -> None:
    assert len(FILES) > 40


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_arrows_go_down(path: Path) -> None:
    room = name_of(path).split("/")[0]
    above = {"netreg": {"agents", "portal"}, "agents": {"portal"}, "portal": {"agents"}}[room] | {"tests"}
    assert not roots_of(path) & above, f"{name_of(path)}: move the decision down or the caller up"


@pytest.mark.parametrize("path", [one for one in FILES if name_of(one).startswith(PURE)], ids=name_of)
def test_rules_do_no_io(path: Path) -> None:
    assert not roots_of(path) & IMPURE, f"{name_of(path)}: hand the value in instead of fetching it"


@pytest.mark.parametrize("path", [one for one in FILES if name_of(one).startswith("netreg/")], ids=name_of)
def test_the_core_knows_no_flask_no_ssh_no_packets(path: Path) -> None:
    assert not roots_of(path) & {"flask", "flask_security", "paramiko", "scapy", "waitress"}


@pytest.mark.parametrize("library", ONLY_IMPORTERS)
def test_one_file_imports_each_dangerous_library(library: str) -> None:
    importers = {name_of(path) for path in FILES if library in roots_of(path)}
    assert importers == ONLY_IMPORTERS[library], f"talk to {library} through {ONLY_IMPORTERS[library]}"


def test_no_file_imports_in_a_circle() -> None:
    modules = {module_of(path): path for path in FILES}
    arrows = {
        name: {one for one in imports_of(path) if one in modules and one != name} for name, path in modules.items()
    }
    standing = set(arrows)
    while free := {name for name in standing if not arrows[name] & standing}:
        standing -= free
    assert not standing, f"a circle among {sorted(standing)}: move what both need into a file below"


def test_device_profiles_hold_data_only() -> None:
    assert not list((ROOT / "device_profiles").rglob("*.py"))
    assert list((ROOT / "device_profiles").glob("*.toml"))


def test_only_the_transaction_commits() -> None:
    for path in FILES:
        calls = re.findall(r"\.commit\(", path.read_text(encoding="utf-8"))
        assert not calls, f"{name_of(path)}: open `store.transaction` instead of committing"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_day_is_one_of_the_office(path: Path) -> None:
    """Between six and midnight at the office, the day of UTC is tomorrow."""
    wrong = re.findall(
        r"now\((?:UTC)?\)\.date\(\)|\b(?:utcnow|today)\(\)\.date|date\.today\(\)", path.read_text(encoding="utf-8")
    )
    assert wrong == [], "use office.today, or the instant in office.zone"


def test_nothing_evicts_a_row_silently() -> None:
    for path in FILES:
        assert "OR REPLACE" not in path.read_text(encoding="utf-8").upper(), f"{name_of(path)}: update the row instead"


def test_every_file_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in FILES if not ast.get_docstring(tree_of(path))]
    assert not silent, "write the first line of these files"


def test_functions_stay_short() -> None:
    lengths = []
    for path in FILES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths.append((node.end_lineno or 0) - node.lineno + 1)
    lengths.sort()
    assert lengths[len(lengths) // 2] < 10, "the median function has ten lines or more: split some"


# --- what people rely on --------------------------------------------------------------------------------------------


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def commands(prefix: str) -> list[list[str]]:
    lines = re.findall(rf"^{prefix}(?: .*)?$", readme(), re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {words[1] for words in commands("make")}
    assert {"demo", "run", "test"} <= named <= targets


def test_the_wheel_carries_every_room_and_its_entry_points_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) >= {*ROOMS, "device_profiles"}
    for group in project["project"]["entry-points"].values():
        for target in group.values():
            module, _, name = target.partition(":")
            source = ROOT / (module.replace(".", "/") + ".py")
            assert re.search(rf"^def {name}\(", source.read_text(encoding="utf-8"), re.MULTILINE), target


def test_locks_carry_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text and "://" not in text and "--index" not in text, lock.name
