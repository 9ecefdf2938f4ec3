"""What happened to a request -> who is told of it, and in which words. One readable table, and no I/O.

A notice is plain text and says little: what happened, what to do next, where to look. It names no address of a device
(core workflow, section 14), no holder and no purpose: a mailbox is not ours to guard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from netreg.policy import roles

NOTICE = "notice"
LANGUAGES = ("es", "en")

SENT, RECEIVED, TURNED_OVER, RETURNED = "sent", "received", "turned_over", "returned"
DECIDED, TO_SIGN, READY, DELIVERED, VOIDED = "decided", "to_sign", "ready", "delivered", "voided"
KINDS = (SENT, RECEIVED, TURNED_OVER, RETURNED, DECIDED, TO_SIGN, READY, DELIVERED, VOIDED)

# An audience is whoever asked, or everybody who holds a role.
APPLICANT = "applicant"

# What the step that was left does, and the answer it was left on -> what happened.
_BY_EFFECT = {
    ("send", "else"): SENT,
    ("receive", "else"): RECEIVED,
    ("turn_over", "else"): TURNED_OVER,
    ("review_letter", "yes"): READY,
    ("deliver_letter", "else"): DELIVERED,
}
RETURN_ANSWER, VOID_ANSWER = "return_for_correction", "void_letter"
DRAFTING = "draft_letter"


def happened(did: str, answer: str, next_does: str) -> str | None:
    """What a move of a ticket means to people, or None if nobody is told.

    `did` is the effect of the step that was left ("" for one that ends by itself), `next_does` the effect of the step
    it led to.
    """
    if answer == RETURN_ANSWER:
        return RETURNED
    if answer == VOID_ANSWER:
        return VOIDED
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
    """What a notice may say. `devices` holds each one's kind and whether it was allowed; `words` is free text."""

    reference: str
    area: str
    address: str
    due: str = ""
    words: str = ""
    devices: Sequence[tuple[str, bool]] = ()


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
}  # fmt: skip

_DUE = (" El plazo de atención vence el {due}.", " The term ends on {due}.")
_FOOT = (
    "\n\nVéala en {address}\nEste mensaje es automático; no lo responda.\n",
    "\n\nSee it at {address}\nThis message is automatic; do not answer it.\n",
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
        "words": _one_line(facts.words),
        "devices": "\n".join(
            f"{i}. {_DEVICES[kind_][n]}: {_RESULTS[allowed][n]}"
            for i, (kind_, allowed) in enumerate(facts.devices, start=1)
        ),
    }
    words = TABLE[kind, audience][n]
    subject, body = (text.format_map(said) for text in (words.subject, words.body + _FOOT[n]))
    return Words(without_addresses(subject, language), without_addresses(body, language))


def _one_line(text: str) -> str:
    """Free text cannot start a paragraph of its own, and so never looks like a sentence of ours."""
    return " ".join(text.split())


# Six pairs, whatever stands between them: every notation that netreg.mac takes, and the mixed ones it refuses.
_ADDRESS = re.compile(r"[0-9a-f]{2}(?:[:.\- ]?[0-9a-f]{2}){5}", re.ASCII | re.IGNORECASE)


def without_addresses(text: str, language: str) -> str:
    """The text with every address of a device taken out: people write them into the reasons they give."""
    return _ADDRESS.sub(_HIDDEN[LANGUAGES.index(language)], text)
