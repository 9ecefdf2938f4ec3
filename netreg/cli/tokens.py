"""token create, list, revoke."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from netreg.cli.base import App, command, pass_app
from netreg.policy.scopes import SCOPES
from netreg.registry import queries, tokens
from netreg.registry.commands import tokens as keeping
from netreg.store.base import now

USUAL_DAYS = 90


@click.group()
def token() -> None:
    """Tokens: how programs get in, for whom and as far as what."""


@command(token, "create")
@click.argument("name")
@click.option("--as", "email", required=True, help="The person that it acts for.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(tuple(SCOPES)), metavar="SCOPE",
              help=f"May be repeated: {', '.join(SCOPES)}.")  # fmt: skip
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help=f"Its last day; without it {USUAL_DAYS} days from today.")  # fmt: skip
@pass_app
def token_create(app: App, name: str, email: str, scopes: tuple[str, ...], until: datetime | None) -> None:
    """Make a token. It is shown this once; only its hash is kept."""
    with app.store.transaction(app.actor) as tx:
        last = until.date() if until else tx.today + timedelta(days=USUAL_DAYS)
        row, shown = keeping.create(tx, queries.known_person(tx.session, email), name, scopes, last)
        document = {"token": shown, "prefix": row.prefix, "as": email, "scopes": row.scopes, "until": last.isoformat()}
    app.show(document, f"{shown}\n✔ {row.prefix}: {email}, {last}. No se volverá a mostrar.")


@command(token, "list")
@pass_app
def token_list(app: App) -> None:
    """Tokens that were not revoked, with their last use."""
    with app.store.reading() as session:
        rows = [
            {
                "prefix": row.prefix,
                "name": row.name,
                "as": row.person.email,
                "scopes": " ".join(row.scopes),
                "until": row.expires.isoformat(timespec="seconds"),
                "good": now() < row.expires and row.person.active,
                "last_used": row.last_used.isoformat(timespec="minutes") if row.last_used else None,
            }
            for row in tokens.listed(session)
        ]
    app.table(rows, "prefix", "name", "as", "scopes", "until", "good", "last_used")


@command(token, "revoke")
@click.argument("prefix")
@pass_app
def token_revoke(app: App, prefix: str) -> None:
    """Nobody gets in with it from now on. PREFIX is the part between the two underscores."""
    with app.store.transaction(app.actor) as tx:
        keeping.revoke(tx, prefix)
    app.show({"prefix": prefix, "revoked": True}, f"✔ {prefix}")
