"""What the documents tell their readers to type works, and none names a command or an option that there is not."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.conftest import need
from tests.documents.reading import (
    ROOT,
    Block,
    blocks,
    commands,
    documents,
    fault,
    is_whole,
    items,
    loose_code,
    loose_options,
    options,
)
from tests.documents.scratch import empty, furnish, missing, served

LANGUAGES = {"sh", "text", "toml", "yaml", "nft", "routeros"}
ON_THE_POINT = "typed on the point itself, as root; tests/lab and tests/agents set up theirs with the same files"
NOBODY_THERE = "no point answers at 192.0.2.1; tests/agents/test_push.py and tests/lab/demo.py do this with points"
GOES_ON = "goes on until somebody ends it; tests/cli/test_serve.py and tests/agents/test_worker.py start and end it"
SETS_UP = "sets up a machine as root: accounts, services, containers; tests/packaging reads the files that it names"
# Document ("": any of them) -> how a line begins -> why it is not run. The real command line reads it all the same.
NOT_RUN: dict[str, dict[str, str]] = {
    "": {
        "netreg serve": GOES_ON,
        "netreg portal": GOES_ON,
        "netreg worker": GOES_ON,
        "netreg point trust": NOBODY_THERE,
        "netreg point check": NOBODY_THERE,
        "netreg point plan": NOBODY_THERE,
        "netreg point push": NOBODY_THERE,
        "netreg point confirm": NOBODY_THERE,
    },
    "README.md": {"make ": "each sets up and runs what it says, for minutes; tests/test_house.py looks that it exists"},
    "docs/installing.md": {
        **{begin: SETS_UP for begin in ("python3 -m venv ", "/opt/netreg/bin/pip ", "install ", "cd /var/lib/netreg ",
                                        "mv ", "chown ", "systemctl ", "openssl ", "echo ", "docker compose ")},
        "netreg init": "wherever it is typed it asks; tests/cli/test_init.py answers at a terminal, and as a script",
        "netreg db copy": "wants an empty PostgreSQL; tests/store/test_copying.py copies into one, and back",
    },
    "docs/operations.md": {
        "netreg audit verify --export": "asks for a key that was shown before; tests/cli/test_audit.py gives it",
        "netreg audit verify --anchors": "asks for what was noted outside; tests/cli/test_audit.py writes such a file",
        "netreg restore": "wants an empty installation; tests/cli/test_backup.py restores into one",
        "netreg person reset-factor": "nobody there has a second factor; tests/portal/test_accounts.py takes one away",
        "netreg scan --interface": "would listen to this machine's network; tests/agents/test_listen.py has its own",
    },
    "docs/security.md": {"netreg init": "the scratch installation began with it; tests/cli/test_init.py looks at it"},
    "docs/points/README.md": {"install ": SETS_UP},
    "docs/points/dnsmasq.md": {"": ON_THE_POINT},
    "docs/points/freeradius-files.md": {"": ON_THE_POINT},
    "docs/points/linux-hostapd.md": {"": ON_THE_POINT},
    "docs/points/openwrt-firewall.md": {"": ON_THE_POINT},
    "docs/points/openwrt-wifi.md": {"": ON_THE_POINT},
}  # fmt: skip
# What is no command, though it begins like one.
NO_COMMANDS = {"docs/points/mikrotik-routeros.md": {"netreg begin"}}
# The status that the documents name: 1 for a finding and 3 for a point that fails, and the points there answer nobody.
ENDS = {"netreg doctor": 1, "netreg scan --points": 3}
# What stands for something in the text -> what somebody would type; the longer ones first.
STANDS_FOR = {
    "audit export FILE": "audit export bitacora.json",
    "audit show NUMBER": "audit show 1",
    "backup verify FILE": "backup verify respaldo.age",
    "backup FILE": "backup respaldo.age",
    "procedure check FILE": "procedure check procedimiento.toml",
    "EMAIL_OR_NAME -o FILE.zip": "'Luis Peña' -o datos.zip",
    "substitute SARA --for CARLA": "substitute sara@municipio.gob.mx --for carla@municipio.gob.mx",
    "add EMAIL NAME --role ROLE": "add eva@municipio.gob.mx 'Eva Gil' --role it",
    "add NAME HOST --profile PROFILE": "add caseta 192.0.2.9 --profile linux-nftables --key-file id_ed25519",
    "presence find TEXT": "presence find 10.0.0.7",
    "scope antena": "scope palacio",
    "sheet NAME": "sheet palacio",
    "/var/lib/netreg/passwords/antena": "antena.password",
    " EMAIL": " eva@municipio.gob.mx",
    " CODE": " ADJ-P02",
    " MAC": " a4:83:e7:11:22:33",
    " POINT": " palacio",
    " P ": " palacio ",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


def meant(line: str) -> str:
    """The line with what somebody would type in place of what stands for it."""
    line += " "
    for words, instead in STANDS_FOR.items():
        line = line.replace(words, instead)
    return line.strip()


def excuses(document: str, line: str) -> set[tuple[str, str]]:
    """What in the table says why this line is not run; nothing for one that is. "" excuses no `netreg`."""
    return {
        (where, begin)
        for where in (document, "")
        for begin in NOT_RUN.get(where, {})
        if line.startswith(begin) and (begin or not line.startswith("netreg "))
    }


def told(document: Path) -> list[str]:
    """The lines a document tells to type, in order: whole blocks, and amid the text what is a whole command."""
    return [
        line
        for item in items(document)
        for line in item.lines
        if isinstance(item, Block) or is_whole(shlex.split(meant(line))[1:])
    ]


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def run(document: Path) -> list[str]:
    return [line for line in told(document) if not excuses(name_of(document), line)]


@pytest.mark.parametrize("document", [one for one in documents() if run(one)], ids=name_of)
def test_what_a_document_tells_to_type_works_in_the_order_it_is_told(
    document: Path, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("a program of the documents", missing())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NETREG_CONFIG", raising=False)
    lines = run(document)
    with empty(tmp_path) if "netreg init" in lines[0] else served(template, tmp_path) as scratch:
        for line in lines:
            done = scratch.type(meant(line))
            assert done.status == ENDS.get(line, 0), f"{line} ends with {done.status}:\n{done.said}"


def test_every_excuse_is_still_needed_and_names_tests_that_there_are() -> None:
    used = {one for document in documents() for line in told(document) for one in excuses(name_of(document), line)}
    given = {(where, begin) for where, table in NOT_RUN.items() for begin in table}
    assert given == used, f"nothing begins so any more: {sorted(given - used)}"
    named = {
        path for table in NOT_RUN.values() for why in table.values() for path in re.findall(r"tests/[\w/.]+\w", why)
    }
    assert all((ROOT / path).exists() for path in named), sorted(named)


@pytest.mark.parametrize("document", [one for one in documents() if items(one)], ids=name_of)
def test_no_document_names_a_command_that_there_is_not(document: Path) -> None:
    wrong = [
        f"{item}: {line}: {said}"
        for item in items(document)
        for line in item.lines
        if line not in NO_COMMANDS.get(item.document, ())
        for words in commands(meant(line))
        if (said := fault(words))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_document_names_an_option_that_no_command_has() -> None:
    named = {(name_of(one), option) for one in documents() for option in loose_options(one)}
    assert len(named) > 20, "options stand amid the text as `--option`"
    lost = sorted(one for one in named if one[1] not in options())
    assert not lost, f"no command has these: {lost}"


@pytest.mark.parametrize("line", ["netreg pont list", "netreg point lst", "netreg point push P --planned X",
                                  "netreg person add a@b.mx Ana --role boss", "netreg db status now"])  # fmt: skip
def test_what_there_is_not_would_be_noticed(line: str) -> None:
    (words,) = commands(f"cd /srv && {line} && ls")
    assert fault(words) and not is_whole(words)


def test_each_way_to_read_alternatives_is_looked_at() -> None:
    read = list(commands("runuser -u netreg -- /opt/netreg/bin/netreg token create|list --as ana@ejemplo.mx"))
    assert read == [["token", one, "--as", "ana@ejemplo.mx"] for one in ("create", "list")]


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_block_of_code_stands_in_a_fence_that_says_its_language(document: Path) -> None:
    assert not loose_code(document), "put this between ``` and say what it is, or nobody sees that it is typed"
    other = [str(one) for one in blocks(document) if one.language not in LANGUAGES]
    assert not other, f"these say none of {sorted(LANGUAGES)}: {other}"


@pytest.mark.parametrize(
    "block", [one for path in documents() for one in items(path) if isinstance(one, Block)], ids=str
)
def test_what_is_typed_in_a_shell_is_shell_and_the_files_of_ours_in_it_exist(block: Block) -> None:
    read = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    ours = re.findall(r"(?<![\w/])(?:packaging|requirements)/[\w./*-]+", block.text)
    beside = (ROOT / block.document).with_suffix("")
    installed = re.findall(r"^(?:cp|install(?: -\w+ \w+)+) ([\w-]+) /", block.text, re.MULTILINE)
    lost = [one for one in ours if not list(ROOT.glob(one))] + [
        one for one in installed if not (beside / one).is_file()
    ]
    assert not lost, f"{block} names what is not there: {lost}"
