"""Names as they are typed on a page: one a line, or apart by commas."""

from __future__ import annotations

import re


def name_lines(said: str) -> tuple[str, ...]:
    """Each name once, in order, single spaces within."""
    names = (" ".join(one.split()) for one in re.split(r"[\n,;]", said))
    return tuple(dict.fromkeys(one for one in names if one))
