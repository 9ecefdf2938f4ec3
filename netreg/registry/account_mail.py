"""Mail about an account: the link that opens it, and what was done to it that its owner must know.

A delivery holds what it is about and a person's number. The link is signed when the message goes out, so that no usable
secret ever lies in a row. A reset asked for at the sign-in page owes the same row whether the account exists or not:
number 0 is nobody's, and whoever asks cannot tell by the time it takes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from netreg import events
from netreg.events import Event
from netreg.notices import LANGUAGES, Words
from netreg.office import Office
from netreg.registry import links, queries
from netreg.registry.models import Person
from netreg.store import outbox
from netreg.store.base import now
from netreg.store.transaction import Transaction

ACCOUNT = "account"
INVITATION, RESET, ASKED, FACTOR_RESET = links.INVITATION, links.RESET, "asked", "factor_reset"
NOBODY = 0
# After an outage of days nobody waits for a link any more, and one that comes unawaited looks like an attack.
NOT_AFTER = {INVITATION: timedelta(days=7), RESET: timedelta(days=1), ASKED: timedelta(days=1)}

_ABOUT: dict[type[Event], str] = {
    events.PersonInvited: INVITATION,
    events.ResetAsked: RESET,
    events.FactorReset: FACTOR_RESET,
}
_RESET = (
    Words("Elija otra contraseña de netreg",
          "Alguien pidió cambiar la contraseña de su cuenta en netreg, de {office}.\n\n"
          "Elíjala en este enlace, que sirve una vez y durante una hora:\n{link}\n\n"
          "Si no fue usted, no haga nada: su contraseña sigue siendo la misma."),
    Words("Choose another netreg password",
          "Somebody asked to change the password of your account in netreg, of {office}.\n\n"
          "Choose it through this link, which is good once and for an hour:\n{link}\n\n"
          "If it was not you, do nothing: your password stays as it is."),
)  # fmt: skip
_MESSAGES: dict[str, tuple[Words, Words]] = {
    INVITATION: (
        Words("Su cuenta en netreg",
              "{office} le abrió una cuenta en netreg, el registro de equipos de la red.\n\n"
              "Elija su contraseña en este enlace, que sirve una vez y durante siete días:\n{link}\n\n"
              "Después entre con su correo y esa contraseña."),
        Words("Your account in netreg",
              "{office} opened an account for you in netreg, the register of devices on the network.\n\n"
              "Choose your password through this link, which is good once and for seven days:\n{link}\n\n"
              "Then sign in with your e-mail and that password."),
    ),
    RESET: _RESET,
    ASKED: _RESET,
    FACTOR_RESET: (
        Words("Se quitó el segundo factor de su cuenta en netreg",
              "Quien administra las cuentas de netreg, de {office}, quitó el segundo factor de la suya y cerró sus "
              "sesiones.\n\nSi lo pidió usted, entre con su contraseña y actívelo de nuevo: {address}\n"
              "Si no lo pidió, avise a Informática."),
        Words("The second factor of your netreg account was taken away",
              "Whoever keeps the accounts of netreg, of {office}, took away the second factor of yours and ended your "
              "sessions.\n\nIf you asked for it, sign in with your password and switch it on again: {address}\n"
              "If you did not, tell the IT office."),
    ),
}  # fmt: skip
_FOOT = (
    "\n\nEste mensaje es automático; no lo responda.\n",
    "\n\nThis message is automatic; do not answer it.\n",
)


def owe_account_mail(tx: Transaction, event: Event) -> None:
    """Owe the message an event calls for; none where the office sends no mail."""
    about = _ABOUT.get(type(event))
    if tx.office.mail and about:
        person = queries.known_person(tx.session, event.facts["email"])
        outbox.owe(tx.session, ACCOUNT, f"{about}:{person.id}", now())


def owe_reset(tx: Transaction, email: str) -> None:
    """Somebody at the sign-in page forgot the password of this account, if there is one: the same work either way."""
    person = queries.person(tx.session, email)
    number = person.id if person and person.active else NOBODY
    outbox.owe(tx.session, ACCOUNT, f"{ASKED}:{number}", now())


def compose(
    session: Session, called: str, owed: datetime, key: str, office: Office, language: str
) -> tuple[str, Words] | str:
    """To whom and what a delivery says that was owed at `owed`, or why it need not go out, in words for its row."""
    about, _, number = called.partition(":")
    person = session.get(Person, int(number))
    if person is None or not person.active:
        return "there is no open account"
    if about in NOT_AFTER and now() - owed > NOT_AFTER[about]:
        return "it is too late: nobody waits for this link any more"
    if about == INVITATION and person.password:
        return "the person has chosen a password meanwhile"
    return person.email, _written(about, person, key, office, language)


def sent(tx: Transaction, called: str) -> None:
    """Record that a link which somebody asked for at the sign-in page went out."""
    about, _, number = called.partition(":")
    if about == ASKED:
        tx.record(events.ResetSent(email=tx.session.get_one(Person, int(number)).email))


def _written(about: str, person: Person, key: str, office: Office, language: str) -> Words:
    n = LANGUAGES.index(language)
    purpose = INVITATION if about == INVITATION else RESET
    said = {
        "office": " ".join(office.letterhead.municipality.split()),
        "address": office.address,
        "link": links.address(office.address, key, person, purpose) if about in NOT_AFTER else "",
    }
    words = _MESSAGES[about][n]
    return Words(words.subject, (words.body + _FOOT[n]).format_map(said))
