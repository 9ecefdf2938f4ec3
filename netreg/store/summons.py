"""Who is called to a delivery: on PostgreSQL a job of Procrastinate, stored together with the row it is about.

The job says "look at delivery N" and nothing else. One that is lost, repeated or late does no harm: the row is the
truth, and every worker looks for itself now and then. On SQLite nobody is called; the one process looks often.
"""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from netreg.store.base import now

QUEUE, TASK = "netreg", "look"
_CALLED = "netreg.summons"

# Its own function, so that the jobs are part of our transaction; a job that is due is told to a worker at once.
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(array_agg(ROW("
    ":queue, :task, 0, NULL, NULL, jsonb_build_object('delivery', one.id), one.at"
    ")::procrastinate_job_to_defer_v1)) "
    "FROM unnest(CAST(:ids AS bigint[]), CAST(:times AS timestamptz[])) AS one(id, at)"
)


def call(session: Session, delivery: int, at: datetime) -> None:
    """Have a worker look at this delivery at that moment; told when the transaction is stored."""
    session.info.setdefault(_CALLED, {})[delivery] = at


def send(session: Session) -> None:
    """Store the jobs of all who were called in this transaction; the last thing it does."""
    called: dict[int, datetime] = session.info.pop(_CALLED, {})
    if called and session.get_bind().dialect.name == "postgresql":
        at = now()
        times = [due if due > at else None for due in called.values()]
        session.execute(_DEFER, {"queue": QUEUE, "task": TASK, "ids": list(called), "times": times})


def prepare(connection: Connection) -> None:
    """Make Procrastinate's own tables and functions, in the transaction of the upgrade."""
    schema = files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8")
    # Many statements in one, which only the driver's own cursor takes.
    connection.connection.cursor().execute(schema)
