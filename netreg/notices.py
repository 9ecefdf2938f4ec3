"""What happened to a request -> who is told of it, and in which words. One readable table, and no I/O.

A notice is plain text and says little: what happened, what to do next, where to look. It names no address of a device
(core workflow, section 14), no holder and no purpose: a mailbox is not ours to guard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netreg.mac import WRITTEN
from netreg.policy import roles
from netreg.privacy import PAGE

NOTICE = "notice"
LANGUAGES = ("es", "en")

SENT, RECEIVED, TURNED_OVER, RETURNED = "sent", "received", "turned_over", "returned"
DECIDED, TO_SIGN, READY, DELIVERED, VOIDED = "decided", "to_sign", "ready", "delivered", "voided"
CLOSED = "closed"
# Reminders: what has not happened for too long. Each goes out once at most.
APPROACHING, OVERDUE, UNSIGNED, STILL_UNSIGNED, UNCORRECTED = (
    "approaching", "overdue", "unsigned", "still_unsigned", "uncorrected",
)  # fmt: skip
UNBROUGHT = "unbrought"
REMINDERS = (APPROACHING, OVERDUE, UNSIGNED, STILL_UNSIGNED, UNCORRECTED, UNBROUGHT)
# Of a list of devices that an area is asked about; its reference is the list's.
REVALIDATE, NOT_REVALIDATED = "revalidate", "not_revalidated"
# What people do beside the steps: a message to the area, a colleague handed it over, it was opened again, it asks for
# what another request asks for.
MESSAGE, HANDED_OVER, REOPENED, DUPLICATE = "message", "handed_over", "reopened", "duplicate"
# Of a procedure that says what its steps do by data alone: it waits for its area, or it came to its end.
YOURS, FINISHED = "yours", "finished"
KINDS = (
    SENT, RECEIVED, TURNED_OVER, RETURNED, DECIDED, TO_SIGN, READY, DELIVERED, VOIDED, CLOSED, *REMINDERS,
    REVALIDATE, NOT_REVALIDATED, MESSAGE, HANDED_OVER, REOPENED, DUPLICATE, YOURS, FINISHED,
)  # fmt: skip

# An audience is whoever asked, whoever will use a device and did not ask for it, or everybody who holds a role.
APPLICANT, HOLDER = "applicant", "holder"
# Whoever follows a request reads what the applicant reads, and why they get it; a colleague, what was handed to them.
FOLLOWER, COLLEAGUE = "follower", "colleague"

# What the step that was left does, and the answer it was left on -> what happened.
_BY_EFFECT = {
    ("send", "else"): SENT,
    ("receive", "else"): RECEIVED,
    ("turn_over", "else"): TURNED_OVER,
    ("review_letter", "yes"): READY,
    ("deliver_letter", "else"): DELIVERED,
}
RETURN_ANSWER, CLOSE_ANSWER, VOID_ANSWER = "return_for_correction", "close_unanswered", "void_letter"
# The same for the ways beside the manual's table.
_BY_WAY = {
    RETURN_ANSWER: RETURNED, CLOSE_ANSWER: CLOSED, VOID_ANSWER: VOIDED, REOPENED: REOPENED, DUPLICATE: DUPLICATE,
}  # fmt: skip
DRAFTING = "draft_letter"


def happened(did: str, answer: str, next_does: str) -> str | None:
    """What a move of a ticket means to people, or None if nobody is told.

    `did` is the effect of the step that was left ("" for one that ends by itself), `next_does` the effect of the step
    it led to.
    """
    if answer in _BY_WAY:
        return _BY_WAY[answer]
    if not did and next_does == DRAFTING:
        return DECIDED
    return _BY_EFFECT.get((did, answer))


@dataclass(frozen=True, slots=True)
class Words:
    """One message: a subject of one line, and a body in plain text."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice may say. `devices` holds each one's kind and whether it was allowed; `words` is free text.

    `rights` is the office's own channel to exercise rights over one's data; only a holder reads of it.
    """

    reference: str
    area: str
    address: str
    due: str = ""
    words: str = ""
    devices: Sequence[tuple[str, bool]] = ()
    rights: str = ""
    # The last day of a list that an area is asked to answer.
    until: str = ""


_REVALIDATE = (
    Words("Lista {reference}: diga qué equipos siguen en uso",
          "Se pregunta al área {area} por cada uno de sus equipos en la red: si se queda, si se da de baja o si cambió "
          "de persona.{until}\n\n"
          "Qué sigue: marque cada equipo en el portal y entregue el oficio firmado por el titular del área."),
    Words("List {reference}: say which devices are still in use",
          "Area {area} is asked about each of its devices on the network: whether it stays, goes, or has another "
          "holder.{until}\n\n"
          "What is next: mark each device at the portal and hand in the letter signed by the head of the area."),
)  # fmt: skip

# (what happened, who is told) -> (Spanish, English)
TABLE: dict[tuple[str, str], tuple[Words, Words]] = {
    (SENT, APPLICANT): (
        Words("Solicitud {reference} enviada",
              "La solicitud de {area} se envió con el número {reference}.\n\n"
              "Qué sigue: entregue el oficio firmado en el área secretarial. El plazo corre desde que se recibe."),
        Words("Request {reference} sent",
              "The request of {area} was sent with number {reference}.\n\n"
              "What is next: hand in the signed letter at the secretarial desk. The term runs from its receipt."),
    ),
    (SENT, roles.SECRETARIAL): (
        Words("Solicitud {reference} por recibir",
              "Hay una solicitud por recibir: {reference}, de {area}.\n\n"
              "Qué sigue: selle el acuse cuando tenga a la vista el oficio firmado."),
        Words("Request {reference} to receive",
              "There is a request to receive: {reference}, of {area}.\n\n"
              "What is next: stamp the receipt once you have the signed letter before you."),
    ),
    (RECEIVED, APPLICANT): (
        Words("Solicitud recibida con el folio {reference}",
              "Se recibió la solicitud de {area}. Su folio es {reference}.{due}\n\n"
              "Qué sigue: nada de su parte; le avisaremos cuando se decida."),
        Words("Request received with folio {reference}",
              "The request of {area} was received. Its folio is {reference}.{due}\n\n"
              "What is next: nothing on your part; we will tell you once it is decided."),
    ),
    (RECEIVED, roles.COORDINATOR): (
        Words("Solicitud {reference} por turnar",
              "Se recibió la solicitud {reference}, de {area}.{due}\n\nQué sigue: revísela y túrnela a Informática."),
        Words("Request {reference} to turn over",
              "Request {reference}, of {area}, was received.{due}\n\nWhat is next: review it and turn it over to IT."),
    ),
    (TURNED_OVER, roles.IT): (
        Words("Solicitud {reference} por atender",
              "Le turnaron la solicitud {reference}, de {area}.{due}\n\nQué sigue: decida cada uno de sus equipos."),
        Words("Request {reference} to attend to",
              "Request {reference}, of {area}, was turned over to you.{due}\n\n"
              "What is next: decide each of its devices."),
    ),
    (RETURNED, APPLICANT): (
        Words("Solicitud {reference} devuelta para corrección",
              "La solicitud {reference} de {area} se devolvió para corrección:\n\n«{words}»\n\n"
              "Qué sigue: corríjala y envíela de nuevo; conserva su número."),
        Words("Request {reference} returned for correction",
              "Request {reference} of {area} was returned for correction:\n\n“{words}”\n\n"
              "What is next: correct it and send it again; it keeps its number."),
    ),
    (DECIDED, APPLICANT): (
        Words("Solicitud {reference} decidida",
              "Se decidió la solicitud {reference} de {area}:\n\n{devices}\n\n"
              "Qué sigue: nada de su parte; la respuesta por escrito está en elaboración."),
        Words("Request {reference} decided",
              "Request {reference} of {area} was decided:\n\n{devices}\n\n"
              "What is next: nothing on your part; the answer in writing is being prepared."),
    ),
    (DECIDED, roles.LEGAL): (
        Words("Oficio de la solicitud {reference} por redactar",
              "La solicitud {reference}, de {area}, ya está decidida.\n\nQué sigue: redacte el oficio de respuesta."),
        Words("Letter of request {reference} to draft",
              "Request {reference}, of {area}, is decided.\n\nWhat is next: draft the answer letter."),
    ),
    # Whoever uses a device that somebody else asked for is told what was registered (core workflow, section 14).
    (DECIDED, HOLDER): (
        Words("Equipos registrados a su nombre, solicitud {reference}",
              "En la solicitud {reference}, de {area}, se registraron equipos a su nombre:\n\n{devices}\n\n"
              "Se guardan su nombre, su área y los datos de cada equipo.\n\n"
              "Qué sigue: nada de su parte. Si no reconoce un equipo, avise a su área."),
        Words("Devices registered in your name, request {reference}",
              "In request {reference}, of {area}, devices were registered in your name:\n\n{devices}\n\n"
              "Your name, your area and the data of each device are kept.\n\n"
              "What is next: nothing on your part. If you do not know one of them, tell your area."),
    ),
    (TO_SIGN, roles.SECRETARIAL): (
        Words("Oficio de la solicitud {reference} por firmar en papel",
              "El oficio de la solicitud {reference}, de {area}, ya tiene número.\n\n"
              "Qué sigue: imprímalo, recabe la firma y entregue el escaneo en el portal."),
        Words("Letter of request {reference} to sign on paper",
              "The letter of request {reference}, of {area}, has its number.\n\n"
              "What is next: print it, have it signed, and hand in the scan at the portal."),
    ),
    # Ready and delivered repeat the result: after an outage only the newest notice goes out.
    (READY, APPLICANT): (
        Words("Respuesta a la solicitud {reference}: está lista",
              "El oficio de respuesta a la solicitud {reference} está listo:\n\n{devices}\n\n"
              "Qué sigue: recójalo en el área secretarial."),
        Words("Answer to request {reference}: it is ready",
              "The answer letter to request {reference} is ready:\n\n{devices}\n\n"
              "What is next: collect it at the secretarial desk."),
    ),
    (READY, roles.SECRETARIAL): (
        Words("Oficio de la solicitud {reference} por entregar",
              "El oficio de la solicitud {reference}, de {area}, ya está firmado.\n\n"
              "Qué sigue: entréguelo y registre quién lo recibe."),
        Words("Letter of request {reference} to deliver",
              "The letter of request {reference}, of {area}, is signed.\n\n"
              "What is next: deliver it and record who receives it."),
    ),
    (DELIVERED, APPLICANT): (
        Words("Respuesta a la solicitud {reference}: entregada",
              "Se entregó el oficio de respuesta a la solicitud {reference} de {area}:\n\n{devices}\n\n"
              "Qué sigue: devuelva la copia firmada de recibido."),
        Words("Answer to request {reference}: delivered",
              "The answer letter to request {reference} of {area} was delivered:\n\n{devices}\n\n"
              "What is next: return the copy signed for receipt."),
    ),
    (YOURS, APPLICANT): (
        Words("Solicitud {reference}: le toca a su área",
              "La solicitud {reference} de {area} espera a su área.\n\n"
              "Qué sigue: ábrala en netreg; ahí dice qué falta o qué se le pide."),
        Words("Request {reference}: your area's turn",
              "Request {reference} of {area} waits for your area.\n\n"
              "What is next: open it in netreg; it says what is missing or asked of you."),
    ),
    (FINISHED, APPLICANT): (
        Words("Solicitud {reference} concluida",
              "La solicitud {reference} de {area} concluyó.\n\n"
              "Qué sigue: nada de su parte; sus documentos quedan en netreg."),
        Words("Request {reference} finished",
              "Request {reference} of {area} came to its end.\n\n"
              "What is next: nothing on your part; its documents stay in netreg."),
    ),
    (CLOSED, APPLICANT): (
        Words("Solicitud {reference} cerrada sin corregir",
              "La solicitud {reference} de {area} se cerró porque no se corrigió a tiempo:\n\n«{words}»\n\n"
              "Qué sigue: si los equipos hacen falta, envíe una solicitud nueva."),
        Words("Request {reference} closed uncorrected",
              "Request {reference} of {area} was closed because it was not corrected in time:\n\n“{words}”\n\n"
              "What is next: if the devices are needed, send a new request."),
    ),
    (APPROACHING, roles.IT): (
        Words("Solicitud {reference}: quedan 24 horas",
              "A la solicitud {reference}, de {area}, le quedan 24 horas hábiles o menos.{due}\n\n"
              "Qué sigue: decida o registre los equipos que faltan."),
        Words("Request {reference}: 24 hours left",
              "Request {reference}, of {area}, has 24 working-day hours left or less.{due}\n\n"
              "What is next: decide or register the devices that are missing."),
    ),
    (OVERDUE, roles.COORDINATOR): (
        Words("Solicitud {reference} fuera de plazo",
              "La solicitud {reference}, de {area}, pasó su plazo de atención y sigue sin atenderse.\n\n"
              "Qué sigue: véala con Informática y escriba la causa; el informe del mes la lleva."),
        Words("Request {reference} past its term",
              "Request {reference}, of {area}, passed its term and is not attended to yet.\n\n"
              "What is next: see it with IT and write the reason; the month's report shows it."),
    ),
    (UNSIGNED, APPLICANT): (
        Words("Falta su recibo de la solicitud {reference}",
              "El oficio de respuesta a la solicitud {reference} de {area} se entregó y falta firmar su copia.\n\n"
              "Qué sigue: devuelva al área secretarial la copia firmada de recibido."),
        Words("Your receipt of request {reference} is missing",
              "The answer letter to request {reference} of {area} was delivered and its copy is still not signed.\n\n"
              "What is next: return the copy signed for receipt to the secretarial desk."),
    ),
    (UNSIGNED, roles.SECRETARIAL): (
        Words("Falta el recibo de la solicitud {reference}",
              "Se entregó el oficio de la solicitud {reference}, de {area}, y falta la copia firmada.\n\n"
              "Qué sigue: pídala al área."),
        Words("The receipt of request {reference} is missing",
              "The letter of request {reference}, of {area}, was delivered and the signed copy is missing.\n\n"
              "What is next: ask the area for it."),
    ),
    (STILL_UNSIGNED, APPLICANT): (
        Words("Todavía falta su recibo de la solicitud {reference}",
              "La copia del oficio de respuesta a la solicitud {reference} de {area} sigue sin firmarse.\n\n"
              "Qué sigue: devuélvala firmada de recibido; si no, se anotará que no se firmó."),
        Words("Your receipt of request {reference} is still missing",
              "The copy of the answer letter to request {reference} of {area} is still not signed.\n\n"
              "What is next: return it signed for receipt; otherwise it will be noted that it was not."),
    ),
    (STILL_UNSIGNED, roles.SECRETARIAL): (
        Words("Todavía falta el recibo de la solicitud {reference}",
              "La copia firmada del oficio de la solicitud {reference}, de {area}, sigue sin llegar.\n\n"
              "Qué sigue: regístrela, o anote por qué no se firmó."),
        Words("The receipt of request {reference} is still missing",
              "The signed copy of the letter of request {reference}, of {area}, has not arrived yet.\n\n"
              "What is next: record it, or note why it was not signed."),
    ),
    (UNCORRECTED, APPLICANT): (
        Words("Solicitud {reference}: sigue sin corregirse",
              "La solicitud {reference} de {area} se devolvió hace tiempo y ya pasó el plazo para corregirla.\n\n"
              "Qué sigue: corríjala y envíela; si no, la Coordinación puede cerrarla por escrito."),
        Words("Request {reference}: still not corrected",
              "Request {reference} of {area} was returned some time ago and the term to correct it has passed.\n\n"
              "What is next: correct it and send it; otherwise the coordinator may close it in writing."),
    ),
    (UNCORRECTED, roles.COORDINATOR): (
        Words("Solicitud {reference} devuelta y sin corregir",
              "La solicitud {reference}, de {area}, pasó el plazo para corregirse.\n\n"
              "Qué sigue: puede cerrarla por escrito, o esperar a que el área la corrija."),
        Words("Request {reference} returned and not corrected",
              "Request {reference}, of {area}, passed the term to be corrected.\n\n"
              "What is next: you may close it in writing, or wait for the area to correct it."),
    ),
    (UNBROUGHT, APPLICANT): (
        Words("Solicitud {reference}: falta traer una computadora",
              "La solicitud {reference} de {area} espera desde hace cinco días hábiles una computadora aprobada.\n\n"
              "Qué sigue: llévela a Informática o pida que la visiten; si no, puede rechazarse por no presentarse."),
        Words("Request {reference}: a computer is to be brought",
              "Request {reference} of {area} has waited for an approved computer for five working days.\n\n"
              "What is next: bring it to IT or ask them to visit; otherwise it may be rejected as not brought."),
    ),
    (REVALIDATE, roles.LIAISON): _REVALIDATE,
    (REVALIDATE, roles.HEAD): _REVALIDATE,
    (NOT_REVALIDATED, roles.COORDINATOR): (
        Words("Lista {reference} sin contestar",
              "El área {area} no contestó a tiempo la lista {reference} de sus equipos. No se ha dado de baja nada.\n\n"
              "Qué sigue: dele más tiempo o decida la baja de lo que no se revalidó."),
        Words("List {reference} not answered",
              "Area {area} did not answer list {reference} of its devices in time. Nothing was removed.\n\n"
              "What is next: give it more time, or decide the removal of what was not revalidated."),
    ),
    (VOIDED, APPLICANT): (
        Words("Respuesta a la solicitud {reference}: se expedirá otro oficio",
              "El oficio de respuesta a la solicitud {reference} de {area} se anuló; si ya lo tiene, no lo use.\n\n"
              "Qué sigue: nada de su parte; le avisaremos cuando esté listo el que lo sustituye."),
        Words("Answer to request {reference}: another letter will come",
              "The answer letter to request {reference} of {area} was voided; if you have it, do not use it.\n\n"
              "What is next: nothing on your part; we will tell you once its replacement is ready."),
    ),
    (VOIDED, roles.LEGAL): (
        Words("Oficio de la solicitud {reference} por redactar de nuevo",
              "El oficio de la solicitud {reference}, de {area}, se anuló:\n\n«{words}»\n\n"
              "Qué sigue: redacte el que lo sustituye."),
        Words("Letter of request {reference} to draft anew",
              "The letter of request {reference}, of {area}, was voided:\n\n“{words}”\n\n"
              "What is next: draft its replacement."),
    ),
    (MESSAGE, APPLICANT): (
        Words("Mensaje sobre la solicitud {reference}",
              "Sobre la solicitud {reference} de {area} le escriben:\n\n«{words}»\n\n"
              "Qué sigue: vea la solicitud en el portal."),
        Words("Message about request {reference}",
              "About request {reference} of {area} you are told:\n\n“{words}”\n\n"
              "What is next: see the request at the portal."),
    ),
    (HANDED_OVER, COLLEAGUE): (
        Words("Le pasaron la solicitud {reference}",
              "La solicitud {reference}, de {area}, está ahora en sus manos:\n\n«{words}»{due}\n\n"
              "Qué sigue: atiéndala, o devuélvala a la cola de su unidad."),
        Words("Request {reference} was handed to you",
              "Request {reference}, of {area}, is in your hands now:\n\n“{words}”{due}\n\n"
              "What is next: attend to it, or give it back to the queue of your unit."),
    ),
    (REOPENED, APPLICANT): (
        Words("Solicitud {reference} reabierta",
              "La solicitud {reference} de {area} se reabrió:\n\n«{words}»\n\n"
              "Qué sigue: conserva su folio; le avisaremos cuando avance."),
        Words("Request {reference} opened again",
              "Request {reference} of {area} was opened again:\n\n“{words}”\n\n"
              "What is next: it keeps its number; we will tell you once it moves on."),
    ),
    (DUPLICATE, APPLICANT): (
        Words("Solicitud {reference} cerrada como duplicada",
              "La solicitud {reference} de {area} se cerró porque pide lo mismo que otra:\n\n«{words}»\n\n"
              "Qué sigue: nada de su parte; la otra sigue su curso."),
        Words("Request {reference} closed as a duplicate",
              "Request {reference} of {area} was closed because it asks for what another one asks for:\n\n“{words}”\n\n"
              "What is next: nothing on your part; the other one goes on."),
    ),
}  # fmt: skip

_DUE = (" El plazo de atención vence el {due}.", " The term ends on {due}.")
_UNTIL = (" Puede contestar hasta el {until}.", " It may answer until {until}.")
_FOOT = (
    "\n\nVéala en {address}\nEste mensaje es automático; no lo responda.\n",
    "\n\nSee it at {address}\nThis message is automatic; do not answer it.\n",
)
_FOLLOWED = (
    "\n\nRecibe este correo porque sigue la solicitud; puede dejar de seguirla en su página.",
    "\n\nYou get this mail because you follow the request; you may stop following it on its page.",
)
_RIGHTS = (
    "\n\nSus derechos sobre estos datos y cómo ejercerlos: {page}{channel}",
    "\n\nYour rights over these data and how to exercise them: {page}{channel}",
)
_DEVICES = {
    "phone": ("Teléfono", "Phone"),
    "computer": ("Computadora", "Computer"),
    "infrastructure": ("Infraestructura", "Infrastructure"),
}
_RESULTS = {True: ("se autorizó", "allowed"), False: ("no se autorizó", "not allowed")}
_HIDDEN = ("[dirección omitida]", "[address left out]")


def audiences(kind: str) -> tuple[str, ...]:
    """Who is told of this kind of thing; the applicant first."""
    return tuple(audience for one, audience in TABLE if one == kind)


def write(kind: str, audience: str, facts: Facts, language: str) -> Words:
    """The message of one kind for one audience. Raises KeyError for a pair that is not in the table."""
    n = LANGUAGES.index(language)
    said = {
        "reference": _one_line(facts.reference),
        "area": _one_line(facts.area),
        "address": facts.address,
        "due": _DUE[n].format(due=facts.due) if facts.due else "",
        "until": _UNTIL[n].format(until=facts.until) if facts.until else "",
        "words": _one_line(facts.words),
        "devices": "\n".join(
            f"{i}. {_DEVICES[kind_][n]}: {_RESULTS[allowed][n]}"
            for i, (kind_, allowed) in enumerate(facts.devices, start=1)
        ),
    }
    words = TABLE[kind, APPLICANT if audience == FOLLOWER else audience][n]
    subject, body = (without_addresses(text.format_map(said), language) for text in (words.subject, words.body))
    added = _rights(facts, n) if audience == HOLDER else _FOLLOWED[n] if audience == FOLLOWER else ""
    return Words(subject, body + added + _FOOT[n].format_map(said))


def _rights(facts: Facts, n: int) -> str:
    """The office's own words, which stay as they are: a telephone number can look like an address of a device."""
    channel = f"\n{facts.rights}" if facts.rights else ""
    return _RIGHTS[n].format(page=facts.address + PAGE, channel=channel)


def _one_line(text: str) -> str:
    """Free text cannot start a paragraph of its own, and so never looks like a sentence of ours."""
    return " ".join(text.split())


def without_addresses(text: str, language: str) -> str:
    """The text with every address of a device taken out: people write them into the reasons they give."""
    return WRITTEN.sub(_HIDDEN[LANGUAGES.index(language)], text)
