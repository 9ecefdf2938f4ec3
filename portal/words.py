"""The words pages use for what the core calls by codes: always the same plain word, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import format_datetime, gettext
from flask_babel import lazy_gettext as _

from netreg.mac import MacAddress
from netreg.registry.commands.devices import CHOICES, REASONS
from portal.languages import language


class Badge(NamedTuple):
    """A state as a person reads it: its word, and the tone it is shown in (never the tone alone)."""

    text: Any
    tone: str


DEVICE = {
    "requested": Badge(_("por decidir"), "wait"),
    "awaiting_binding": Badge(_("falta vincular"), "wait"),
    "waiting_swap": Badge(_("espera el cambio"), "wait"),
    "pushing": Badge(_("enviando"), "work"),
    "active": Badge(_("activo"), "good"),
    "suspended": Badge(_("suspendido"), "bad"),
    "removing": Badge(_("dando de baja"), "work"),
    "removed": Badge(_("de baja"), "still"),
    "rejected": Badge(_("rechazado"), "bad"),
}
REQUEST = {
    "en_captura": Badge(_("en captura"), "wait"),
    "recibida": Badge(_("enviada"), "wait"),
    "turnada": Badge(_("recibida"), "work"),
    "en_revision": Badge(_("en revisión"), "work"),
    "en_atencion": Badge(_("en registro"), "work"),
    "prevenida": Badge(_("devuelta para corregir"), "bad"),
    "respuesta_en_elaboracion": Badge(_("respuesta en elaboración"), "work"),
    "respuesta_en_revision": Badge(_("respuesta en revisión"), "work"),
    "por_entregar": Badge(_("por entregar"), "wait"),
    "concluida": Badge(_("concluida"), "good"),
    "rechazada": Badge(_("rechazada"), "bad"),
    "desistida": Badge(_("desistida"), "still"),
}
MARKS = {"done": _("hecho"), "current": _("aquí va"), "next": _("sigue"), "later": ""}
CLOCK = {
    "running": Badge(_("en plazo"), "good"),
    "paused": Badge(_("reloj detenido"), "still"),
    "in_term": Badge(_("atendida en plazo"), "good"),
    "late": Badge(_("fuera de plazo"), "bad"),
    "answered_late": Badge(_("atendida fuera de plazo"), "bad"),
}
POINT = {
    "never": Badge(_("nunca verificado"), "wait"),
    "waiting": Badge(_("en espera"), "wait"),
    "pushing": Badge(_("enviando"), "work"),
    "verified": Badge(_("verificado"), "good"),
    "failing": Badge(_("falla"), "bad"),
    "refused": Badge(_("detenido"), "bad"),
}
ALERT = {
    "open": Badge(_("abierta"), "bad"),
    "acknowledged": Badge(_("en atención"), "work"),
    "snoozed": Badge(_("pospuesta"), "still"),
    "closed": Badge(_("cerrada"), "good"),
}
KINDS = {"phone": _("Teléfono"), "computer": _("Computadora"), "infrastructure": _("Infraestructura")}
FILES = {
    "request_letter": _("Oficio firmado"),
    "signed_letter": _("Respuesta firmada, escaneada"),
    "signed_receipt": _("Copia firmada de recibido"),
}
OWNERSHIP = {"municipal": _("Municipal"), "personal": _("Personal")}
FINDINGS = {
    "rogue": _("Equipo sin registro"),
    "clone": _("Dirección duplicada"),
    "blind": _("Fuente que no ve nada"),
    "drift": _("Lista cambiada a mano"),
    "stale": _("Equipo sin uso"),
    "storm": _("Muchos hallazgos a la vez"),
    "unverified": _("Baja sin confirmar"),
    "unpushed": _("Alta sin confirmar"),
}

# form field -> its label, for refusals that are shown away from the form
FIELDS = {
    "reason": _("Motivo"),
    "code": _("Motivo"),
    "note": _("Nota"),
    "until": _("Fecha"),
    "mac": _("Dirección MAC"),
    "evidence": _("Evidencia"),
    "name": _("Nombre"),
    "area": _("Área"),
    "purpose": _("¿Para qué se usarán?"),
    "holder": _("Quién lo usa"),
    "model": _("Marca y modelo"),
    "computer_name": _("Nombre de la computadora"),
    "letter_number": _("Número del oficio"),
    "letter_date": _("Fecha del oficio"),
    "paper": _("Oficio firmado"),
    "file": _("Archivo"),
    "annexes": _("Número de anexos"),
    "comment": _("Comentario"),
    "paragraphs": _("Texto del oficio"),
    "receiver": _("Quién lo recibe"),
    "receiver_post": _("Cargo"),
    "kind": _("Tipo"),
    "ownership": _("Propiedad"),
    "replaces": _("¿Sustituye a otro teléfono?"),
}

# code of a point's problem -> what to do about it
ADVICE = {
    "unsafe_plan": _("Revise el plan; si es lo que quiere, confírmelo aquí abajo."),
    "unreachable": _("Revise que el punto esté encendido y en la red. Se intentará de nuevo sin que haga nada."),
    "host_key_unknown": _("Compare la huella de la llave en el propio equipo y fíjela con «netreg point trust»."),
    "host_key_changed": _(
        "La llave del equipo cambió. Si nadie lo reinstaló, puede ser una suplantación: no la fije sin ver el equipo."
    ),
    "login_refused": _("El equipo no aceptó la llave de acceso de netreg: instálela de nuevo en el punto."),
    "command_refused": _("El equipo rechazó una orden. Revise los permisos del usuario de netreg en el punto."),
    "unexpected_output": _("El equipo contestó algo que no se entiende. Revise que el perfil sea el de su versión."),
    "incomplete_read": _("No se pudo leer la lista completa; no se cambió nada. Se intentará de nuevo."),
    "verify_failed": _(
        "La lista leída no es la enviada. El punto vuelve solo a la anterior; revise quién más lo cambia."
    ),
}
_OTHER_ADVICE = _("Revise el punto; si no se corrige solo, avise a quien lo administra.")


def badge(table: dict[str, Badge], code: str) -> Badge:
    """The badge of a code; one this version does not know is shown as it is."""
    return table.get(code, Badge(code, "still"))


def field_label(name: str) -> Any:
    """What a field of a form is called; `mac-1` is the second device's."""
    base, _dash, number = name.partition("-")
    label = str(FIELDS.get(base, base))
    if not number:
        return label
    return gettext("Equipo %(number)d, %(label)s", number=int(number) + 1, label=label[:1].lower() + label[1:])


def advice(code: str) -> Any:
    """What to do about a point's problem."""
    return ADVICE.get(code, _OTHER_ADVICE)


def reason(code: str) -> str:
    """A reason of the catalogue in the reader's language."""
    spanish, english = REASONS.get(code, (code, code))
    return english if language() == "en" else spanish


def reasons() -> dict[str, str]:
    """Every reason an officer may reject for, to choose from."""
    return {code: reason(code) for code in CHOICES}


def when(moment: datetime | None) -> str:
    """A moment in the office's time zone, or a dash."""
    return format_datetime(moment, "d MMM y, HH:mm:ss") if moment else "—"


def minute(moment: datetime) -> str:
    """A moment to the minute, in the office's time zone."""
    return format_datetime(moment, "EEE d MMM, HH:mm")


def mac(text: str, whole: bool) -> str:
    """An address: whole for IT, its last two octets for everybody else."""
    return text if whole else MacAddress(text).masked
