"""Who may do what, as one table over role and action: deny unless listed (core workflow, section 2)."""

from __future__ import annotations

import pytest

from netreg.policy import roles
from netreg.procedures.catalogue import procedure
from netreg.procedures.standing import players

# E liaison, T head of area, S secretarial desk, C coordinator, I IT, N drafting desk, D new technologies, M image,
# G digital government, A auditor, X administrator. A name with a number is a step of ADJ-P03, one with "way" a way
# beside its table.
COLUMNS = dict(
    zip(
        "ETSCINDMGAX",
        (
            "liaison",
            "head",
            "secretarial",
            "coordinator",
            "it",
            "legal",
            "newtech",
            "image",
            "digital",
            "auditor",
            "administrator",
        ),
        strict=True,
    )
)
TABLE = """
requests.ask               | E T S . I . . . . . .
requests.file              | E T S C I . . . . . .
step 1                     | E T . . . . . . . . .
way withdraw               | E T . . . . . . . . .
step 2                     | . . S . . . . . . . .
way return_for_correction  | . . S C I . . . . . .
step 3                     | . . . C . . . . . . .
requests.decide            | . . . . I . . . . . .
devices.bind               | . . . . I . . . . . .
way reject_other_reason    | . . . C I . . . . . .
way close_unanswered       | . . . C . . . . . . .
delays.explain             | . . . C I . . . . . .
calendar.see               | E T S C I N D M G A .
calendar.change            | . . . C . . . . . . .
devices.suspend            | . . . C I . . . . . .
devices.release            | . . . C . . . . . . .
devices.infrastructure     | . . . . I . . . . . .
revalidation.see           | E T S C I . . . . A .
revalidation.answer        | E T . . . . . . . . .
revalidation.letter        | E T S . . . . . . . .
revalidation.receive       | . . S C . . . . . . .
revalidation.direct        | . . . C . . . . . . .
step 7                     | . . . . . N . . . . .
step 8                     | . . . C . . . . . . .
step 9                     | . . . . . N . . . . .
step 10                    | . . S . . . . . . . .
step 11                    | E T S . . . . . . . .
requests.see               | E T S C I N D M G A .
requests.work              | E T S C I N D M G . .
requests.letter            | E T . C I . . . . . .
requests.turn              | . . S C I N D M G . .
queue.work                 | . . S C I N D M G . .
notes.see                  | . . S C I N D M G A .
notes.write                | . . S C I N D M G . .
agenda.see                 | . . S C . . . M . A .
requests.reopen            | . . . C . . . . . . .
satisfaction.answer        | E T . . . . . . . . .
way void_letter            | . . . C . . . . . . .
way not_delivered          | . . S . . . . . . . .
addresses.whole            | . . . C I . . . . . .
addresses.masked           | E T . C I . . . . A .
privacy.export             | . . . C . . . . . . .
areas.all                  | . . S C I N D M G A X
devices.see                | E T . C I . . . . A .
alerts.see                 | . . . C I . . . . A .
alerts.handle              | . . . C I . . . . . .
areas.see                  | . . . C I . . . . A X
areas.change               | . . . C . . . . . . X
devices.leave              | E T . C I . . . . . .
import                     | . . S C I . . . . . X
devices.import             | . . . C I . . . . . .
points.see                 | . . . C I . . . . A X
points.change              | . . . . I . . . . . X
presence.see               | . . . C I . . . . A .
presence.follow            | . . . C I . . . . . .
audit.see                  | . . . C I . . . . A .
reports.see                | . . . C I . . . . A .
metrics.see                | . . . . I . . . . . X
letters.see                | . . S C I . . . . A .
procedures.see             | E T S C I N D M G A X
people.keep                | . . S C . . . . . . X
people.substitute          | . . . C . . . . . . X
account                    | E T S C I N D M G A X
home                       | E T S C I N D M G A X
"""
ROWS = [
    (action.strip(), letter, letter in allowed.split())
    for action, allowed in (line.split("|") for line in TABLE.strip().splitlines())
    for letter in COLUMNS
]


def allowed(action: str) -> set[str]:
    """The accounts that may do this, as the program has it."""
    core = procedure("ADJ-P03")
    kind, _blank, name = action.partition(" ")
    if kind == "step":
        return {player for role in core.step(int(name)).actors for player in players(core, role)}
    if kind == "way":
        way = core.extension(name)
        assert way is not None
        return {player for role in way.by for player in players(core, role)}
    return {role for role in roles.ROLES if roles.may([role], action)}


@pytest.mark.parametrize(("action", "letter", "may"), ROWS, ids=[f"{row[0]}-{COLUMNS[row[1]]}" for row in ROWS])
def test_the_table_of_roles_and_actions(action: str, letter: str, may: bool) -> None:
    assert (COLUMNS[letter] in allowed(action)) is may


def test_every_permission_stands_in_the_table_and_no_role_is_left_out() -> None:
    assert set(roles.PERMISSIONS) <= {action for action, _letter, _may in ROWS}
    assert set(COLUMNS.values()) == set(roles.ROLES)


def test_what_nobody_listed_is_nobodys() -> None:
    assert not roles.may(roles.ROLES, "money.print") and not roles.may([], "home") and not roles.may(["king"], "home")


def test_several_roles_add_up() -> None:
    assert roles.may(["auditor", "it"], "requests.decide") and not roles.may(["auditor", "legal"], "requests.decide")
