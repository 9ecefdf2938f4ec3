"""Everything of the first release: registry, audit log with its triggers, deliveries."""

import sqlalchemy as sa
from alembic import op

from netreg.store import summons

revision = "0001"
down_revision = None

# A phone beyond the three is only ever one that was in already, beside three others, when its area merged.
# The audit log takes new rows and nothing else. INSERT OR REPLACE fires no DELETE trigger on SQLite, so an INSERT
# over an existing number is refused as well.
_SQLITE_TRIGGERS = (
    """CREATE TRIGGER authorisation_excess_is_not_born BEFORE INSERT ON authorisation
       WHEN NEW.grandfathered_until IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a phone is grandfathered only by a merger'); END""",
    """CREATE TRIGGER authorisation_excess_comes_of_merging BEFORE UPDATE ON authorisation
       WHEN NEW.grandfathered_until IS NOT NULL AND OLD.grandfathered_until IS NULL AND (OLD.slot IS NULL OR
         (SELECT count(*) FROM authorisation WHERE quota_unit_id = NEW.quota_unit_id AND id <> NEW.id
           AND slot IS NOT NULL) < 3)
       BEGIN SELECT RAISE(ABORT, 'a phone is grandfathered only by a merger'); END""",
    """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
       WHEN EXISTS (SELECT 1 FROM audit_event WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)
_POSTGRES_TRIGGERS = (
    """CREATE FUNCTION authorisation_excess_comes_of_merging() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.grandfathered_until IS NULL OR (TG_OP = 'UPDATE' AND OLD.grandfathered_until IS NOT NULL) THEN
           RETURN NEW;
         END IF;
         IF TG_OP = 'INSERT' OR OLD.slot IS NULL OR (SELECT count(*) FROM authorisation
             WHERE quota_unit_id = NEW.quota_unit_id AND id <> NEW.id AND slot IS NOT NULL) < 3 THEN
           RAISE EXCEPTION 'a phone is grandfathered only by a merger';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE TRIGGER authorisation_excess BEFORE INSERT OR UPDATE ON authorisation
       FOR EACH ROW EXECUTE FUNCTION authorisation_excess_comes_of_merging()""",
    """CREATE FUNCTION audit_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
       FOR EACH ROW EXECUTE FUNCTION audit_event_is_append_only()""",
    """CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
       FOR EACH STATEMENT EXECUTE FUNCTION audit_event_is_append_only()""",
)


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("explanation_en", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("told", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'acknowledged', 'snoozed', 'closed')", name=op.f("ck_alert_state")),
        sa.CheckConstraint(
            "decision IN ('', 'registered', 'infrastructure', 'ignored', 'blocked', 'harmless')",
            name=op.f("ck_alert_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index(
        "uq_alert_key",
        "alert",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
    )
    op.create_index(op.f("ix_audit_event_name"), "audit_event", ["name"], unique=False)
    op.create_index(op.f("ix_audit_event_subject"), "audit_event", ["subject"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_delivery_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_due", "delivery", ["state", "due"], unique=False)
    op.create_index(
        "uq_delivery_running",
        "delivery",
        ["kind", "target"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "uq_delivery_waiting",
        "delivery",
        ["kind", "target"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "folio_sequence",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_folio_sequence")),
    )
    op.create_table(
        "point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("key_file", sa.Text(), nullable=False),
        sa.Column("passphrase_file", sa.Text(), nullable=False),
        sa.Column("password_file", sa.Text(), nullable=False),
        sa.Column("host_key", sa.Text(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("offered_key", sa.Text(), nullable=True),
        sa.Column("looked", sa.JSON(), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("sites", sa.JSON(), nullable=False),
        sa.Column("refused_plan", sa.Text(), nullable=True),
        sa.Column("confirmed_plan", sa.Text(), nullable=True),
        sa.Column("expected_plan", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verified", sa.JSON(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("problem_code", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("network IN ('wifi', 'wired', 'both')", name=op.f("ck_point_network")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point")),
        sa.UniqueConstraint("name", name=op.f("uq_point_name")),
    )
    op.create_table(
        "quota_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_quota_unit_code")),
    )
    op.create_table(
        "role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("mac", "source", "place", name="uq_sighting_where"),
    )
    op.create_index("ix_sighting_name", "sighting", [sa.text("lower(name)")], unique=False)
    op.create_index("ix_sighting_last_seen", "sighting", ["last_seen", "mac", "source"], unique=False)
    op.create_index("ix_sighting_mac", "sighting", ["mac", "last_seen", "source"], unique=False)
    op.create_table(
        "stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
    )
    op.create_index("ix_stay_where", "stay", ["place", "until", "source", "since", "mac"], unique=False)
    op.create_index("ix_stay_mac", "stay", ["mac", "until"], unique=False)
    op.create_index("ix_stay_until", "stay", ["until", "since", "mac", "source", "place", "port"], unique=False)
    op.create_table(
        "ip_stay",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ip", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_stay")),
    )
    op.create_index("ix_ip_stay_ip", "ip_stay", ["ip", "until"], unique=False)
    op.create_index("ix_ip_stay_mac", "ip_stay", ["mac", "until"], unique=False)
    op.create_index(op.f("ix_ip_stay_until"), "ip_stay", ["until"], unique=False)
    op.create_table(
        "trait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trait")),
        sa.UniqueConstraint("mac", "kind", "value", name="uq_trait"),
    )
    op.create_index(op.f("ix_trait_last_seen"), "trait", ["last_seen"], unique=False)
    op.create_table(
        "day_figure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("random", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_figure")),
    )
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("lifted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('ignored', 'blocked')", name=op.f("ck_verdict_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
    )
    op.create_index(
        "uq_verdict_mac",
        "verdict",
        ["mac"],
        unique=True,
        sqlite_where=sa.text("lifted IS NULL"),
        postgresql_where=sa.text("lifted IS NULL"),
    )
    op.create_table(
        "source",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_good", sa.DateTime(timezone=True), nullable=True),
        sa.Column("good_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_tried", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dim", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_source")),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quota_unit_id", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["quota_unit_id"], ["quota_unit.id"], name=op.f("fk_area_quota_unit_id_quota_unit")),
        sa.ForeignKeyConstraint(["successor_id"], ["area.id"], name=op.f("fk_area_successor_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("code", name=op.f("uq_area_code")),
        sa.UniqueConstraint("id", "quota_unit_id", name="uq_area_id_quota_unit"),
        sa.UniqueConstraint("name", name=op.f("uq_area_name")),
    )
    op.create_table(
        "headship",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("acting", sa.Boolean(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.CheckConstraint("last IS NULL OR first <= last", name=op.f("ck_headship_days")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_headship_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headship")),
    )
    op.create_index(op.f("ix_headship_area_id"), "headship", ["area_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_ip", sa.Text(), nullable=True),
        sa.Column("current_login_ip", sa.Text(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_person_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_person_fs_uniquifier")),
    )
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_role_person_id_person")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_person_role_role_id_role")),
        sa.PrimaryKeyConstraint("person_id", "role_id", name=op.f("pk_person_role")),
    )
    op.create_table(
        "definition",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_definition")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("folio", sa.Text(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("referred_id", sa.Integer(), nullable=True),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("applicant_id", sa.Integer(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("annexes", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("duplicate_of_id", sa.Integer(), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=False),
        sa.Column("late_words", sa.Text(), nullable=False),
        sa.Column("emptied", sa.DateTime(timezone=True), nullable=True),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["applicant_id"], ["person.id"], name=op.f("fk_ticket_applicant_id_person")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_ticket_area_id_area")),
        sa.ForeignKeyConstraint(["definition"], ["definition.sha256"], name=op.f("fk_ticket_definition_definition")),
        sa.ForeignKeyConstraint(["origin_id"], ["ticket.id"], name=op.f("fk_ticket_origin_id_ticket")),
        sa.ForeignKeyConstraint(["referred_id"], ["area.id"], name=op.f("fk_ticket_referred_id_area")),
        sa.ForeignKeyConstraint(["duplicate_of_id"], ["ticket.id"], name=op.f("fk_ticket_duplicate_of_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("area_id", "once", name="uq_ticket_once"),
        sa.UniqueConstraint("folio", name=op.f("uq_ticket_folio")),
    )
    op.create_index(op.f("ix_ticket_closed"), "ticket", ["closed"], unique=False)
    op.create_index(op.f("ix_ticket_duplicate_of_id"), "ticket", ["duplicate_of_id"], unique=False)
    op.create_table(
        "move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("absent", sa.Text(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("to", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_move_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move")),
    )
    op.create_index(op.f("ix_move_ticket_id"), "move", ["ticket_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_counter", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["second_factor.person_id"], name=op.f("fk_recovery_code_person_id_second_factor")
        ),
        sa.PrimaryKeyConstraint("person_id", "sha256", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_token_prefix")),
    )
    op.create_index(op.f("ix_api_token_person_id"), "api_token", ["person_id"], unique=False)
    op.create_table(
        "kept_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_kept_answer_token_id_api_token")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
        sa.UniqueConstraint("token_id", "key", name="uq_kept_answer_key"),
    )
    op.create_index(op.f("ix_kept_answer_at"), "kept_answer", ["at"], unique=False)
    op.create_table(
        "pass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name=op.f("fk_pass_point_id_point")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass")),
    )
    op.create_index(op.f("ix_pass_point_id"), "pass", ["point_id"], unique=False)
    op.create_table(
        "progress",
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name=op.f("fk_progress_point_id_point")),
        sa.PrimaryKeyConstraint("point_id", name=op.f("pk_progress")),
    )
    op.create_table(
        "stray",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Integer(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('found', 'removing', 'removed', 'registered', 'vanished')", name=op.f("ck_stray_state")
        ),
        sa.ForeignKeyConstraint(["point_id"], ["point.id"], name=op.f("fk_stray_point_id_point")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stray")),
    )
    op.create_index(
        "uq_stray_open",
        "stray",
        ["point_id", "mac"],
        unique=True,
        sqlite_where=sa.text("state IN ('found', 'removing')"),
        postgresql_where=sa.text("state IN ('found', 'removing')"),
    )
    op.create_table(
        "substitution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("absent_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_substitution_days")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_substitution_person_id_person")),
        sa.ForeignKeyConstraint(["absent_id"], ["person.id"], name=op.f("fk_substitution_absent_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution")),
    )
    op.create_table(
        "produced",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("of_version", sa.Integer(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_produced_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_produced")),
        sa.UniqueConstraint("number", name=op.f("uq_produced_number")),
        sa.UniqueConstraint("ticket_id", "document", "version", name="uq_produced_version"),
    )
    op.create_index(op.f("ix_produced_ticket_id"), "produced", ["ticket_id"], unique=False)
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("produced_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sense", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("signed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("pdf", sa.Text(), nullable=True),
        sa.Column("scan", sa.Text(), nullable=True),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("receiver_post", sa.Text(), nullable=False),
        sa.Column("acknowledged", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'returned', 'to_sign', 'signed', 'delivered', 'not_delivered', 'acknowledged', 'void')",
            name=op.f("ck_letter_state"),
        ),
        sa.CheckConstraint("(number IS NULL) = (signed IS NULL)", name=op.f("ck_letter_numbered_when_signed")),
        sa.ForeignKeyConstraint(["produced_id"], ["produced.id"], name=op.f("fk_letter_produced_id_produced")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_letter_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("number", name=op.f("uq_letter_number")),
    )
    op.create_index(op.f("ix_letter_ticket_id"), "letter", ["ticket_id"], unique=False)
    op.create_index(
        "uq_letter_of_ticket",
        "letter",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'void' AND produced_id IS NULL"),
        postgresql_where=sa.text("state <> 'void' AND produced_id IS NULL"),
    )
    op.create_index(op.f("ix_letter_produced_id"), "letter", ["produced_id"], unique=False)
    op.create_index(
        "uq_letter_of_produced",
        "letter",
        ["produced_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'void' AND produced_id IS NOT NULL"),
        postgresql_where=sa.text("state <> 'void' AND produced_id IS NOT NULL"),
    )
    op.create_table(
        "letter_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("paragraphs", sa.JSON(), nullable=False),
        sa.Column("written", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("commented_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_letter_version_letter_id_letter")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_version")),
        sa.UniqueConstraint("letter_id", "number", name="uq_letter_version_number"),
    )
    op.create_table(
        "office_calendar",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("loaded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_office_calendar")),
    )
    op.create_table(
        "frozen_month",
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("frozen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("folios", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("procedure", "month", name=op.f("pk_frozen_month")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_stored_file_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index(op.f("ix_stored_file_ticket_id"), "stored_file", ["ticket_id"], unique=False)
    op.create_table(
        "outside_pending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('es', 'en')", name=op.f("ck_outside_pending_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_pending")),
        sa.UniqueConstraint("mark", name=op.f("uq_outside_pending_mark")),
        sa.UniqueConstraint("once", name=op.f("uq_outside_pending_once")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outside_pending_email"), "outside_pending", ["email"], unique=False)
    op.create_table(
        "outside_contact",
        sa.Column("ticket_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('es', 'en')", name=op.f("ck_outside_contact_language")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_outside_contact_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_outside_contact")),
        sa.UniqueConstraint("mark", name=op.f("uq_outside_contact_mark")),
    )
    op.create_index(op.f("ix_outside_contact_email"), "outside_contact", ["email"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=True),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("computer_name", sa.Text(), nullable=True),
        sa.Column("inventory_no", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("claimed_mac", sa.Text(), nullable=False),
        sa.Column("flag", sa.Text(), nullable=False),
        sa.Column("under_revalidation", sa.Boolean(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("shared_adapter", sa.Boolean(), nullable=False),
        sa.CheckConstraint("connection IN ('wifi', 'wired', 'both')", name=op.f("ck_device_connection")),
        sa.CheckConstraint("flag IN ('', 'reassign', 'area_closed')", name=op.f("ck_device_flag")),
        sa.CheckConstraint("kind IN ('phone', 'computer', 'infrastructure')", name=op.f("ck_device_kind")),
        sa.CheckConstraint("ownership IN ('municipal', 'personal')", name=op.f("ck_device_ownership")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_device_area_id_area")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_device_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("id", "area_id", name="uq_device_id_area"),
        sa.UniqueConstraint("id", "kind", name="uq_device_id_kind"),
    )
    op.create_index(op.f("ix_device_area_id"), "device", ["area_id"], unique=False)
    op.create_index(op.f("ix_device_ticket_id"), "device", ["ticket_id"], unique=False)
    op.create_table(
        "authorisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("quota_unit_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("grandfathered_until", sa.Date(), nullable=True),
        sa.Column("live_name", sa.Text(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ends_because", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_for", sa.Text(), nullable=False),
        sa.Column("suspension_reviewed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("removal_ordered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'phone' AND state IN ('pushing', 'active', 'suspended', 'removing')) = (slot IS NOT NULL OR grandfathered_until IS NOT NULL)",
            name=op.f("ck_authorisation_slot_iff_live_phone"),
        ),
        sa.CheckConstraint(
            "slot IS NULL OR grandfathered_until IS NULL", name=op.f("ck_authorisation_slot_or_grandfathered")
        ),
        sa.CheckConstraint("kind IN ('phone', 'computer', 'infrastructure')", name=op.f("ck_authorisation_kind")),
        sa.CheckConstraint(
            "state IN ('requested', 'awaiting_binding', 'waiting_swap', 'pushing', 'active', 'suspended', 'removing', 'removed', 'rejected')",
            name=op.f("ck_authorisation_state"),
        ),
        sa.CheckConstraint("slot IS NULL OR slot IN (1, 2, 3)", name=op.f("ck_authorisation_slot_range")),
        sa.CheckConstraint("(state = 'removed') = (removed IS NOT NULL)", name=op.f("ck_authorisation_removed_when")),
        sa.CheckConstraint(
            "forgotten IS NULL OR state IN ('removed', 'rejected')", name=op.f("ck_authorisation_forgotten_when_over")
        ),
        sa.ForeignKeyConstraint(
            ["area_id", "quota_unit_id"],
            ["area.id", "area.quota_unit_id"],
            name="fk_authorisation_quota_unit",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["device_id", "area_id"],
            ["device.id", "device.area_id"],
            name="fk_authorisation_area",
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(["device_id", "kind"], ["device.id", "device.kind"], name="fk_authorisation_device"),
        sa.ForeignKeyConstraint(["replaces_id"], ["device.id"], name=op.f("fk_authorisation_replaces_id_device")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation")),
        sa.UniqueConstraint("device_id", name="uq_authorisation_device"),
        sa.UniqueConstraint("live_name", name="uq_authorisation_live_name"),
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('remove', 'update')", name=op.f("ck_operation_kind")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_operation_device_id_device")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_operation_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
    )
    op.create_index(op.f("ix_operation_device_id"), "operation", ["device_id"], unique=False)
    op.create_index(op.f("ix_operation_ticket_id"), "operation", ["ticket_id"], unique=False)
    op.create_index(
        "uq_authorisation_slot",
        "authorisation",
        ["quota_unit_id", "slot"],
        unique=True,
        sqlite_where=sa.text("slot IS NOT NULL"),
        postgresql_where=sa.text("slot IS NOT NULL"),
    )
    op.create_table(
        "former_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("hashed", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(hash) = 73", name=op.f("ck_former_address_hash")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_former_address_device_id_device")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_address")),
    )
    op.create_index(op.f("ix_former_address_device_id"), "former_address", ["device_id"], unique=False)
    op.create_index(op.f("ix_former_address_hash"), "former_address", ["hash"], unique=False)
    op.create_table(
        "interface",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("device_kind", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("evidence_kind", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("private_reason", sa.Text(), nullable=False),
        sa.Column("private_checked", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("medium IN ('wifi', 'ethernet')", name=op.f("ck_interface_medium")),
        sa.CheckConstraint("length(mac) = 17 AND mac = lower(mac)", name=op.f("ck_interface_mac")),
        sa.ForeignKeyConstraint(["device_id", "device_kind"], ["device.id", "device.kind"], name="fk_interface_device"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interface")),
    )
    op.create_index(op.f("ix_interface_device_id"), "interface", ["device_id"], unique=False)
    op.create_index(op.f("ix_interface_mac"), "interface", ["mac"], unique=False)
    op.create_index(
        "uq_interface_live_mac",
        "interface",
        ["mac"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "uq_interface_one_per_phone",
        "interface",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("device_kind = 'phone'"),
        postgresql_where=sa.text("device_kind = 'phone'"),
    )
    op.create_index(op.f("ix_authorisation_state"), "authorisation", ["state"], unique=False)
    op.create_index(
        "uq_authorisation_one_swap",
        "authorisation",
        ["replaces_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting_swap'"),
        postgresql_where=sa.text("state = 'waiting_swap'"),
    )
    live_phone = (
        "kind = 'phone' AND state IN ('pushing', 'active', 'suspended', 'removing') AND grandfathered_until IS NULL"
    )
    op.create_table(
        "state_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authorisation_id"],
            ["authorisation.id"],
            name=op.f("fk_state_change_authorisation_id_authorisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_change")),
    )
    op.create_index(op.f("ix_state_change_authorisation_id"), "state_change", ["authorisation_id"], unique=False)
    op.create_index(
        "uq_authorisation_three_phones",
        "authorisation",
        ["quota_unit_id", sa.text("(abs(coalesce(slot, 0)) % 3)")],
        unique=True,
        sqlite_where=sa.text(live_phone),
        postgresql_where=sa.text(live_phone),
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("year", name="uq_campaign_year"),
    )
    op.create_table(
        "revalidation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("letter_name", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'answered', 'applied', 'decided')", name=op.f("ck_revalidation_state")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_revalidation_area_id_area")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_revalidation_campaign_id_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revalidation")),
    )
    op.create_index(op.f("ix_revalidation_campaign_id"), "revalidation", ["campaign_id"], unique=False)
    op.create_index(
        "uq_revalidation_open",
        "revalidation",
        ["area_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('asked', 'answered')"),
        postgresql_where=sa.text("state IN ('asked', 'answered')"),
    )
    op.create_table(
        "revalidation_mark",
        sa.Column("revalidation_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.CheckConstraint("choice IN ('', 'keep', 'remove', 'change')", name=op.f("ck_revalidation_mark_choice")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_revalidation_mark_device_id_device")),
        sa.ForeignKeyConstraint(
            ["revalidation_id"],
            ["revalidation.id"],
            name=op.f("fk_revalidation_mark_revalidation_id_revalidation"),
        ),
        sa.PrimaryKeyConstraint("revalidation_id", "device_id", name=op.f("pk_revalidation_mark")),
    )
    op.create_table(
        "taking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_by", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ended_by IN ('', 'given_back', 'handed_over', 'taken_over', 'passed')", name=op.f("ck_taking_ended_by")
        ),
        sa.CheckConstraint("(ended IS NULL) = (ended_by = '')", name=op.f("ck_taking_ended_somehow")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_taking_person_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_taking_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taking")),
    )
    op.create_index(op.f("ix_taking_ticket_id"), "taking", ["ticket_id"], unique=False)
    op.create_index(
        "uq_taking_open",
        "taking",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("audience IN ('internal', 'public')", name=op.f("ck_note_audience")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_note_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_ticket_id"), "note", ["ticket_id"], unique=False)
    op.create_table(
        "follower",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follower_person_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_follower_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_follower")),
    )
    op.create_table(
        "satisfaction",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("given", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.CheckConstraint("score IN (1, 2, 3, 4, 5)", name=op.f("ck_satisfaction_score")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_satisfaction_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_satisfaction")),
    )
    op.create_table(
        "try_count",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_try_count")),
    )
    op.create_table(
        "table_change",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_table_change")),
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        summons.prepare(op.get_bind())
    for statement in _POSTGRES_TRIGGERS if postgres else _SQLITE_TRIGGERS:
        op.execute(statement)
