"""A database of any age comes to this version's tables, and the tables are those of the models."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, text

from netreg.errors import ConfigError
from netreg.opening import open_store
from netreg.policy.quota import LIVE
from netreg.store.base import Base, make_engine
from netreg.store.transaction import Store
from netreg.store.upgrade import current, head, is_ours, upgrade
from tests.databases import opened
from tests.processes import move_into, together

# The three-phones rule and what stands beside it. Whoever renames or drops one has to say so here.
RULES = {
    "ck_authorisation_slot_iff_live_phone", "ck_authorisation_slot_range", "ck_authorisation_state",
    "ck_authorisation_kind", "uq_authorisation_slot", "uq_authorisation_three_phones", "uq_authorisation_device",
    "fk_authorisation_device", "fk_authorisation_area", "fk_authorisation_quota_unit", "uq_interface_live_mac",
    "uq_interface_one_per_phone", "ck_interface_mac", "uq_delivery_waiting", "uq_delivery_running", "uq_alert_key",
    "audit_event",
}  # fmt: skip
DEFINITIONS = {
    "sqlite": "SELECT coalesce(sql, '') FROM sqlite_master",
    "postgresql": "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
    "UNION SELECT indexdef FROM pg_indexes UNION SELECT tgname || ' audit_event' FROM pg_trigger",
}


def definitions(engine: Engine) -> str:
    """All that the database says of its tables, as text."""
    with engine.connect() as connection:
        return "\n".join(connection.scalars(text(DEFINITIONS[engine.dialect.name])))


def test_many_processes_may_open_an_empty_installation_at_once(empty: str) -> None:
    assert together(move_into, [(empty,)] * 6) == [head()] * 6


def test_opening_again_changes_nothing(store: Store) -> None:
    before = definitions(store.engine)
    assert upgrade(store.engine) == head() == current(store.engine)
    assert definitions(store.engine) == before


def test_tables_of_a_newer_version_are_not_touched_and_the_answer_says_what_to_do(database: str, store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="9999") as refused:
        open_store(database)
    assert refused.value.id == "netreg.store.newer" and refused.value.hint
    assert current(store.engine) == "9999"


def test_a_database_that_was_never_opened_is_at_no_revision(empty: str) -> None:
    engine = make_engine(empty)
    assert current(engine) is None
    engine.dispose()


# Alembic cannot compare an index over an expression on SQLite, and says so; PostgreSQL compares it.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_the_migrations_build_what_the_models_say(empty: str) -> None:
    with opened(empty) as store, store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _ours})
        assert compare_metadata(context, Base.metadata) == []


def _ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Not what the upgrade keeps for itself, and not what Procrastinate made for itself."""
    return not (kind == "table" and name == "alembic_version") and not str(name).startswith("procrastinate_")


def test_every_table_is_one_of_ours_or_known_to_be_a_librarys(store: Store) -> None:
    assert set(filter(is_ours, inspect(store.engine).get_table_names())) == set(Base.metadata.tables)


def test_the_rules_that_must_never_break_are_in_the_database_by_name(store: Store) -> None:
    found = definitions(store.engine)
    assert {rule for rule in RULES if rule not in found} == set()


def test_every_check_of_the_models_is_in_the_database(store: Store) -> None:
    found = definitions(store.engine)
    checks = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert len(checks) >= 11 and {name for name in checks if name not in found} == set()


def test_the_rule_knows_the_states_that_hold_a_slot(store: Store) -> None:
    found = definitions(store.engine)
    assert all(f"'{state}'" in found for state in LIVE)
