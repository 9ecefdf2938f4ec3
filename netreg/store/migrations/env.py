"""Alembic's entry: runs on the connection that `netreg.store.upgrade` hands over, inside its transaction."""

from alembic import context

from netreg.procedures import models as letters  # noqa: F401  (fills the metadata)
from netreg.procedures.desk import models as desk  # noqa: F401
from netreg.procedures.outside import models as outside  # noqa: F401
from netreg.registry import models  # noqa: F401
from netreg.store import audit, counters, outbox  # noqa: F401
from netreg.store.base import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transactional_ddl=True
)
context.run_migrations()
