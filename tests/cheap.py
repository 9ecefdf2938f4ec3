"""What tests do a thousand times over, made cheap; none of it is what a test asks about."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from passlib.hash import argon2
from sqlalchemy import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from netreg.registry import passwords
from netreg.store import base


class Compiled(BytecodeCache):
    """Templates compiled once for all the portals of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def passwords_and_templates(patch: pytest.MonkeyPatch) -> None:
    """Passwords are easy to guess, and templates compiled once: tests sign in a thousand times.

    How hard they really are is for `tests/registry/test_accounts.py` to say.
    """
    easy = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
    patch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, **easy))
    for name, value in {"default_rounds": 1, "memory_cost": 8, "parallelism": 1}.items():
        patch.setattr(argon2, name, value)
    patch.setattr(Flask, "jinja_options", {"bytecode_cache": Compiled()})


def addresses(patch: pytest.MonkeyPatch) -> None:
    """How the address of a page is put together is worked out once for each rule: all portals have the same rules.

    The service makes one portal for as long as it runs, tests make hundreds.
    """
    work_out = Rule._compile_builder
    known: dict[tuple[str, str | None, str, bool], Callable[..., tuple[str, str]]] = {}

    def work_out_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, rule.subdomain, repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = work_out(rule, append_unknown)
        return known[key]

    patch.setattr(Rule, "_compile_builder", work_out_once)


def databases(patch: pytest.MonkeyPatch) -> None:
    """A statement is compiled once for each kind of database, and SQLite does not wait for the disk.

    Each test has a database of its own, and with it an engine that would know no statement yet. The service has one
    engine for as long as it runs, so this is nearer to it, not farther.
    """
    compiled: dict[type, Any] = {}
    make = Engine.__init__

    def make_knowing(engine: Engine, *args: Any, **options: Any) -> None:
        make(engine, *args, **options)
        engine._compiled_cache = compiled.setdefault(type(engine.dialect), LRUCache(5000))

    patch.setattr(Engine, "__init__", make_knowing)
    # Engines and mappers keep what they compiled by dialect: those of one kind of database count as one.
    patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
    patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
    # A commit that waits for the disk asks about power cuts, which no test in this process makes.
    prepare = base._prepare_sqlite

    def prepare_hasty(dbapi: Any, lock_wait: float) -> None:
        prepare(dbapi, lock_wait)
        dbapi.execute("PRAGMA synchronous=OFF")

    patch.setattr(base, "_prepare_sqlite", prepare_hasty)
