"""Who may do what: one table of roles and permissions. Who plays which role of a procedure: `procedures.standing`.

Deny unless listed (core workflow, section 2). A person may have several roles; a substitute has a role for some days.
"""

from __future__ import annotations

from collections.abc import Iterable

LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT = "liaison", "head", "secretarial", "coordinator", "it"
LEGAL, NEWTECH, IMAGE, DIGITAL = "legal", "newtech", "image", "digital"
AUDITOR, ADMINISTRATOR = "auditor", "administrator"
ROLES = (LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT, LEGAL, NEWTECH, IMAGE, DIGITAL, AUDITOR, ADMINISTRATOR)
# The desks that do the work of procedures besides device access; they see the requests of those and no others.
UNITS = (LEGAL, NEWTECH, IMAGE, DIGITAL)
# These belong to an area and see nothing of any other.
OF_AN_AREA = (LIAISON, HEAD)
# What somebody may stand in for.
SUBSTITUTED = (SECRETARIAL, COORDINATOR, IT, LEGAL, NEWTECH, IMAGE, DIGITAL)
# Who keeps accounts -> the roles they may give and take, which are also the accounts they may touch. The desk and the
# coordinator keep the people of the areas; who may decide, sign and set is the administrator's to say.
KEEPERS = {SECRETARIAL: OF_AN_AREA, COORDINATOR: OF_AN_AREA, ADMINISTRATOR: ROLES}
# permission -> roles
PERMISSIONS: dict[str, tuple[str, ...]] = {
    "home": ROLES,
    # The desks ask for somebody who walked in.
    "requests.ask": (LIAISON, HEAD, SECRETARIAL, IT),
    # A request of any other procedure: the desks enter what came on paper or by mail.
    "requests.file": (LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT),
    "requests.see": (LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT, *UNITS, AUDITOR),
    "requests.work": (LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT, *UNITS),
    "requests.decide": (IT,),
    "delays.explain": (COORDINATOR, IT),
    "calendar.see": (LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT, *UNITS, AUDITOR),
    "calendar.change": (COORDINATOR,),
    # The area's own letter bears whole addresses; the turn slip is for those who work on the request.
    "requests.letter": (LIAISON, HEAD, COORDINATOR, IT),
    "requests.turn": (SECRETARIAL, COORDINATOR, IT, *UNITS),
    # The unit's queue, and what is noted on a request: the area sees neither.
    "queue.work": (SECRETARIAL, COORDINATOR, IT, *UNITS),
    "notes.see": (SECRETARIAL, COORDINATOR, IT, *UNITS, AUDITOR),
    "notes.write": (SECRETARIAL, COORDINATOR, IT, *UNITS),
    # What the office has agreed to be at: for those who go, and those who send them.
    "agenda.see": (SECRETARIAL, COORDINATOR, IMAGE, AUDITOR),
    "requests.reopen": (COORDINATOR,),
    "satisfaction.answer": (LIAISON, HEAD),
    "devices.see": (LIAISON, HEAD, COORDINATOR, IT, AUDITOR),
    "devices.suspend": (COORDINATOR, IT),
    "devices.release": (COORDINATOR,),
    "devices.bind": (IT,),
    "devices.infrastructure": (IT,),
    "revalidation.see": (LIAISON, HEAD, SECRETARIAL, COORDINATOR, IT, AUDITOR),
    "revalidation.answer": (LIAISON, HEAD),
    "revalidation.letter": (LIAISON, HEAD, SECRETARIAL),
    # The coordinator stands in for the desk, as with the receipt of a request.
    "revalidation.receive": (SECRETARIAL, COORDINATOR),
    "revalidation.direct": (COORDINATOR,),
    "addresses.whole": (COORDINATOR, IT),
    # The last two octets, to tell one device from another; the desk and the drafters need none at all.
    "addresses.masked": (LIAISON, HEAD, COORDINATOR, IT, AUDITOR),
    "areas.all": (SECRETARIAL, COORDINATOR, IT, *UNITS, AUDITOR, ADMINISTRATOR),
    "areas.see": (COORDINATOR, IT, AUDITOR, ADMINISTRATOR),
    "areas.change": (COORDINATOR, ADMINISTRATOR),
    # The area's own people and the desks that hear of it say that somebody left.
    "devices.leave": (LIAISON, HEAD, COORDINATOR, IT),
    # Lists as files: areas and people by whoever keeps them, devices by IT or the coordinator.
    "import": (SECRETARIAL, COORDINATOR, IT, ADMINISTRATOR),
    "devices.import": (COORDINATOR, IT),
    "points.see": (COORDINATOR, IT, AUDITOR, ADMINISTRATOR),
    "points.change": (IT, ADMINISTRATOR),
    "alerts.see": (COORDINATOR, IT, AUDITOR),
    "alerts.handle": (COORDINATOR, IT),
    # Who is on the network now, by day and week, and who looks; addresses as far as the role sees them.
    "presence.see": (COORDINATOR, IT, AUDITOR),
    # Where one address was, which for a phone is where somebody was: for those alone who may see whole addresses.
    "presence.follow": (COORDINATOR, IT),
    "audit.see": (COORDINATOR, IT, AUDITOR),
    "reports.see": (COORDINATOR, IT, AUDITOR),
    # The service in numbers, for whoever keeps it running; it names points and no person.
    "metrics.see": (IT, ADMINISTRATOR),
    "letters.see": (SECRETARIAL, COORDINATOR, IT, AUDITOR),
    "privacy.export": (COORDINATOR,),
    "procedures.see": ROLES,
    "people.keep": tuple(KEEPERS),
    "people.substitute": (COORDINATOR, ADMINISTRATOR),
    "account": ROLES,
}


def may(roles: Iterable[str], permission: str) -> bool:
    """Whether one of the roles has the permission; one that is not in the table is nobody's."""
    return bool(set(roles) & set(PERMISSIONS.get(permission, ())))


def keeps(mine: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether somebody with these roles may give, take and keep those."""
    return set(theirs) <= {role for one in mine for role in KEEPERS.get(one, ())}
