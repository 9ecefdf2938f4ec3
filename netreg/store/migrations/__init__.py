"""Alembic's scripts, carried inside the package."""
