"""The words pages use for what the core calls by codes: always the same plain word, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from netreg.mac import MacAddress
from netreg.policy.binding import EVIDENCE as EVIDENCE_KINDS
from netreg.policy.calendar_cells import hours_text
from netreg.policy.calendar_dates import Reason, Span
from netreg.procedures import grounds
from netreg.procedures.catalogue import CORE
from netreg.procedures.clocks import Pause, Reading
from netreg.procedures.delays import REASONS as DELAYS
from netreg.procedures.procedure import Procedure
from netreg.registry import queries
from netreg.registry import reasons as reason_catalogue
from netreg.registry.commands.devices import CHOICES, REASONS, REMOVALS, SUSPENSIONS
from netreg.registry.models import Point, Ticket
from netreg.store.base import now
from portal import dates
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
    "sin_respuesta": Badge(_("cerrada sin corregir"), "still"),
    "en_espera": Badge(_("en espera"), "still"),
    "en_aprobacion": Badge(_("por aprobar"), "wait"),
    # Of a procedure that says so in other words than access to the network does.
    "light:recibida": Badge(_("recibida"), "wait"),
    "light:turnada": Badge(_("turnada"), "work"),
    "light:en_atencion": Badge(_("en atención"), "work"),
    "duplicada": Badge(_("duplicada"), "still"),
}
# The same, told to somebody outside who follows their own request.
FOLLOWED = {
    "recibida": _("Llegó. La unidad revisa que esté completa."),
    "turnada": _("Otra unidad tiene la información y la prepara."),
    "en_revision": _("La unidad revisa su solicitud."),
    "prevenida": _("Le falta algo. La unidad le escribe qué es."),
    "en_atencion": _("La unidad la atiende."),
    "en_espera": _("Espera algo de fuera de la unidad."),
    "en_aprobacion": _("Espera una aprobación."),
    "concluida": _("Concluyó."),
    "rechazada": _("No procedió."),
    "desistida": _("Usted desistió."),
    "duplicada": _("Se cerró porque pide lo mismo que otra."),
}
ACCOUNT = {
    "open": Badge(_("abierta"), "good"),
    "invited": Badge(_("falta su contraseña"), "wait"),
    "closed": Badge(_("cerrada"), "still"),
}
ROLES = {
    "liaison": _("Enlace de área"),
    "head": _("Titular de área"),
    "secretarial": _("Área secretarial"),
    "coordinator": _("Coordinación"),
    "it": _("Informática"),
    "legal": _("Normatividad"),
    "newtech": _("Nuevas tecnologías"),
    "image": _("Comunicación e Imagen"),
    "digital": _("Gobierno Digital"),
    "auditor": _("Contraloría"),
    "administrator": _("Administración del sistema"),
}
SCOPES = {
    "areas:read": _("ver áreas"),
    "areas:write": _("cambiar áreas"),
    "people:read": _("ver personas"),
    "people:write": _("cambiar personas"),
    "requests:read": _("ver solicitudes"),
    "requests:write": _("pedir y tramitar solicitudes"),
    "requests:decide": _("aprobar y rechazar equipos"),
    "devices:read": _("ver equipos"),
    "devices:write": _("suspender, quitar y vincular equipos"),
    "addresses:read": _("ver direcciones completas"),
    "points:read": _("ver puntos y la lista permitida"),
    "points:write": _("mandar ajustes a los puntos"),
    "sightings:read": _("ver lo que se detecta en la red"),
    "alerts:read": _("ver alertas"),
    "alerts:write": _("atender alertas"),
    "figures:read": _("ver los indicadores"),
    "audit:read": _("ver la bitácora"),
    "metrics:read": _("ver las mediciones del servicio"),
}
MARKS = {"done": _("hecho"), "current": _("aquí va"), "next": _("sigue"), "later": ""}
CLOCK = {
    "running": Badge(_("en plazo"), "good"),
    "paused": Badge(_("reloj detenido"), "still"),
    "in_term": Badge(_("atendida en plazo"), "good"),
    "late": Badge(_("fuera de plazo"), "bad"),
    "answered_late": Badge(_("atendida fuera de plazo"), "bad"),
}
# The office's own clocks: the same states, said of a step and not of the whole request.
OWN_CLOCK = {
    "running": Badge(_("en plazo"), "still"),
    "paused": Badge(_("reloj detenido"), "still"),
    "in_term": Badge(_("a tiempo"), "good"),
    "late": Badge(_("pasó su plazo"), "wait"),
    "answered_late": Badge(_("a destiempo"), "wait"),
}
CLOCKS = {
    "attention": _("Atención"),
    "turn": _("Turno a Informática"),
    "response": _("Respuesta entregada"),
    "receipt": _("Copia firmada de recibido"),
    "correction": _("Corrección del área"),
}
GROUPS = {
    "overdue": _("Fuera de plazo"),
    "today": _("Vencen hoy"),
    "sign": _("Por revisar y firmar"),
    "deliver": _("Por entregar"),
    "area": _("Esperan al área"),
    "rest": _("En curso"),
}
POINT = {
    "new": Badge(_("fuera de servicio"), "wait"),
    "never": Badge(_("nunca verificado"), "wait"),
    "waiting": Badge(_("en espera"), "wait"),
    "pushing": Badge(_("enviando"), "work"),
    "verified": Badge(_("verificado"), "good"),
    "failing": Badge(_("falla"), "bad"),
    "refused": Badge(_("detenido"), "bad"),
}
# How well a make of point is known (device_profiles/README.md).
KNOWN = {
    "real": Badge(_("probado con el equipo real"), "good"),
    "documented": Badge(_("según la documentación"), "work"),
    "inferred": Badge(_("en parte supuesto: pruébelo antes"), "wait"),
}
PASS = {
    "verified": Badge(_("aplicado y verificado"), "good"),
    "unsafe_plan": Badge(_("detenido"), "bad"),
    "plan_changed": Badge(_("detenido"), "bad"),
    "failed": Badge(_("no se pudo"), "bad"),
}
# A step of a push: as it is said once it is done, and before that.
STEPS = {
    "undo": (_("Deshizo lo que dejó un ajuste anterior"), _("Deshacer lo que dejó un ajuste anterior")),
    "read": (_("Leyó la lista"), _("Conectar y leer la lista")),
    "compare": (_("Comparó la lista con lo que debe ser"), _("Comparar la lista con lo que debe ser")),
    "backup": (_("Guardó una copia de la lista"), _("Guardar una copia de la lista")),
    "arm": (_("Armó la vuelta atrás"), _("Armar la vuelta atrás")),
    "apply": (_("Aplicó los cambios"), _("Aplicar los cambios")),
    "read_back": (_("Leyó otra vez la lista"), _("Leer otra vez la lista para comprobarla")),
    "disarm": (_("Quitó la vuelta atrás"), _("Quitar la vuelta atrás")),
    "save": (_("Guardó la lista para cuando el equipo reinicie"), _("Guardar la lista para cuando el equipo reinicie")),
    "kick": (_("Desconectó a los que se quitaron"), _("Desconectar a los que se quitaron")),
}
NETWORKS = {"wifi": _("sólo WiFi"), "wired": _("sólo cable"), "both": _("WiFi y cable")}
STRAY = {"found": Badge(_("espera decisión"), "wait"), "removing": Badge(_("por quitar"), "work")}
KINDS = {"phone": _("Teléfono"), "computer": _("Computadora"), "infrastructure": _("Infraestructura")}
CONNECTIONS = {"wifi": _("WiFi"), "wired": _("Cable"), "both": _("WiFi y cable")}
OPERATIONS = {"remove": _("Baja"), "update": _("Cambio de datos")}
IMPORTS = {"areas": _("Áreas"), "people": _("Personas"), "devices": _("Equipos")}
FLAGS = {"reassign": _("Falta decir quién lo usa ahora"), "area_closed": _("Su área ya no existe")}
EVIDENCE = {
    "inspection": _("la vi en la computadora"),
    "lease": _("arrendamiento de DHCP"),
    "lookup": _("respondió con ese nombre"),
    "inventory": _("inventario"),
    "claim": _("la escribió quien pide"),
}
EVIDENCE_CHOICES = {key: EVIDENCE[key] for key in EVIDENCE_KINDS}
TRUST = {"high": _("confianza alta"), "medium": _("confianza media"), "low": _("confianza baja")}
FILES = {
    "request_letter": _("Oficio firmado"),
    "signed_letter": _("Respuesta firmada, escaneada"),
    "signed_receipt": _("Copia firmada de recibido"),
}
LIST = {
    "asked": Badge(_("espera al área"), "wait"),
    "answered": Badge(_("falta el oficio firmado"), "wait"),
    "applied": Badge(_("en vigor"), "good"),
    "decided": Badge(_("cerrada por la Coordinación"), "still"),
}
MARKED = {"": _("sin marcar"), "keep": _("se queda"), "remove": _("de baja"), "change": _("cambia de persona")}
MARKS_TO_CHOOSE = {"keep": _("Se queda"), "change": _("Cambia de persona"), "remove": _("Dar de baja")}
# What the list of devices is also searched by, beside their states.
BESIDE = {"dormant": _("sin uso"), "revalidation": _("en revalidación"), "flagged": _("por decidir su destino")}
SHARES = {"mac": _("misma dirección"), "name": _("mismo nombre"), "holder": _("misma persona")}
OWNERSHIP = {"municipal": _("Municipal"), "personal": _("Personal")}

# form field -> its label, for refusals that are shown away from the form
FIELDS = {
    "reason": _("Motivo"),
    "code": _("Motivo"),
    "note": _("Nota"),
    "internal_note": _("Nota interna"),
    "message": _("Mensaje al área"),
    "hand_over": _("Qué hay que hacer"),
    "colleague": _("¿A quién?"),
    "original": _("Folio de la otra"),
    "duplicate_note": _("Comentario"),
    "reopen_reason": _("Motivo"),
    "score": _("De 1, muy mal, a 5, muy bien"),
    "score_comment": _("Comentario"),
    "until": _("Fecha"),
    "decision": _("Qué pasó con el equipo"),
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
    "why": _("Causa"),
    "words": _("Explicación"),
    "from": _("Desde"),
    "to": _("Hasta"),
    "es": _("Motivo"),
    "en": _("Motivo en inglés"),
    "source": _("Fuente"),
    "hours": _("Horario"),
    "replaces": _("¿Sustituye a otro teléfono?"),
    "connection": _("Conexión"),
    "inventory_no": _("Número de inventario"),
    "signed_by": _("Quién firma el oficio"),
    "use_ack": _("Uso del internet"),
    "privacy_ack": _("Aviso de privacidad"),
    "device": _("Equipo"),
    "choice": _("Qué pasa con el equipo"),
    "location": _("Dónde está"),
    "instruction": _("Instrucción de la Coordinación"),
    "last_day": _("Día en que se va"),
    "post": _("Cargo"),
    "new_code": _("Clave del área nueva"),
    "email": _("Correo"),
    "roles": _("Papeles"),
    "role": _("Papel"),
    "person": _("Suplente"),
    "first": _("Primer día"),
    "last": _("Último día"),
    "password": _("Contraseña"),
    "current": _("Contraseña actual"),
    "again": _("Otra vez la contraseña nueva"),
    "factor_code": _("Código"),
    "who": _("Correo o nombre completo"),
}

# code of a point's problem -> what to do about it
ADVICE = {
    "unsafe_plan": _("Revise el plan; si es lo que quiere, confírmelo aquí abajo."),
    "unreachable": _("Revise que el punto esté encendido y en la red. Se intentará de nuevo sin que haga nada."),
    "host_key_unknown": _("Compare la huella de la llave en el propio equipo y fíjela con «netreg point trust»."),
    "host_key_changed": _(
        "La llave del equipo cambió. Si nadie lo reinstaló, puede ser una suplantación: no la fije sin ver el equipo."
    ),
    "login_refused": _(
        "El equipo no dejó entrar a netreg. Compare su llave o contraseña con las del equipo y pida revisarlo."
    ),
    "login_unready": _(
        "netreg no pudo usar el archivo de su llave o contraseña; no envió nada. Revise el archivo en el servidor."
    ),
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
    if not number.isdecimal():
        return label
    return gettext("Equipo %(number)d, %(label)s", number=int(number) + 1, label=label[:1].lower() + label[1:])


def step(name: str, mark: str) -> Any:
    """A step of a push, as one that is done or one that is not."""
    done, to_do = STEPS[name]
    return done if mark == "done" else to_do


def advice(code: str) -> Any:
    """What to do about a point's problem."""
    return ADVICE.get(code, _OTHER_ADVICE)


def reason(code: str) -> str:
    """A reason of the catalogue in the reader's language."""
    spanish, english = (REASONS | REMOVALS).get(code, (code, code))
    return english if language() == "en" else spanish


def reasons() -> dict[str, str]:
    """Every reason an officer may reject for, to choose from."""
    return {code: reason(code) for code in CHOICES}


def reasons_of(procedure: Procedure, left: int, ways: Iterable[str]) -> dict[str, str]:
    """The reasons to choose from where one of these answers or ways returns a request or refuses it; else nothing."""
    kinds = {kind for way in ways if (kind := grounds.kind_of(procedure, left, way))}
    english = language() == "en"
    found = {
        code: reason_catalogue.names(kind)[code][english]
        for kind in sorted(kinds)
        for code in grounds.offered(procedure, kind)
    }
    return {"": gettext("elija, si le sirve")} | found if found else {}


def grounds_of(ticket: Ticket, procedure: Procedure) -> str:
    """The reason of the catalogue for which a request is back with its area, or was refused; nothing without one."""
    one = grounds.current(ticket, procedure)
    return "" if one is None else one.en if language() == "en" else one.es


def suspensions() -> dict[str, str]:
    """Every reason for which a device is put on hold, to choose from."""
    english = language() == "en"
    return {code: said[english] for code, said in SUSPENSIONS.items()}


def removals() -> dict[str, str]:
    """Every reason for which a device is taken out, to choose from."""
    return {code: reason(code) for code in REMOVALS}


def and_areas(first: dict[str, Any], areas: Iterable[queries.AreaName]) -> dict[str, Any]:
    """What to choose from: the first of all, and then these areas."""
    return first | {area.code: area.name for area in areas}


def delays() -> dict[str, str]:
    """Every reason of a delay, to choose from."""
    english = language() == "en"
    return {code: said[english] for code, said in DELAYS.items()}


def delay(ticket: Ticket) -> str:
    """Why a request passed its term, as somebody wrote it."""
    named = delays().get(ticket.late_reason, ticket.late_reason)
    return f"{named}: {ticket.late_words}" if ticket.late_words else named


def mark(state: str, hours: int) -> str:
    """The last mark of the clock that was passed; words, so that nobody needs the colour."""
    if state in ("late", "answered_late"):
        return gettext("pasó el término de %(hours)d h", hours=hours)
    return gettext("pasó la marca de %(hours)d h", hours=hours)


def due(clock: Reading) -> str:
    """When a clock is used up, or was; nothing for what was done in time."""
    if clock.due is None or clock.state == "in_term":
        return ""
    if clock.late:
        return gettext("venció el %(when)s", when=dates.minute(clock.due))
    return gettext("vence el %(when)s", when=dates.minute(clock.due))


def pause(one: Pause) -> str:
    """Why a clock stands still, or stood."""
    if one.why == "binding":
        return gettext("se espera que el área traiga %(names)s", names=one.cause)
    if one.why == "waiting":
        return gettext("en espera: %(cause)s", cause=one.cause)
    if one.why == "closed":
        return gettext("estuvo cerrada; se reabrió: «%(words)s»", words=one.cause)
    return gettext("devuelta: «%(words)s»", words=one.cause)


def stretch(one: Pause) -> str:
    """From when to when a clock stood still."""
    if one.end is None:
        return gettext("desde el %(start)s", start=dates.minute(one.start))
    return gettext("del %(start)s al %(end)s", start=dates.minute(one.start), end=dates.minute(one.end))


def resting(point: Point) -> str:
    """Until when a point that keeps failing is left alone, and why."""
    if point.retry_at is None:
        return ""
    if point.retry_at <= now():
        return gettext("Falló %(count)d veces seguidas y su pausa terminó: se intenta ahora.", count=point.failures)
    return gettext(
        "En pausa hasta las %(time)s por %(count)d fallos seguidos; entonces se intenta de nuevo, sin que haga nada.",
        time=dates.to_the_second(point.retry_at),
        count=point.failures,
    )


def said(why: Reason) -> str:
    """Why a day does not count, in the reader's language."""
    return why.en if language() == "en" else why.es


def hours(spans: Iterable[Span]) -> str:
    """The hours of a day that opens."""
    return hours_text(spans)


def masked(text: str) -> str:
    """An address by its last two octets, for whoever it is."""
    return MacAddress(text).masked


def standing(ticket: Ticket) -> str:
    """The code under which `REQUEST` tells how a request stands."""
    light = f"light:{ticket.status}"
    return light if ticket.procedure != CORE and ticket.received is not None and light in REQUEST else ticket.status
