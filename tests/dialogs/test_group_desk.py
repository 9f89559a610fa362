"""What the desk of a place says by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.dialogs.group.desk import GroupDesk

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_a_deadline_today_is_a_time_of_day_and_any_other_has_its_date(house):
    desk = GroupDesk(house, {})
    today = desk.until(AT, AT - timedelta(minutes=20), "Europe/Copenhagen")
    assert (today.spoken("da"), today.spoken("en")) == ("Til kl. 10.30.", "Until 10:30.")
    assert desk.until(AT, AT - timedelta(days=2), "Europe/Copenhagen").spoken("da") == "Til mandag den 2. marts 2026 kl. 10.30."
