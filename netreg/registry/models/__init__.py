"""Rows of the registry. Each table is declared once; the rules that must never break are constraints there."""

from netreg.registry.models.areas import Area, Headship, QuotaUnit
from netreg.registry.models.common import (
    ALERT_STATES,
    CONNECTIONS,
    FLAGS,
    KINDS,
    STRAY_OPEN,
    STRAY_STATES,
    one_of,
    unique_where,
)
from netreg.registry.models.people import Person, RecoveryCode, Role, SecondFactor, Substitution, person_role
from netreg.registry.models.places import Alert, Pass, Point, Progress, Sighting, Source, Stray
from netreg.registry.models.requests import (
    Authorisation,
    Definition,
    Device,
    FolioSequence,
    FormerAddress,
    Interface,
    Move,
    Operation,
    StateChange,
    Ticket,
)

__all__ = [
    "ALERT_STATES",
    "CONNECTIONS",
    "FLAGS",
    "KINDS",
    "STRAY_OPEN",
    "STRAY_STATES",
    "Alert",
    "Area",
    "Authorisation",
    "Definition",
    "Device",
    "FolioSequence",
    "FormerAddress",
    "Headship",
    "Interface",
    "Move",
    "Operation",
    "Pass",
    "Person",
    "Point",
    "Progress",
    "QuotaUnit",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Sighting",
    "Source",
    "StateChange",
    "Stray",
    "Substitution",
    "Ticket",
    "one_of",
    "person_role",
    "unique_where",
]
