"""The desk's tests run on both databases."""

from tests.databases import database, postgres_store, sqlite_store, store

__all__ = ["database", "postgres_store", "sqlite_store", "store"]
