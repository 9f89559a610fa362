"""A date for people's calendars: an iCalendar file (RFC 5545) with one event."""

from __future__ import annotations

from datetime import datetime, timedelta

MAKER = "-//Pejling//Pejling//DA"
KNOWN_AHEAD = timedelta(days=3 * 365)
"""How far ahead the file says when clocks change."""


def calendar_file(
    *, uid: str, title: str, text: str, starts: datetime, minutes: int, every: int, now: datetime, alarm: int = 30
) -> bytes:
    """The file. `starts` is aware, in the zone it is to be held in; `every`: weeks between repeats, 0: none; `alarm`: minutes before.

    The same `uid` again moves the event where it stands in somebody's calendar already.
    """
    from icalendar import Alarm, Calendar, Event  # loaded by the first who asks: it takes a while

    event = Event()
    event.add("uid", f"{uid}@pejling")
    event.add("dtstamp", now)
    event.add("sequence", int(now.timestamp()) // 60)
    event.add("summary", title)
    event.add("description", text)
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=minutes))
    if every:
        event.add("rrule", {"freq": "weekly", "interval": every})
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("description", title)
    reminder.add("trigger", timedelta(minutes=-alarm))
    event.add_component(reminder)
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    first = starts.date()
    calendar.add_missing_timezones(first_date=first, last_date=first + KNOWN_AHEAD)
    return calendar.to_ical()
