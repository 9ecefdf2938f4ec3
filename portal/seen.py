"""The requests that the person who asks may see, at a page or through a program."""

from __future__ import annotations

from flask_security import current_user
from sqlalchemy import Select

from netreg.procedures import seeing
from netreg.registry.models import Ticket
from portal.access import my_roles, own_area
from portal.rows import reading


def listed(status: str | None = None) -> Select[Ticket]:
    """The query for them, to narrow down: without the drafts of others, and without what is no business of a unit."""
    return seeing.listed(reading(), own_area(), current_user, my_roles(), status)


def found(folio: str) -> Ticket:
    """The request of this folio or number of sending, if this person may see it; a draft is its area's own."""
    return seeing.found(reading(), folio, own_area(), current_user, my_roles())
