"""The yearly status on the beacons, for the extended leaders' meeting: what the centres handed over, in their own words, how the beacons
stand, and only numbers that the guard let through.

`material` reads it in one unit of work (the guard writes what it answers); `compose` makes the outline, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from babel.dates import format_date
from sqlalchemy import Connection

from bot.calendars import OUR_ZONE
from bot.clock import local
from bot.dialogs.beacons.beacon import Beacon
from bot.documents.outline import Bar, Block, Chart, Document, Heading, Language, Paragraph, Said, Span, Table
from bot.editions import Editions, as_beacon
from bot.library import Library
from bot.recurrence import instant
from bot.services import beacons, departments, handovers, participation, roles
from bot.services.handovers import Status
from bot.services.participation import Participation, Taken
from bot.services.person_row import PersonRow

FIRST_YEAR = 2023
LOCALES = {"da": "da_DK", "en": "en_GB"}


@dataclass(frozen=True)
class Material:
    """`centres`: names by id. `asked`: programmes with the quarters of this year that are over. `is_whole`: all of the department."""

    year: int
    today: date
    organisation: str
    centres: dict[str, str]
    beacons: tuple[Beacon, ...]
    statuses: tuple[Status, ...]
    asked: tuple[tuple[Participation, tuple[Taken, ...]], ...]
    is_whole: bool


def material(db: Connection, reader: PersonRow, year: int, editions: Editions, now: datetime) -> Material:
    """What the document is made of, as far as the reader coordinates it. Raises `Refused` (roles.not_coordinator)."""
    reach = roles.need_coordinator(db, reader)
    first, after = (instant(date(one, 1, 1), time(0), OUR_ZONE) for one in (year, year + 1))
    statuses = handovers.statuses(db, reader, first, after)
    here = [one for one in departments.centres(db, reader.organisation) if reach.covers(one.id)]
    return Material(
        year=year,
        today=local(now, OUR_ZONE).date(),
        organisation=dict(departments.organisations(db)).get(reader.organisation, ""),
        centres={one.id: one.name for one in here},
        beacons=tuple(_beacons(db, reader, {one.id for one in here}, editions)),
        statuses=tuple(statuses),
        asked=tuple(_asked(participation.participation(db, reader, now), year)),
        is_whole=reach.centres is None,
    )


def _beacons(db: Connection, reader: PersonRow, centres: set[str], editions: Editions) -> Iterator[Beacon]:
    """The common ones as they stand here, and those of the centres in question; nothing that is only proposed."""
    library = editions.of(db, reader.organisation, None).library
    yield from library.beacons.values()
    for row in beacons.beacons(db, reader.organisation):
        if row.own is not None and row.centre in centres and row.state not in ("proposed", "withdrawn"):
            yield as_beacon(editions.library, row)


def _asked(found: Sequence[Participation], year: int) -> Iterator[tuple[Participation, tuple[Taken, ...]]]:
    for one in found:
        over = tuple(taken for taken in reversed(one.quarters) if taken.quarter.year == year and taken.answer is not None)
        if over and one.programme.kind != "reminder":
            yield one, over


# ---- the outline -----------------------------------------------------------------------------------------


def compose(found: Material, library: Library, language: Language) -> Document:
    """The document. Everything it says itself stands in `bot/content/texts/document.yaml`."""
    return _Composer(found, library, language).document()


@dataclass(frozen=True)
class _Composer:
    found: Material
    library: Library
    language: Language

    def document(self) -> Document:
        found = self.found
        where = found.organisation if found.is_whole else ", ".join(found.centres.values())
        made = self.day(found.today)
        return Document(
            title=self.say("title", year=found.year),
            subtitle=self.say("subtitle", where=where, date=made),
            language=self.language,
            blocks=tuple(self.blocks()),
            foot=self.say("foot", year=found.year, where=where),
            page_of=self.say("page_of", page="{page}", pages="{pages}"),
            author=found.organisation,
        )

    def say(self, key: str, **values: object) -> str:
        return self.library.say(f"document.{key}", **values).spoken(self.language)

    def blocks(self) -> Iterator[Block]:
        yield Paragraph(self.say("lead"), "lead")
        yield Heading(self.say("beacons"))
        yield from self.overview()
        shown = self.shown()
        for beacon in shown:
            yield from self.about(beacon)
        yield from self.elsewhere(shown)
        yield Heading(self.say("numbers"))
        yield from self.numbers()
        yield Heading(self.say("how"))
        yield Paragraph(self.say("how_texts"))
        yield Paragraph(self.say("how_numbers"))

    def shown(self) -> list[Beacon]:
        """Those of the year: in use in it, or with something handed over about them. The common ones first."""
        year, told = self.found.year, {one.beacon for one in self.found.statuses}
        of_year = [one for one in self.found.beacons if one.id in told or one.since.year <= year and (one.closed is None or one.closed.year >= year)]
        return sorted(of_year, key=lambda one: (bool(one.centre), self.found.centres.get(one.centre, ""), one.since))

    # ---- the beacons -----------------------------------------------------------------------------------------

    def overview(self) -> Iterator[Block]:
        known = sorted(self.found.beacons, key=lambda one: (bool(one.centre), one.since, one.name.da))
        known = [one for one in known if one.since.year <= self.found.year]
        if not known:
            yield Paragraph(self.say("no_beacons"))
            return
        head = tuple(self.say(f"head_{one}") for one in ("name", "scope", "state", "since"))
        rows = tuple((self.name(one), self.scope(one), self.state(one), self.month(one.since)) for one in known)
        yield Table(head, rows, (40, 26, 18, 24))
        spans = tuple(self.span(one) for one in known)
        yield Chart(self.say("lasted"), self.say("lasted_alt", spans="; ".join(one.note for one in spans)), spans=spans)

    def span(self, one: Beacon) -> Span:
        end = one.closed or self.found.today
        said = self.say("span_closed" if one.closed else "span_open", name=self.name(one), since=one.since.year, end=end.year)
        return Span(self.name(one), _in_years(one.since), _in_years(end), one.closed is None, said)

    def about(self, one: Beacon) -> Iterator[Block]:
        yield Heading(self.name(one), 2)
        yield Paragraph(one.one_line.spoken(self.language))
        yield Paragraph(f"{self.scope(one)}. {self.stands(one)}", "soft")
        told = [status for status in self.found.statuses if status.beacon == one.id]
        if not told:
            yield Paragraph(self.say("nothing_handed_over"), "soft")
        for status in told:
            yield from self.told(status)

    def told(self, status: Status) -> Iterator[Block]:
        handed = self.day(local(status.at, OUR_ZONE).date())
        yield Heading(self.say("signed", centre=status.centre_name, group=status.group_name), 3)
        yield Paragraph(self.say("handed_over_on", date=handed), "soft")
        for answer in status.answers:
            if answer["answer"] != status.beacon:  # which beacon it is stands above
                yield Said(answer["question"][self.language], answer["shown"][self.language])

    def elsewhere(self, shown: list[Beacon]) -> Iterator[Block]:
        """What was handed over about a beacon that is not known any more."""
        known = {one.id for one in shown}
        rest = [status for status in self.found.statuses if status.beacon not in known]
        if rest:
            yield Heading(self.say("other"), 2)
        for status in rest:
            yield from self.told(status)

    def name(self, one: Beacon) -> str:
        return one.name.spoken(self.language)

    def scope(self, one: Beacon) -> str:
        return self.found.centres.get(one.centre, "") if one.centre else self.say("common")

    def state(self, one: Beacon) -> str:
        said = self.library.say(f"beacons.state_{one.state}").spoken(self.language)
        return said[:1].upper() + said[1:]

    def stands(self, one: Beacon) -> str:
        if one.closed:
            return self.say("closed_on", date=self.month(one.closed))
        if one.until:
            return self.say("stands_until", state=self.state(one), date=self.month(one.since), until=self.month(one.until))
        return self.say("stands", state=self.state(one), date=self.month(one.since))

    def day(self, on: date) -> str:
        return str(format_date(on, "long", locale=LOCALES[self.language]))

    def month(self, on: date) -> str:
        """What came with Pejling is known to the month only."""
        return str(format_date(on, "MMMM y", locale=LOCALES[self.language]))

    # ---- numbers ---------------------------------------------------------------------------------------------

    def numbers(self) -> Iterator[Block]:
        if not self.found.asked:
            yield Paragraph(self.say("no_numbers"))
        for one, quarters in self.found.asked:
            bars = tuple(self.bar(taken) for taken in quarters)
            said = "; ".join(self.say("bar_alt", quarter=bar.label, note=bar.note) for bar in bars)
            most = max((taken.number("sent") or taken.number("finished") or 0 for taken in quarters), default=0)
            yield Chart(self.say("took_part", programme=one.programme.title), self.say("took_part_alt", bars=said), bars, most)

    def bar(self, taken: Taken) -> Bar:
        label = self.say("quarter", number=taken.quarter.number)
        finished, sent = taken.number("finished"), taken.number("sent")
        if finished is None:
            return Bar(label, None, self.say("too_few"))
        said = self.say("of", finished=finished, sent=sent) if sent is not None else str(finished)
        return Bar(label, finished, said)


def _in_years(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / 366
