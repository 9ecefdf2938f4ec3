"""Tokens of programs."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "token.made",
    "person {email}",
    "{actor} hizo la credencial {prefix} que actúa por {email} hasta el {expires}: {scopes}",
    "{actor} made token {prefix}, which acts for {email} until {expires}: {scopes}",
)
class TokenMade(Event):
    prefix: str
    email: str
    scopes: str
    expires: str


@event(
    "token.revoked",
    "person {email}",
    "{actor} revocó la credencial {prefix} de {email}",
    "{actor} revoked token {prefix} of {email}",
)
class TokenRevoked(Event):
    prefix: str
    email: str
