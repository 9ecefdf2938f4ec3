"""What people outside are told by mail, in the language of the form they filled in. One readable table, and no I/O.

The first mail goes to an address that nobody has proved: it repeats nothing that was typed, or it would carry anybody's
words to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from netreg.notices import LANGUAGES, Words, without_addresses
from netreg.privacy import PAGE

OUTSIDE = "outside"
CONFIRM, FILED, RETURNED, YOURS, FINISHED, REOPENED, MESSAGE = (
    "confirm", "filed", "returned", "yours", "finished", "reopened", "message",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What a mail may say. `link` is whole; `words` is free text of the desk; `until` is when the link dies."""

    office: str
    title: str
    link: str
    reference: str = ""
    received: str = ""
    until: str = ""
    words: str = ""


TABLE: dict[str, tuple[Words, Words]] = {
    CONFIRM: (
        Words("Confirme su solicitud a {office}",
              "Con este correo se llenó un formulario de {office}: {title}.\n\n"
              "Para enviarlo, confirme aquí antes del {until}:\n{link}\n\n"
              "Si no fue usted, no haga nada: se borra solo."),
        Words("Confirm your request to {office}",
              "A form of {office} was filled in with this address: {title}.\n\n"
              "To send it, confirm here before {until}:\n{link}\n\n"
              "If it was not you, do nothing: it is deleted by itself."),
    ),
    FILED: (
        Words("Solicitud {reference} recibida",
              "{office} recibió su solicitud: {title}.\n\n"
              "Su folio es {reference}. Cuenta como recibida el {received}.\n\n"
              "Véala cuando quiera en este enlace; guárdelo y no lo comparta:\n{link}"),
        Words("Request {reference} received",
              "{office} received your request: {title}.\n\n"
              "Its folio is {reference}. It counts as received on {received}.\n\n"
              "See it whenever you like through this link; keep it and do not share it:\n{link}"),
    ),
    RETURNED: (
        Words("Solicitud {reference}: falta algo",
              "Para atender su solicitud {reference} a {office} falta algo:\n\n«{words}»\n\n"
              "Corríjala y envíela de nuevo aquí; conserva su folio:\n{link}"),
        Words("Request {reference}: something is missing",
              "To attend to your request {reference} to {office} something is missing:\n\n“{words}”\n\n"
              "Correct it and send it again here; it keeps its folio:\n{link}"),
    ),
    YOURS: (
        Words("Solicitud {reference}: hay novedades",
              "Su solicitud {reference} a {office} avanzó, y ahora le toca a usted.\n\n"
              "Vea qué sigue en este enlace:\n{link}"),
        Words("Request {reference}: there is news",
              "Your request {reference} to {office} moved on, and it is your turn now.\n\n"
              "See what is next through this link:\n{link}"),
    ),
    FINISHED: (
        Words("Solicitud {reference} concluida",
              "Su solicitud {reference} a {office} concluyó.\n\nVea el resultado en este enlace:\n{link}"),
        Words("Request {reference} finished",
              "Your request {reference} to {office} came to its end.\n\nSee the result through this link:\n{link}"),
    ),
    REOPENED: (
        Words("Solicitud {reference} reabierta",
              "Su solicitud {reference} a {office} se reabrió y conserva su folio.\n\nSígala en este enlace:\n{link}"),
        Words("Request {reference} opened again",
              "Your request {reference} to {office} was opened again and keeps its folio.\n\n"
              "Follow it through this link:\n{link}"),
    ),
    MESSAGE: (
        Words("Mensaje sobre la solicitud {reference}",
              "{office} le escribe sobre su solicitud {reference}:\n\n«{words}»\n\nVéala en este enlace:\n{link}"),
        Words("Message about request {reference}",
              "{office} writes to you about your request {reference}:\n\n“{words}”\n\n"
              "See it through this link:\n{link}"),
    ),
}  # fmt: skip
_FOOT = (
    "\n\nEste mensaje es automático; no lo responda. Sus datos y sus derechos: {page}\n",
    "\n\nThis message is automatic; do not answer it. Your data and your rights: {page}\n",
)


def write(kind: str, said: Said, address: str, language: str) -> Words:
    """The message of one kind; `address` is that of the portal. No address of a device stands in it."""
    n = LANGUAGES.index(language)
    free = without_addresses(_one_line(said.words), language)
    known = {
        "office": _one_line(said.office), "title": _one_line(said.title), "link": said.link, "words": free,
        "reference": said.reference, "received": said.received, "until": said.until,
    }  # fmt: skip
    words = TABLE[kind][n]
    return Words(words.subject.format_map(known), words.body.format_map(known) + _FOOT[n].format(page=address + PAGE))


def _one_line(text: str) -> str:
    """Free text cannot start a paragraph of its own, and so never looks like a sentence of ours."""
    return " ".join(text.split())
