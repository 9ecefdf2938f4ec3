"""Which procedures have a public form: those that somebody outside asks for, where an area attends to them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from netreg.errors import NotFound
from netreg.office import Office
from netreg.procedures.procedure import Procedure
from netreg.registry import queries
from netreg.registry.models import Area


def is_for_outside(procedure: Procedure) -> bool:
    """Whether somebody without an account asks for it."""
    return procedure.role(procedure.applicant_role).external


def area_of(session: Session, office: Office, procedure: Procedure) -> Area | None:
    """The area that its requests are filed under: that of the setting, or the one called like the unit that does it."""
    wanted = Area.code == office.public.area if office.public.area else Area.called(procedure.owner.executing_es)
    query = queries.areas_by_name().where(Area.closed.is_(None), wanted)
    return session.scalar(query.limit(1))


def offered(session: Session, office: Office) -> list[Procedure]:
    """The procedures with a public form now. Without mail nobody could confirm, so there is none."""
    asked = [one for one in office.catalogue.open() if is_for_outside(one)] if office.mail else []
    return [one for one in asked if area_of(session, office, one) is not None]


def form(session: Session, office: Office, code: str) -> tuple[Procedure, Area]:
    """The procedure with this code and the area that attends to it; raises NotFound where it has no public form now."""
    for procedure in offered(session, office):
        area = area_of(session, office, procedure)
        if procedure.code == code and area is not None:
            return procedure, area
    raise NotFound(
        "Ese trámite no tiene formulario público.", "That procedure has no public form.", code="no_public_form",
        hint="Entregue su oficio en la unidad que lo atiende.",
        hint_en="Hand your letter in at the unit that attends to it.",
    )  # fmt: skip
