"""request submit, receive, assign, return, withdraw, approve, reject, list, show; ticket act."""

from __future__ import annotations

from typing import Any

import click

from netreg.cli.base import App, command, pass_app, printable
from netreg.cli.devices import traced
from netreg.errors import InvalidValue
from netreg.policy.quota import PHONES_PER_AREA
from netreg.procedures import asking, tickets
from netreg.procedures.asking import Change, Form, Wanted
from netreg.registry import queries, reasons
from netreg.registry.commands import devices
from netreg.registry.deciding import approve
from netreg.registry.models import Person, Ticket
from netreg.store.transaction import Transaction


@click.group()
def request() -> None:
    """Requests: ask, receive, turn over, approve, reject, show."""


@command(request, "submit")
@click.option("--area", "area_code", required=True)
@click.option("--purpose", required=True)
@click.option("--holder", required=True, help="Who uses the device.")
@click.option("--phone", "phones", multiple=True, metavar="MAC", help="A phone by its WiFi MAC; may be repeated.")
@click.option("--computer", "computers", multiple=True, metavar="NAME", help="A computer by its name; may be repeated.")
@click.option("--model", default="")
@click.option("--replaces", default="", metavar="DEVICE", help="The phone that goes out for the (one) phone asked for.")
@click.option("--as", "email", help="The person who asks.")
@pass_app
def request_submit(
    app: App, area_code: str, purpose: str, holder: str, phones: tuple[str, ...], computers: tuple[str, ...],
    model: str, replaces: str, email: str | None,
) -> None:  # fmt: skip
    """Ask for devices of an area. It has no folio until it is received."""
    wanted = [Wanted("phone", holder, mac=text, model=model, replaces=replaces) for text in phones]
    wanted += [Wanted("computer", holder, computer_name=text, model=model) for text in computers]
    with app.store.transaction(email or app.actor) as tx:
        applicant = acting(tx, email)
        made = asking.submit(tx, queries.area(tx.session, area_code), applicant, purpose, wanted)
        document = described(made)
    numbers = ", ".join(f"#{one['device']}" for one in document["devices"])
    app.show(document, f"✔ {document['reference']}: {numbers}\nSiguiente paso: netreg request receive "
             f"{document['reference']} --paper")  # fmt: skip


@command(request, "removal")
@click.option("--area", "area_code", required=True)
@click.option("--purpose", required=True)
@click.option("--device", "devices_", type=int, multiple=True, required=True, help="May be repeated.")
@click.option("--as", "email", help="The person who asks.")
@pass_app
def request_removal(app: App, area_code: str, purpose: str, devices_: tuple[int, ...], email: str | None) -> None:
    """Ask for devices of an area to be taken out. The receipt of its letter puts it in force."""
    form = Form(purpose, kind=asking.REMOVE, changes=[Change(str(number)) for number in devices_])
    _ask(app, area_code, form, email)


@command(request, "change")
@click.option("--area", "area_code", required=True)
@click.option("--purpose", required=True)
@click.option("--device", "number", type=int, required=True)
@click.option("--holder", default="")
@click.option("--model", default="")
@click.option("--inventory", "inventory_no", default="")
@click.option("--as", "email", help="The person who asks.")
@pass_app
def request_change(
    app: App, area_code: str, purpose: str, number: int, holder: str, model: str, inventory_no: str, email: str | None
) -> None:
    """Ask for the data of a device to be changed: its holder, model or inventory number."""
    values = {"holder": holder, "model": model, "inventory_no": inventory_no}
    _ask(app, area_code, Form(purpose, kind=asking.UPDATE, changes=[Change(str(number), values)]), email)


def _ask(app: App, area_code: str, form: Form, email: str | None) -> None:
    with app.store.transaction(email or app.actor) as tx:
        person = acting(tx, email)
        made = asking.draft(tx, queries.area(tx.session, area_code), person, form)
        document = described(asking.send(tx, made, person, accepted=True))
    _stands(app, document)


@command(request, "receive")
@click.argument("reference")
@click.option("--paper", is_flag=True, help="The signed letter was seen on paper.")
@click.option("--signed-by", default="", help="Whose signature the letter bears; checked where a head is on record.")
@click.option("--letter-date", default="", metavar="YYYY-MM-DD")
@click.option("--annexes", type=click.IntRange(0, 999), default=0, show_default=True)
@click.option("--as", "email", help="Who receives.")
@pass_app
def request_receive(
    app: App, reference: str, paper: bool, signed_by: str, letter_date: str, annexes: int, email: str | None
) -> None:
    """Stamp the receipt of a request: it gets its folio, and the clock starts."""
    values = {"paper": paper, "annexes": annexes, "signed_by": signed_by, "letter_date": letter_date}
    act(app, reference, email, values, step=2)


@command(request, "assign")
@click.argument("reference")
@click.option("--instruction", default="", help="What IT is told.")
@click.option("--as", "email", help="Who turns it over.")
@pass_app
def request_assign(app: App, reference: str, instruction: str, email: str | None) -> None:
    """Turn a received request over to IT."""
    act(app, reference, email, {"instruction": instruction}, step=3)


@command(request, "return")
@click.argument("reference")
@click.option("--note", default="", help="What is missing and how to mend it.")
@click.option("--reason", type=click.Choice(reasons.offered("return")), help="Kept; its text is used without a note.")
@click.option("--as", "email")
@pass_app
def request_return(app: App, reference: str, note: str, reason: str | None, email: str | None) -> None:
    """Return a request to its area for correction."""
    if not note and reason:
        with app.store.reading() as session:
            found, one = queries.ticket(session, reference), reasons.CATALOGUE["return"][reason]
            said = {"folio": found.reference, "area": found.area.name, "max": PHONES_PER_AREA}
        note = one.written(app.language, **said)
    _extend(app, reference, email, "return_for_correction", note, reason or "")


@command(request, "withdraw")
@click.argument("reference")
@click.option("--note", required=True)
@click.option("--as", "email")
@pass_app
def request_withdraw(app: App, reference: str, note: str, email: str | None) -> None:
    """Take a request back before anything was decided."""
    _extend(app, reference, email, "withdraw", note)


@command(request, "approve")
@click.argument("device", type=int)
@click.option("--as", "email", help="The officer who decides.")
@pass_app
def request_approve(app: App, device: int, email: str | None) -> None:
    """Approve DEVICE (its number); its address goes to every point."""
    if email:
        with app.store.reading() as session:
            queries.known_person(session, email)
    state = approve(app.store, email or app.actor, device)
    app.show({"device": device, "state": state}, f"✔ #{device}: {state}")


@command(request, "reject")
@click.argument("device", type=int)
@click.option("--reason", "code", required=True, type=click.Choice(devices.CHOICES))
@click.option("--words", default="", help="Needed for the reason `other`.")
@click.option("--as", "email", help="The officer who decides.")
@pass_app
def request_reject(app: App, device: int, code: str, words: str, email: str | None) -> None:
    """Reject DEVICE (its number) for a reason."""
    with app.store.transaction(email or app.actor) as tx:
        officer = acting(tx, email)
        devices.reject(tx, queries.device(tx.session, device), officer, code, words)
    app.show({"device": device, "state": "rejected"}, f"✔ #{device}: rejected")


@command(request, "list")
@click.option("--area", "area_code")
@click.option("--status")
@pass_app
def request_list(app: App, area_code: str | None, status: str | None) -> None:
    """Requests, those under way first."""
    with app.store.reading() as session:
        place = queries.area(session, area_code).id if area_code else None
        rows = [described(one) for one in queries.tickets(session, place, status)]
    if app.as_json:  # the table shows no address
        traced(app, "requests", sum(len(one["macs"]) for row in rows for one in row["devices"]))
    app.table(rows, "reference", "area", "status", "sent", "due", "purpose")


@command(request, "show")
@click.argument("reference")
@pass_app
def request_show(app: App, reference: str) -> None:
    """One request with its devices."""
    with app.store.reading() as session:
        document = described(queries.ticket(session, reference))
    if app.as_json:
        app.show(document)
        return
    app.say(f"{document['reference']} · {document['area']} · {document['status']}\n{printable(document['purpose'])}\n")
    app.table(document["devices"], "device", "kind", "name", "macs", "holder", "state", "slot", "reason")


@click.group()
def ticket() -> None:
    """Tickets of any procedure: leave a step."""


@command(ticket, "act")
@click.argument("reference")
@click.option("--answer", default="else", show_default=True, help="The answer, where the step asks a question.")
@click.option("--value", "values", multiple=True, metavar="KEY=TEXT", help="What the step wants; may be repeated.")
@click.option("--note", default="")
@click.option("--reason", default="", metavar="CODE", help="Of the catalogue, where the answer returns or refuses.")
@click.option("--as", "email", help="Who acts.")
@pass_app
def ticket_act(
    app: App, reference: str, answer: str, values: tuple[str, ...], note: str, reason: str, email: str | None
) -> None:
    """Leave the step a request is at."""
    if any("=" not in value for value in values):
        raise InvalidValue("Escriba CLAVE=TEXTO.", "Write KEY=TEXT.", code="E_VALUE", field="value")
    pairs = (value.partition("=") for value in values)
    act(app, reference, email, {key: said for key, _equals, said in pairs}, answer=answer, note=note,
        reason=reason)  # fmt: skip


def act(
    app: App, reference: str, email: str | None, values: dict[str, Any], *, answer: str = "else", note: str = "",
    reason: str = "", step: int | None = None,
) -> None:  # fmt: skip
    """Leave a step (only `step`, where one is meant) and show where the request stands."""
    with app.store.transaction(email or app.actor) as tx:
        found = queries.ticket(tx.session, reference)
        if step is not None and found.step != step:
            raise InvalidValue(
                f"{reference} está en el paso {found.step}, no en el {step}.",
                f"{reference} is at step {found.step}, not {step}.",
                code="not_at_this_step",
                field="reference",
            )
        tickets.answer(tx, found, acting(tx, email), answer, values, note=note, reason=reason)
        document = described(found)
    _stands(app, document)


def _extend(app: App, reference: str, email: str | None, extension: str, note: str, reason: str = "") -> None:
    with app.store.transaction(email or app.actor) as tx:
        found = queries.ticket(tx.session, reference)
        document = described(tickets.extend(tx, found, acting(tx, email), extension, note, reason=reason))
    _stands(app, document)


def _stands(app: App, document: dict[str, Any]) -> None:
    app.show(document, f"✔ {document['reference']}: {document['status']} (paso {document['step']})")


def described(one: Ticket) -> dict[str, Any]:
    """A request as a document."""
    return {
        "reference": one.reference,
        "folio": one.folio,
        "procedure": one.procedure,
        "area": one.area.code,
        "step": one.step,
        "status": one.status,
        "sent": one.sent.isoformat(timespec="seconds") if one.sent else None,
        "received": one.received.isoformat(timespec="seconds") if one.received else None,
        "due": one.due.isoformat(timespec="seconds") if one.due else None,
        "kind": one.form.get("request_kind", asking.ADD),
        "operations": [{"device": row.device_id, "kind": row.kind, "changes": row.changes} for row in one.operations],
        "applicant": one.applicant.email if one.applicant else None,
        "purpose": one.purpose,
        "devices": [
            {
                "device": device.id,
                "kind": device.kind,
                "name": device.label,
                "macs": ", ".join(interface.mac for interface in device.interfaces),
                "holder": device.holder,
                "state": device.authorisation.state,
                "slot": device.authorisation.slot,
                "reason": device.authorisation.reason_code,
            }
            for device in one.devices
        ],
    }


def acting(tx: Transaction, email: str | None) -> Person | None:
    """The person named with --as, or None; refuses a person there is not."""
    return queries.known_person(tx.session, email) if email else None
