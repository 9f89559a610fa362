"""Every text that code or a page names is there, and gets what its placeholders need, as far as that can be read off."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from bot.dialogs.data import placeholders
from tests.furniture import load

ROOT = Path(__file__).parent.parent.parent
TEXTS = load().texts
KEY = re.compile(r"[a-z_]+\.[A-Za-z0-9_]+")
SAYS = {"say", "_say", "text", "_text"}
ANYTHING = ".+"
PAGES = "bot/channels/web/"


@dataclass(frozen=True)
class Use:
    """`key`: a pattern where a part is only known when it is said. `given`: what fills it; None where that is not visible."""

    where: str
    key: str
    given: frozenset[str] | None

    @property
    def is_whole(self) -> bool:
        return ANYTHING not in self.key

    def found(self) -> list[str]:
        pattern = ANYTHING.join(re.escape(part) for part in self.key.split(ANYTHING))
        return [key for key in TEXTS if re.fullmatch(pattern, key)]


def in_code() -> Iterator[Use]:
    for part in ("bot", "scheduler"):
        for path in sorted((ROOT / part).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _said(node, place)


def _said(node: ast.Call, place: str) -> Iterator[Use]:
    called = getattr(node.func, "id", getattr(node.func, "attr", ""))
    where = f"{place}:{node.lineno}"
    given = None if any(k.arg is None for k in node.keywords) else frozenset(k.arg for k in node.keywords)
    if called == "Refused" and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
        yield Use(where, node.args[0].value, given)
    if called not in SAYS:
        return
    for argument in node.args[:2]:
        for key in _keys(argument):
            if KEY.fullmatch(key.replace(ANYTHING, "x")):
                yield Use(where, key, given)
            elif place.startswith(PAGES) and called == "text" and getattr(node.func.value, "id", "") in ("visit", "self"):
                yield Use(where, f"web.{key}", given)


def _keys(node: ast.AST) -> Iterator[str]:
    """What a text's name may be: a string, one with gaps, or one of two."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(part.value if isinstance(part, ast.Constant) else ANYTHING for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _keys(one)
            yield from _keys(other)
        case ast.BinOp(left=left, op=ast.Add()):
            yield from (f"{key}{ANYTHING}" for key in _keys(left))


def in_pages() -> Iterator[Use]:
    for path in sorted((ROOT / PAGES / "templates").rglob("*.html")):
        for call in Environment().parse(path.read_text("utf-8")).find_all(nodes.Call):
            if getattr(call.node, "name", "") == "t":
                given = frozenset(one.key for one in call.kwargs)
                yield from (Use(f"{path.name}:{call.lineno}", key if "." in key.replace(ANYTHING, "") else f"web.{key}", given) for key in _page_keys(call.args[0]))


def _page_keys(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.Const(value=str(text)):
            yield text
        case nodes.Concat(nodes=parts):
            yield "".join(part.value if isinstance(part, nodes.Const) else ANYTHING for part in parts)
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from _page_keys(one)
            yield from _page_keys(other)


@cache
def uses() -> tuple[Use, ...]:
    return (*in_code(), *in_pages())


def test_the_looking_finds_what_there_is():
    keys = {use.key for use in uses()}
    assert {"flow.too_long", "web.nav_shared", f"web.with_{ANYTHING}", "roles.last_administrator", "slack.gone"} <= keys
    assert len(uses()) > 400


def test_every_text_is_there_and_gets_what_it_needs():
    wrong = [fault for use in uses() for fault in _faults(use)]
    assert not wrong, "\n".join(wrong)


def _faults(use: Use) -> Iterator[str]:
    if not use.found():
        yield f"{use.where} says {use.key}, and there is no such text"
    elif use.is_whole and use.given is not None and (missing := placeholders(TEXTS[use.key].da) - use.given):
        yield f"{use.where}: nothing fills {sorted(missing)} in {use.key}"
