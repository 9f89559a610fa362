"""Performing a script on a stage: what people do, and whether the bot says what the script says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot.events import Chose, Joined, Submitted, Wrote
from bot.rehearsal.script import (
    Cast,
    Deed,
    Difference,
    Expected,
    Line,
    PlaceCast,
    Plans,
    Stagecraft,
    Time,
    is_as_written,
)
from bot.rehearsal.speech import as_said
from bot.rehearsal.stage import Stage, with_notice

OLD_CARD, OLD_PAGE = "an old card", "an old page"


@dataclass(frozen=True)
class Performer:
    """Performs scripts on a stage."""

    stage: Stage

    async def perform(self, lines: list[Line]) -> None:
        """Raises Difference at the first line that differs from what is said."""
        for line in lines:
            if self.stage.channel.said and not _is_beside(line):
                self._refuse_more(line)
            await self.perform_line(line)
        if self.stage.channel.said:
            self._refuse_more(replace(lines[-1], number=lines[-1].number + 1))

    async def perform_line(self, line: Line) -> None:
        """One line; what is said to it waits to be `heard`."""
        match line:
            case Cast():
                await self.stage.cast(line)
            case PlaceCast():
                await self.stage.open_place(line)
            case Time():
                await self.stage.let_time_pass(line)
            case Expected(what="bot" | "post" | "page"):
                self._expect(line)
            case Expected():
                await self._expect_kept(line)
            case Deed():
                await self._do(line)
            case Plans():
                await self.stage.plan(line)
            case Stagecraft(kind="reminds"):
                await self.stage.remind(line.person)
            case Stagecraft(kind="restart"):
                await self.stage.restart()
            case Stagecraft(kind="loses"):
                await self.stage.take_role(line.person, line.value)
            case Stagecraft(kind="notice"):
                await self.stage.restart(with_notice(self.stage.library, "changed"))
            case Stagecraft(kind="closed", place=place):
                self.stage.channel.closed.add(place)
            case Stagecraft(kind="open", place=place):
                await self.stage.open_again(place)
            case Stagecraft(kind="twice"):
                await self.stage.handle(self.stage.last)

    def _refuse_more(self, line: Line) -> None:
        what, who, shown = self.stage.channel.said[0]
        said = f"{what} {_where(who, shown)} {who}: {as_said(what, shown)}"
        raise Difference(f"line {line.number}: before this, the bot says\n  {said}")

    def _expect(self, line: Expected) -> None:
        if not self.stage.channel.said:
            raise Difference(f"line {line.number}: the bot is silent; the script says\n  {line.text}")
        self._bring_forward(line)
        what, who, shown = self.stage.heard()
        said = as_said(what, shown)
        is_there = (what, who, _where(who, shown) == "in") == (line.what, line.person, line.is_place)
        if not is_there or not is_as_written(line.said, said):
            raise Difference(f"line {line.number}: the script says\n  {line.text}\nthe bot says\n  {what} {_where(who, shown)} {who}: {said}")

    def _bring_forward(self, line: Expected) -> None:
        """What is said in several conversations at once may arrive in any order; in each of them it comes as it was said."""
        said, where = self.stage.channel.said, (line.person, "in" if line.is_place else "to")
        at = next((n for n, (_, who, shown) in enumerate(said) if (who, _where(who, shown)) == where), 0)
        first = said[at]
        del said[at]
        said.appendleft(first)

    async def _expect_kept(self, line: Expected) -> None:
        kept = await self.stage.kept(line.what, line.person)
        if not is_as_written(line.said, kept):
            raise Difference(f"line {line.number}: the script says\n  {line.text}\nbut\n  {line.what} of {line.person}: {kept}")

    # ---- what people do ------------------------------------------------------------------------------------------

    async def _do(self, deed: Deed) -> None:
        match deed.kind:
            case "begins":
                await self.stage.handle(Chose(**self._by(deed), subject="", action="begin", value=deed.value))
            case "joins":
                await self.stage.handle(Joined(**self._by(deed)))
            case "writes":
                await self.stage.handle(Wrote(**self._by(deed), text=deed.value))
            case "fills":
                self._fill(deed)
            case "presses":
                await self._press(deed)

    def _by(self, deed: Deed) -> dict[str, Any]:
        if deed.place and deed.place not in self.stage.places:
            raise Difference(f"line {deed.number}: there is no place {deed.place!r}")
        return {"id": next(self.stage.ids), "sender": self.stage.sender(deed.person, deed.place)}

    def _fill(self, deed: Deed) -> None:
        page = self.stage.pages.get(deed.person) or {"fields": []}
        field = next((f for f in page["fields"] if is_as_written(deed.about, f["label"])), None)
        if field is None:
            raise Difference(f"line {deed.number}: {deed.person} sees no field {deed.about!r}")
        self.stage.filled[deed.person][field["id"]] = self._value(field, deed)

    def _value(self, field: dict[str, Any], deed: Deed) -> Any:
        if not field["choices"]:
            return deed.value
        said = deed.value.split("; ") if field["kind"] == "multi" else [deed.value]
        chosen = [self._choice(field, one, deed) for one in said if one]
        return chosen if field["kind"] == "multi" else next(iter(chosen), None)

    def _choice(self, field: dict[str, Any], said: str, deed: Deed) -> str:
        for choice in field["choices"]:
            if said == choice["id"] or is_as_written(said, choice["text"]):
                return choice["id"]
        offered = ", ".join(choice["text"] for choice in field["choices"])
        raise Difference(f"line {deed.number}: {said!r} is not offered, only: {offered}")

    async def _press(self, deed: Deed) -> None:
        if deed.place:
            return await self._press_there(deed)
        page = (self.stage.old_pages if deed.about == OLD_PAGE else self.stage.pages).get(deed.person)
        button = _button(_on_page(page), deed.value) if page else None
        if button is not None and deed.about in ("", OLD_PAGE):
            return await self._submit(deed, page, button)
        is_old = deed.about == OLD_CARD
        for card in reversed((self.stage.old_cards if is_old else self.stage.cards).get(deed.person, [])):
            if deed.about and not is_old and not is_as_written(deed.about, card["title"] or ""):
                continue
            if button := _button(card["buttons"], deed.value):
                chose = Chose(**self._by(deed), subject=card["subject"], action=button["action"], value=button["value"])
                return await self.stage.handle(chose)
        raise Difference(f"line {deed.number}: {deed.person} sees no button [{deed.value}]")

    async def _press_there(self, deed: Deed) -> None:
        """A button on the newest message in a place that has it."""
        kept = self.stage.old_cards if deed.about == OLD_CARD else self.stage.cards
        for card in reversed(kept.get(deed.place, [])):
            if button := _button(card["buttons"], deed.value):
                chose = Chose(**self._by(deed), subject=card["subject"], action=button["action"], value=button["value"])
                return await self.stage.handle(chose)
        raise Difference(f"line {deed.number}: there is no button [{deed.value}] in {deed.place}")

    async def _submit(self, deed: Deed, page: dict[str, Any], button: dict[str, Any]) -> None:
        """Send a page in as it stands. What it held can be sent once more (`on an old page`)."""
        about = {"run": page["run"], "page": page["page"], "held": page["held"]}
        values = page["sent"] if deed.about == OLD_PAGE else dict(self.stage.filled.get(deed.person, {}))
        pressed = f"{button['action']}:{button['value']}" if button["value"] else button["action"]
        self.stage.old_pages[deed.person] = page | {"sent": values}
        self.stage.pages.pop(deed.person, None)
        await self.stage.handle(Submitted(**self._by(deed), button=pressed, values=values, **about))


def _is_beside(line: Line) -> bool:
    """Lines that may stand between a deed and what the bot says to it."""
    return isinstance(line, Expected) or isinstance(line, Stagecraft) and line.kind == "twice"


def _where(who: str, shown: dict[str, Any]) -> str:
    return "in" if shown.get("in_place") else "to"


def _on_page(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [*page["buttons"], *(b for f in page["fields"] for h in f["hints"] for b in h["buttons"])]


def _button(buttons: list[dict[str, Any]], label: str) -> dict[str, Any] | None:
    return next((b for b in buttons if is_as_written(label, b["label"])), None)
