"""Accounts, their roles, and how people get in."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "person.added",
    "person {email}",
    "{actor} dio de alta a {email} con los papeles {roles}",
    "{actor} added {email} with roles {roles}",
)
class PersonAdded(Event):
    email: str
    roles: str


@event(
    "person.password_set",
    "person {email}",
    "{actor} puso otra contraseña a {email}; se cerraron sus sesiones",
    "{actor} set another password for {email}; their sessions ended",
)
class PasswordSet(Event):
    email: str


@event(
    "person.account_closed",
    "person {email}",
    "{actor} cerró la cuenta de {email}",
    "{actor} closed the account of {email}",
)
class AccountClosed(Event):
    email: str


@event(
    "person.account_opened",
    "person {email}",
    "{actor} abrió de nuevo la cuenta de {email}",
    "{actor} opened the account of {email} again",
)
class AccountOpened(Event):
    email: str


@event(
    "person.roles_set",
    "person {email}",
    "{actor} dejó a {email} con los papeles {roles}",
    "{actor} left {email} with roles {roles}",
)
class RolesSet(Event):
    email: str
    roles: str


@event(
    "person.moved",
    "person {email}",
    "{actor} pasó a {email} al área {area}",
    "{actor} moved {email} to area {area}",
)
class PersonMoved(Event):
    email: str
    area: str


@event(
    "person.invited",
    "person {email}",
    "{actor} invitó a {email} a elegir su contraseña",
    "{actor} invited {email} to choose a password",
)
class PersonInvited(Event):
    email: str


@event(
    "person.reset_asked",
    "person {email}",
    "{actor} pidió para {email} un enlace con que elegir otra contraseña",
    "{actor} asked for a link with which {email} chooses another password",
)
class ResetAsked(Event):
    email: str


@event(
    "person.reset_sent",
    "person {email}",
    "{actor} envió a {email} el enlace que alguien pidió en la página de entrada para elegir otra contraseña",
    "{actor} sent {email} the link that somebody asked for at the sign-in page to choose another password",
)
class ResetSent(Event):
    email: str


@event(
    "person.password_chosen",
    "person {email}",
    "{email} eligió su contraseña con un enlace; se cerraron sus sesiones",
    "{email} chose a password through a link; their sessions ended",
)
class PasswordChosen(Event):
    email: str


@event(
    "person.factor_on",
    "person {email}",
    "{email} activó su segundo factor",
    "{email} switched on a second factor",
)
class FactorOn(Event):
    email: str


@event(
    "person.factor_off",
    "person {email}",
    "{email} desactivó su segundo factor",
    "{email} switched off the second factor",
)
class FactorOff(Event):
    email: str


@event(
    "person.factor_reset",
    "person {email}",
    "{actor} quitó el segundo factor de {email}; se cerraron sus sesiones",
    "{actor} took away the second factor of {email}; their sessions ended",
)
class FactorReset(Event):
    email: str


@event(
    "person.recovery_codes_made",
    "person {email}",
    "{email} obtuvo {number} códigos de recuperación; los anteriores ya no sirven",
    "{email} got {number} recovery codes; the earlier ones are void",
)
class RecoveryCodesMade(Event):
    email: str
    number: int


@event(
    "person.recovery_code_used",
    "person {email}",
    "{email} usó un código de recuperación; le quedan {left}",
    "{email} used a recovery code; {left} are left",
)
class RecoveryCodeUsed(Event):
    email: str
    left: int


@event(
    "person.substitute_named",
    "person {person}",
    "{actor} nombró a {person} suplente de {absent} como {role}, del {first} al {last}",
    "{actor} named {person} substitute of {absent} as {role}, from {first} to {last}",
)
class SubstituteNamed(Event):
    person: str
    role: str
    absent: str
    first: str
    last: str


@event(
    "person.substitute_withdrawn",
    "person {person}",
    "{actor} retiró a {person} como suplente de {absent} ({role}, del {first} al {last})",
    "{actor} withdrew {person} as substitute of {absent} ({role}, from {first} to {last})",
)
class SubstituteWithdrawn(Event):
    person: str
    role: str
    absent: str
    first: str
    last: str
