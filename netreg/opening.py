"""Open the database of an installation: engine, migrations, and what follows from each event."""

from __future__ import annotations

from pathlib import Path

from netreg.backup import copying
from netreg.events import Event
from netreg.office import Office
from netreg.procedures import attending, device_access, filing, handing_over, issuing, letters, repeating
from netreg.procedures.desk import mail, taking
from netreg.procedures.notices import owe_notices
from netreg.procedures.outside import mail as outside_mail
from netreg.registry.account_mail import owe_account_mail
from netreg.registry.announcing import owe_at_once
from netreg.registry.deliveries import owe_deliveries
from netreg.registry.hooks import owe_hooks
from netreg.store.base import LOCK_WAIT_SECONDS, make_engine
from netreg.store.transaction import Store, Transaction, translated_errors
from netreg.store.upgrade import upgrade

# What the steps of the procedures do stands in these; the engine knows it once they are read.
WORK = (device_access, filing, letters)


def open_store(
    url: str, *, lock_wait: float = LOCK_WAIT_SECONDS, office: Office | None = None, copies: Path | None = None
) -> Store:
    """The store at `url`, at this version's tables; raises StoreBusy or StoreFull with nothing changed.

    Before tables are changed, a copy of the database is kept in the folder `copies`.
    """
    with translated_errors():
        engine = make_engine(url, lock_wait=lock_wait)
        try:
            upgrade(engine, copying.into(copies) if copies else None)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, react, office)


def react(tx: Transaction, event: Event) -> None:
    """What an event calls for: work owed to the outside, and requests that move on by themselves."""
    owe_deliveries(tx.session, event)
    owe_notices(tx, event)
    mail.owe_mail(tx, event)
    outside_mail.owe_mail(tx, event)
    owe_account_mail(tx, event)
    owe_at_once(tx, event)
    owe_hooks(tx, event)
    taking.lapse(tx, event)
    device_access.progress(tx, event)
    attending.open_forms(tx, event)
    handing_over.hand_over(tx, event)
    issuing.finish(tx, event)
    # Last: what it moves is followed by all of this again.
    repeating.repeat(tx, event)
