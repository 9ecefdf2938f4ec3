"""Sample data: areas, the people of the office, one point with its host key pinned, and a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from netreg import config
from netreg.cli.admin import example, prepare
from netreg.office import Office
from netreg.opening import open_store
from netreg.registry import queries
from netreg.registry.commands import areas, people, points
from netreg.registry.hashing import make_key
from netreg.registry.models import Area
from netreg.store.transaction import Store
from tests.lab.firewall import GATEWAY_MAC, SCANNER_MAC, FirewallLab
from tests.lab.simulated import SimulatedFirewall

PASSWORD = "una-clave-de-muestra"  # printed for whoever tries the sample installation
POINT = "palacio"
ACTOR = "demo"

# e-mail, name, roles, area
CAST = (
    ("ana@ejemplo.gob.mx", "Ana Liera", ("liaison",), "OBRAS"),
    ("beto@ejemplo.gob.mx", "Beto Soto", ("liaison",), "DIF"),
    ("tomas@ejemplo.gob.mx", "Tomás Gil", ("head",), "OBRAS"),
    ("sofia@ejemplo.gob.mx", "Sofía Cano", ("secretarial",), None),
    ("carla@ejemplo.gob.mx", "Carla Ríos", ("coordinator",), None),
    ("leon@ejemplo.gob.mx", "León Paz", ("legal",), None),
    ("ines@ejemplo.gob.mx", "Inés Ibarra", ("it",), None),
    ("nora@ejemplo.gob.mx", "Nora Ruiz", ("administrator", "it"), None),
)
AREAS = (("OBRAS", "Obras Públicas"), ("DIF", "DIF Municipal"))
# Who signs for each, since when: the desk checks the letters against it.
HEADS = {"OBRAS": ("Tomás Gil", "Director de Obras Públicas"), "DIF": ("Rita Sol", "Directora del DIF")}
SINCE = date(2025, 1, 1)

Lab = FirewallLab | SimulatedFirewall


@dataclass(frozen=True)
class Installation:
    """A sample installation that stands before a lab."""

    config: Path
    settings: config.Settings
    store: Store


def install(folder: Path, lab: Lab) -> Installation:
    """Configuration, database, areas, people and the lab's firewall as point `palacio`, trusted."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    path.write_text(configuration(lab), encoding="utf-8")
    settings = config.load(path)
    prepare(settings)
    make_key(settings.retention_key_file)
    store = open_store(settings.database_url, office=Office.of(settings))
    fill(store)
    with store.transaction(ACTOR) as tx:
        where = (lab.host, lab.port, lab.user, str(lab.key_file))
        point = points.add_point(tx, POINT, "linux-nftables", *where, {"family": "netdev", "lan": "lan0"})
        points.trust(tx, point, lab.known_key)
    return Installation(path, settings, store)


def fill(store: Store) -> None:
    """Areas and people."""
    with store.transaction(ACTOR) as tx:
        places: dict[str | None, Area | None] = {code: people.add_area(tx, code, name) for code, name in AREAS}
        for email, name, roles, area in CAST:
            people.add_person(tx, email, name, roles, PASSWORD, places.get(area))
        for code, (name, post) in HEADS.items():
            areas.name_head(tx, queries.area(tx.session, code), name, post, SINCE)


def configuration(lab: Lab) -> str:
    """The example configuration with the lab's network: its gateway and scanner are no strangers."""
    text = example().replace("ignore = [] ", f'ignore = ["{GATEWAY_MAC}", "{SCANNER_MAC}"] ')
    text = text.replace("reconcile_minutes = 15", "reconcile_minutes = 1").replace(
        "every_minutes = 10", "every_minutes = 1"
    )
    # Whoever looks on wants to see the stranger told now.
    text = text.replace("grace_minutes = 5", "grace_minutes = 0")
    if not lab.scanner_namespace:
        return text
    segment = (
        f'[[scan.segment]]\nname = "palacio"\ninterface = "{lab.lan_interface}"\n'
        f'network = "{lab.lan_network}"\nnetns = "{lab.scanner_namespace}"\n'
    )
    return text.replace("segment = [] ", "# ") + segment
