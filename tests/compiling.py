"""What SQLAlchemy has compiled for one engine serves every other of its kind. A process of tests opens thousands of databases, and
compiling the same few hundred statements for each was a seventh of its work.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Engine

_compiled: dict[type, dict[Any, Any]] = defaultdict(dict)


class Shared:
    """The cache as SQLAlchemy asks for it. Its keys begin with the engine's dialect, which is another object for each engine."""

    def __init__(self, kind: type):
        self._found = _compiled[kind]

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return self._found.get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        self._found[key[1:]] = compiled


def share() -> None:
    """From now on, for every engine of this process."""
    Engine._compiled_cache = property(lambda engine: Shared(type(engine.dialect)), lambda engine, _own: None)  # type: ignore[assignment]
