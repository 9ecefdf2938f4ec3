"""The databases these tests run on."""

from tests.databases import database, empty, postgres_store, sqlite_store, store

__all__ = ["database", "empty", "postgres_store", "sqlite_store", "store"]
