"""area import, person import, device import: a dry run first, and with --apply all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from netreg.cli.base import EXIT_REFUSED, App, NetregCommand, pass_app, printable
from netreg.errors import InvalidValue, Refused
from netreg.importing import applying, judging
from netreg.importing import session as importing
from netreg.importing.columns import AREAS, DEVICES, PEOPLE, field_of
from netreg.importing.plan import PURPOSE, Options, Plan
from netreg.importing.problems import Problem
from netreg.importing.session import Loaded
from netreg.importing.table import MOST_BYTES, letter
from netreg.store.transaction import Store

Made = Callable[..., Any]
_MOST_LISTED = 200


def _importing(function: Made) -> Made:
    """What every import shares."""
    for option in (
        click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False)),
        click.option("--apply", "apply", is_flag=True, help="Do it: all of it, or nothing. Without it: only look."),
        click.option("--map", "said", multiple=True, metavar="COLUMN=FIELD",
                     help="What a column is (its header or letter); FIELD - leaves it out. May be repeated."),
        click.option("--header", type=click.IntRange(0), help="The row of the header; 0: there is none."),
        click.option("--sheet", default="", help="The sheet of a workbook."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command("import", cls=NetregCommand)
@_importing
@pass_app
def area_import(app: App, file: Path, apply: bool, said: tuple[str, ...], header: int | None, sheet: str) -> None:
    """Add the areas of a CSV or XLSX (code, name; parent, site, head, post)."""
    _run(app, _load(file, AREAS, said, header, sheet), Options(), apply)


@click.command("import", cls=NetregCommand)
@_importing
@click.option("--invite", is_flag=True, help="Mail each of them a link with which to choose a password.")
@pass_app
def person_import(
    app: App, file: Path, apply: bool, said: tuple[str, ...], header: int | None, sheet: str, invite: bool
) -> None:
    """Add the people of a CSV or XLSX (email, name, roles; area), without a password."""
    if invite and not app.store.office.mail:
        raise InvalidValue(
            "No hay correo configurado: invite a cada persona con «netreg person invite».",
            "No mail is set up: invite each person with “netreg person invite”.",
            code="no_mail", field="invite",
        )  # fmt: skip
    _run(app, _load(file, PEOPLE, said, header, sheet), Options(invite=invite), apply)


@click.command("import", cls=NetregCommand)
@_importing
@click.option("--purpose", default=PURPOSE, help="What the devices are for, as the requests say it.")
@click.option("--approve", is_flag=True, help="Let the devices in; never a fourth phone of an area.")
@click.option("--bind", is_flag=True, help="With --approve: computers get the addresses of the file.")
@click.option("--ask-only", type=int, multiple=True, metavar="ROW", help="A row that stays a request; may be repeated.")
@click.option("--instruction", default="", help="By whose order they are let in without a letter each.")
@pass_app
def device_import(
    app: App, file: Path, apply: bool, said: tuple[str, ...], header: int | None, sheet: str, purpose: str,
    approve: bool, bind: bool, ask_only: tuple[int, ...], instruction: str,
) -> None:  # fmt: skip
    """Ask for the devices of a CSV or XLSX (area, holder, kind, mac, computer_name, ...), or let them in."""
    options = Options(
        approve=approve, bind=bind, ask_only=frozenset(ask_only), purpose=purpose, instruction=instruction
    )
    applying.check_options(DEVICES, options, at_the_portal=False)
    _run(app, _load(file, DEVICES, said, header, sheet), options, apply)


def _load(file: Path, kind: str, said: tuple[str, ...], header: int | None, sheet: str) -> Loaded:
    with file.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    return importing.load(content, kind, sheet=sheet, header=header, said=said)


def _run(app: App, loaded: Loaded, options: Options, apply: bool) -> None:
    """Judge, and with `apply` do it in the same transaction; show what was found. Exit 1 when there are problems."""
    try:
        plan = _applied(app.store, app.actor, loaded, options) if apply else _judged(app.store, loaded, options)
        refusal = None
    except _NotApplied as stopped:
        plan, refusal = stopped.plan, stopped.refusal
    _show(app, plan, loaded, apply=apply, refusal=refusal)
    if refusal is not None or plan.problems or plan.is_barred:
        raise SystemExit(EXIT_REFUSED)


class _NotApplied(Exception):
    """Rolls the transaction back, and carries what there is to show."""

    def __init__(self, plan: Plan, refusal: Refused) -> None:
        super().__init__(refusal.message)
        self.plan, self.refusal = plan, refusal


def _judged(store: Store, loaded: Loaded, options: Options) -> Plan:
    with store.reading() as session:
        return judging.judge(session, loaded.book, loaded.sheet, loaded.columns, options)


def _applied(store: Store, actor: str, loaded: Loaded, options: Options) -> Plan:
    with store.transaction(actor) as tx:
        plan = judging.judge(tx.session, loaded.book, loaded.sheet, loaded.columns, options)
        try:
            applying.apply(tx, plan, options)
        except Refused as refusal:
            raise _NotApplied(plan, refusal) from refusal
    return plan


# --- what a person and a program read -------------------------------------------------------------------------------


def _show(app: App, plan: Plan, loaded: Loaded, *, apply: bool, refusal: Refused | None) -> None:
    done = apply and refusal is None
    if app.as_json:
        app.show(_document(plan, loaded, done) | (_error(refusal) if refusal else {}))
        return
    app.say(f"{plan.format}; SHA-256 {plan.sha256}")
    for at, name in sorted(loaded.columns.columns.items()):
        app.say(f"  {letter(at)} {loaded.columns.titles.get(at, '')} → {field_of(plan.kind, name).spanish} ({name})")
    for one in plan.problems[:_MOST_LISTED]:
        _complain(app, one)
    if len(plan.problems) > _MOST_LISTED:
        app.err.print(f"… y {len(plan.problems) - _MOST_LISTED} problemas más; con --json salen todos.")
    for excess in plan.excess:
        app.err.print(
            f"{excess.code}: {excess.in_use} teléfonos registrados y {len(excess.rows)} en el archivo; "
            f"pasan de tres los renglones {', '.join(map(str, excess.beyond))} [quota_full]"
        )
    if plan.is_barred:
        app.err.print("  → Márquelos con --ask-only RENGLÓN, o sí en la columna «sólo solicitud»: quedan pedidos.")
    app.say(_summary(plan, done))
    if refusal is not None and not plan.problems and not plan.is_barred:
        app.err.print(printable(f"netreg: {refusal.message} [{refusal.code}]"))
        app.err.print(printable(f"  → {refusal.hint}"))


def _complain(app: App, one: Problem) -> None:
    where = (
        (f"renglón {one.row}" if one.row else "archivo")
        + (f", {one.column}" if one.column else "")
        + (f", «{one.value}»" if one.value else "")
    )
    app.err.print(printable(f"{where}: {one.spanish} [{one.code}]"))
    app.err.print(printable(f"  → {one.hint}"))


def _summary(plan: Plan, done: bool) -> str:
    counts = f"{len(plan.new)} nuevos, {len(plan.same)} ya estaban, {len(plan.out)} de baja, " \
             f"{len(plan.problems)} problemas"  # fmt: skip
    if done:
        return f"✔ {plan.rows} renglones: {counts}"
    ready = "Para hacerlo, repita con --apply." if plan.may_apply else "No se importó nada."
    return f"{plan.rows} renglones: {counts}. {ready}"


def _document(plan: Plan, loaded: Loaded, done: bool) -> dict[str, Any]:
    return {
        "kind": plan.kind,
        "format": plan.format,
        "sha256": plan.sha256,
        "sheet": loaded.sheet.name,
        "header": plan.columns.header,
        "columns": {letter(at): name for at, name in sorted(plan.columns.columns.items())},
        "applied": done,
        "rows": plan.rows,
        "new": [one.row for one in plan.new],
        "same": plan.same,
        "out": plan.out,
        "problems": [_said(one) for one in plan.problems],
        "excess": [
            {"area": one.code, "in_use": one.in_use, "rows": list(one.rows), "beyond": list(one.beyond)}
            for one in plan.excess
        ],
    }


def _said(one: Problem) -> dict[str, Any]:
    return {
        "row": one.row,
        "column": one.column,
        "value": one.value,
        "code": one.code,
        "message": one.spanish,
        "english": one.english,
        "hint": one.hint,
        "hint_en": one.hint_en,
    }


def _error(refusal: Refused) -> dict[str, Any]:
    return {"error": {"code": refusal.code, "message": refusal.message, "english": refusal.english,
                      "hint": refusal.hint, "field": refusal.field}}  # fmt: skip
