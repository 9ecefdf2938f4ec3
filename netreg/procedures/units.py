"""What an installation calls the units and roles of its procedures, in the place of the words of the printed manual.

A key is the id of a role (`it`), of that role in one manual or procedure alone (`almoloya.it`, `ADJ-P02.it`), or for
the units in charge the manual or the procedure. The narrower key counts. A request is shown by today's names whichever
definition it was opened with: a department that was renamed is not asked under its former name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from netreg.errors import ConfigError
from netreg.procedures.particulars import Owner, Role, Said
from netreg.procedures.procedure import Procedure

Names = Mapping[str, Said]


@dataclass(frozen=True)
class Units:
    """The names of the settings: of roles, of the units in charge of procedures, and of those that attend to them.

    `_made` is what was named already, by the version of its definition.
    """

    roles: Names = field(default_factory=dict)
    owner: Names = field(default_factory=dict)
    executing: Names = field(default_factory=dict)
    _made: dict[str, Procedure] = field(default_factory=dict, init=False, compare=False, repr=False)

    def over(self, procedure: Procedure) -> Procedure:
        """The procedure by these names; itself where there are none. `printed` has the manual's own."""
        if not (self.roles or self.owner or self.executing):
            return procedure
        if procedure.sha256 not in self._made:
            self._made[procedure.sha256] = procedure.model_copy(
                update={
                    "roles": tuple(self._role(procedure, one) for one in procedure.roles),
                    "owner": self._owner(procedure),
                    "manual_words": procedure,
                }
            )
        return self._made[procedure.sha256]

    def _role(self, procedure: Procedure, role: Role) -> Role:
        said = _first(self.roles, _keys(procedure, role))
        return role if said is None else role.model_copy(update={"es": said.es, "en": said.en})

    def _owner(self, procedure: Procedure) -> Owner:
        keys = (procedure.code, procedure.manual)
        update: dict[str, str] = {}
        for name, said in (("unit", _first(self.owner, keys)), ("executing", _first(self.executing, keys))):
            update |= {f"{name}_es": said.es, f"{name}_en": said.en} if said else {}
        return procedure.owner.model_copy(update=update)


def printed(procedure: Procedure) -> Procedure:
    """The same with the words of the manual."""
    return procedure.manual_words or procedure


def checked(units: Units, known: Iterable[Procedure]) -> Units:
    """The same; raises ConfigError naming every key that is of no role, manual or procedure."""
    wrong = list(_wrong(units, list(known)))
    if wrong:
        raise ConfigError("netreg.P006", "; ".join(wrong), "netreg procedure show CODE --json tells the roles of one")
    return units


def _wrong(units: Units, known: list[Procedure]) -> Iterator[str]:
    places = {name for one in known for name in (one.code, one.manual)}
    roles = {key for one in known for role in one.roles for key in _keys(one, role)}
    yield from (f"procedures.units.roles: there is no role {key}" for key in units.roles if key not in roles)
    for name, names in (("owner", units.owner), ("executing", units.executing)):
        unknown = sorted(names.keys() - places)
        yield from (f"procedures.units.{name}: there is no procedure or manual {key}" for key in unknown)


def _keys(procedure: Procedure, role: Role) -> tuple[str, ...]:
    """What a role may be named by, the narrowest first."""
    return (f"{procedure.code}.{role.id}", f"{procedure.manual}.{role.id}", role.id)


def _first(names: Names, keys: Iterable[str]) -> Said | None:
    return next((names[key] for key in keys if key in names), None)
