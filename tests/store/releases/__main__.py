"""Write the tables of today's revision, with an area, a person and a request in them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from netreg.opening import open_store
from netreg.registry import queries
from netreg.registry.commands import people
from netreg.store.upgrade import head
from tests.people import ANA, INES, phones
from tests.store.releases import FOLDER, dumped


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "netreg.db"
        store = open_store(f"sqlite:///{path}")
        with store.transaction("schedule") as tx:
            people.add_area(tx, "OBRAS", "Obras Públicas")
        for one in (ANA, INES):
            with store.transaction("schedule") as tx:
                area = queries.area(tx.session, one.area) if one.area else None
                people.add_person(tx, one.email, one.name, one.roles, None, area)
        phones(store, 2)
        store.engine.dispose()
        (FOLDER / f"{head()}.sql").write_text(dumped(path), encoding="utf-8")


main()
