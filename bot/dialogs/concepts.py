"""Concepts: everything the bot knows about its subject, in one shape, so that one reader serves.

A group (terms, phenomena, needs, role expectations …) has items. An item has a title, a text, a question to ask, a
move to make, or some of these; and links to other items ("grips/G6"). Each says where it comes from and whether the
customer has approved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.cards import Words
from bot.dialogs.data import Data, data, named, refuse_doubles

MAX_ITEM = 1500


@dataclass(frozen=True)
class Item:
    """`links`: what kind of link → "group/id" of other items."""

    id: str
    group: str
    source: str
    approved: bool
    title: Words | None = None
    text: Words | None = None
    question: Words | None = None
    move: Words | None = None
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> Words:
        """What to call it: its title, or else its text."""
        return self.title or self.text or self.question or Words(self.id, self.id)

    def linked(self, link: str) -> tuple[str, ...]:
        """The ids, without their group, of the items linked that way."""
        return tuple(target.partition("/")[2] for target in self.links.get(link, ()))


@dataclass(frozen=True)
class Group:
    id: str
    title: Words
    items: dict[str, Item]

    def __getitem__(self, item_id: str) -> Item:
        return self.items[item_id]


Concepts = Mapping[str, Group]


def read_group(raw: Any, where: str) -> Group:
    """A group of concepts from data. ContentError where anything is wrong."""
    group = data(raw, where, needs="group title source approved items")
    items = tuple(_read_item(one, group) for one in group.each("items"))
    if not items:
        group.refuse("it has no items", "write at least one")
    refuse_doubles((item.id for item in items), "the item", where)
    return Group(group.id("group"), group.words("title"), {item.id: item for item in items})


def _read_item(raw: Any, group: Data) -> Item:
    item = data(raw, named(raw, group.where, "item"), "id", "title text question move links source approved")
    words = {key: item.maybe_words(key, MAX_ITEM) for key in ("title", "text", "question", "move")}
    if not any(words.values()):
        item.refuse("it says nothing", "give it a title, a text, a question or a move")
    return Item(
        id=item.id(),
        group=group.id("group"),
        source=item.text("source", group.text("source")),
        approved=item.flag("approved", group.flag("approved")),
        links=_read_links(item),
        **words,
    )


def _read_links(item: Data) -> dict[str, tuple[str, ...]]:
    raw = item.raw.get("links", {})
    if not isinstance(raw, Mapping):
        item.refuse("`links` is not a mapping", "write links: {grips: [grips/G6]}")
    return {str(kind): tuple(_read_link(one, item) for one in _as_list(targets)) for kind, targets in raw.items()}


def _as_list(raw: Any) -> tuple[Any, ...]:
    return tuple(raw) if isinstance(raw, list | tuple) else (raw,)


def _read_link(raw: Any, item: Data) -> str:
    if not isinstance(raw, str) or raw.count("/") != 1:
        item.refuse(f"the link {raw!r} does not name group and id", "write group/id, such as grips/G6")
    return raw
