"""Every error netreg raises on purpose, as one tree.

NetregError
  Refused                    a person can mend it; shown as it stands, with a code and the next step
    InvalidValue             a field holds something that cannot be accepted
    NotAllowed               this person may not do this
    NotFound                 no such thing, or not yours: the answer is the same
    QuotaFull                the area already has its three phones
    DuplicateMac             the address is already live somewhere
    ConcurrentChange         somebody else changed it first
    TooMany                  too much at once; it says from when on there is room again
    UnsafePlan               the guard wants a person to confirm this very plan
    StoreBusy, StoreFull     the database is locked, or the disk is full: nothing was stored
      StoreAway              its server does not answer
  PointError                 the outside world; permanent=False means try again later
    Unreachable, HostKeyUnknown, HostKeyChanged, CommandRefused, UnexpectedOutput, IncompleteRead, VerifyFailed
    LoginRefused             the point does not let us in
      LoginUnready           we did not try: the file of our key or password cannot be used
  MailFailed                 no mail server took a message; permanent=False means try again later
  UpgradeFailed              the tables could not be brought to this version, and are as they were
  ConfigError                found at start; the service does not come up half configured
"""

from __future__ import annotations

from datetime import datetime


class NetregError(Exception):
    """Base of all. `code` is stable and is what scripts compare; the text is for people."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class Refused(NetregError):
    """A refusal that a person can mend. Nothing was stored and nothing was pushed.

    `message` is Spanish, `english` the same sentence in English, `field` the form field it belongs to,
    `hint` what to do next (Spanish), `hint_en` the same in English.
    """

    code = "refused"

    def __init__(
        self,
        message: str,
        english: str,
        *,
        code: str | None = None,
        field: str | None = None,
        hint: str = "",
        hint_en: str = "",
    ) -> None:
        super().__init__(message, code=code)
        self.english = english
        self.field = field
        self.hint = hint
        self.hint_en = hint_en

    def text(self, language: str = "es") -> str:
        """The refusal and the next step, in Spanish ("es") or English ("en")."""
        parts = (self.english, self.hint_en) if language == "en" else (self.message, self.hint)
        return " ".join(part for part in parts if part)


class InvalidValue(Refused):
    code = "invalid_value"


class NotAllowed(Refused):
    code = "not_allowed"


class NotFound(Refused):
    code = "not_found"


class QuotaFull(Refused):
    code = "quota_full"


class DuplicateMac(Refused):
    code = "mac_active_elsewhere"


class ConcurrentChange(Refused):
    code = "concurrent_change"


class TooMany(Refused):
    """Too much came at once, or from one sender. `until` is when there is room again."""

    code = "too_many"

    def __init__(self, message: str, english: str, *, until: datetime) -> None:
        super().__init__(message, english)
        self.until = until


class StoreBusy(Refused):
    code = "store_busy"


class StoreAway(StoreBusy):
    """The database server does not answer. Unlike with the others, a change may have been stored all the same."""

    code = "store_away"


class StoreFull(Refused):
    code = "store_full"


class UnsafePlan(Refused):
    """The guard stopped a plan. `checksum` names the very plan a person may confirm."""

    code = "unsafe_plan"

    def __init__(
        self, message: str, english: str, *, adds: int, removes: int, limit: int, checksum: str, reason: str
    ) -> None:
        super().__init__(
            message,
            english,
            hint=f"Revise el plan y confírmelo con: netreg point confirm PUNTO {checksum}",
            hint_en=f"Review the plan and confirm it with: netreg point confirm POINT {checksum}",
        )
        self.adds, self.removes, self.limit = adds, removes, limit
        self.checksum, self.reason = checksum, reason


class PointError(NetregError):
    """Something went wrong with an enforcement point.

    `point` is its name; `permanent` tells the worker to stop and call a person instead of trying again;
    `left_as` says in what state the point was left.
    """

    code = "point_error"
    permanent = False

    def __init__(self, point: str, message: str, *, permanent: bool | None = None, left_as: str = "unchanged") -> None:
        super().__init__(f"{point}: {message}")
        self.point = point
        self.left_as = left_as
        if permanent is not None:
            self.permanent = permanent


class Unreachable(PointError):
    code = "unreachable"


class HostKeyUnknown(PointError):
    code = "host_key_unknown"
    permanent = True


class HostKeyChanged(PointError):
    code = "host_key_changed"
    permanent = True


class LoginRefused(PointError):
    code = "login_refused"
    permanent = True


class LoginUnready(LoginRefused):
    code = "login_unready"


class CommandRefused(PointError):
    code = "command_refused"


class UnexpectedOutput(PointError):
    code = "unexpected_output"


class IncompleteRead(PointError):
    code = "incomplete_read"


class VerifyFailed(PointError):
    code = "verify_failed"


class MailFailed(NetregError):
    """A message did not go out. The text names the servers tried, never a password or who it was for."""

    code = "mail_failed"

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class UpgradeFailed(NetregError):
    """A migration failed. The database is as it was before; `hint` says what to do next."""

    code = "upgrade_failed"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(NetregError):
    """A setting is wrong. `id` is stable, `hint` says how to mend it."""

    code = "config"

    def __init__(self, id: str, message: str, hint: str) -> None:
        super().__init__(message, code=id)
        self.id = id
        self.hint = hint
