"""The databases these tests run on."""

from tests.databases import database, empty, sqlite_store, store

__all__ = ["database", "empty", "sqlite_store", "store"]
