"""What people do with a request beside leaving its steps."""

from __future__ import annotations

from netreg.events.base import Event, event


@event(
    "request.taken",
    "request {ticket}",
    "{actor} tomó la solicitud {reference}",
    "{actor} took request {reference}",
)
class RequestTaken(Event):
    ticket: int
    reference: str


@event(
    "request.handed_over",
    "request {ticket}",
    "{actor} pasó la solicitud {reference} a {to}",
    "{actor} handed request {reference} over to {to}",
)
class RequestHandedOver(Event):
    ticket: int
    reference: str
    to: str


@event(
    "request.given_back",
    "request {ticket}",
    "{actor} devolvió la solicitud {reference} a la cola de su unidad",
    "{actor} gave request {reference} back to the queue of the unit",
)
class RequestGivenBack(Event):
    ticket: int
    reference: str


@event(
    "request.noted",
    "request {ticket}",
    "{actor} escribió una nota interna en la solicitud {reference}",
    "{actor} wrote an internal note on request {reference}",
)
class RequestNoted(Event):
    ticket: int
    reference: str
    note: int


@event(
    "request.told",
    "request {ticket}",
    "{actor} escribió un mensaje al área en la solicitud {reference}",
    "{actor} wrote a message to the area on request {reference}",
)
class AreaTold(Event):
    ticket: int
    reference: str
    note: int


@event(
    "request.followed",
    "request {ticket}",
    "{actor} sigue la solicitud {reference}",
    "{actor} follows request {reference}",
)
class RequestFollowed(Event):
    ticket: int
    reference: str


@event(
    "request.unfollowed",
    "request {ticket}",
    "{actor} dejó de seguir la solicitud {reference}",
    "{actor} stopped following request {reference}",
)
class RequestUnfollowed(Event):
    ticket: int
    reference: str


@event(
    "request.judged",
    "request {ticket}",
    "{actor} contestó cómo atendieron la solicitud {reference}",
    "{actor} answered how request {reference} was attended to",
)
class RequestJudged(Event):
    """Without the answer itself: what one area thinks is not the log's to tell."""

    ticket: int
    reference: str
