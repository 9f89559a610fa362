"""What can go wrong, and who is told.

    PejlingError
    ├─ ConfigError     a setting is missing or wrong      → stop at start, name the variable and the mend
    ├─ ContentError    a content file is wrong            → stop at start, name file, step and the mend
    ├─ Refused         a person may not / cannot do this  → a card to that person, in their language
    └─ ChannelError
       ├─ TryAgain     429, 5xx, timeout (after: seconds) → delivery tries again, in growing, jittered pauses
       └─ GaveUp       blocked, gone, forbidden           → marked failed, the conversation marked unreachable

Everything else is a bug.
"""

from __future__ import annotations


class PejlingError(Exception):
    """The root of everything Pejling raises on purpose."""


class ConfigError(PejlingError):
    """A setting is missing or wrong; the message names the variable and the mend."""


class ContentError(PejlingError):
    """A content file is wrong; the message names file, step, reason and mend, in one line.

    `code` names the kind of mistake, where people who write content in the bot itself can make it: what they are told, in
    their language, stands in `bot/content/texts/own.yaml`; `values_` fill it.
    """

    def __init__(self, where: str, reason: str, mend: str, code: str = "", **values: object):
        self.where, self.reason, self.mend = where, reason, mend
        self.code, self.values_ = code, values
        super().__init__(f"{where}: {reason} – {mend}")


class Refused(PejlingError):
    """A person may not or cannot do this.

    `text` is the key of what they are told, in `bot/content/texts`.
    """

    def __init__(self, text: str, **values: object):
        self.text, self.values_ = text, values
        super().__init__(text)


class ChannelError(PejlingError):
    """A platform did not take what we sent."""


class TryAgain(ChannelError):
    """The platform is busy or away.

    `after`: seconds the platform asks us to wait, or None where it does not say.
    `maybe_sent`: whether the message may have arrived all the same.
    """

    def __init__(self, reason: str, *, after: float | None = None, maybe_sent: bool = False):
        self.reason, self.after, self.maybe_sent = reason, after, maybe_sent
        super().__init__(reason)


class GaveUp(ChannelError):
    """The platform will not take this, now or later.

    `unreachable`: whether nothing at all can be sent to this conversation any more.
    """

    def __init__(self, reason: str, *, unreachable: bool = True):
        self.reason, self.unreachable = reason, unreachable
        super().__init__(reason)
