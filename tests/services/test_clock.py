from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import FixedClock, ShiftedClock, SystemClock, local

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_shifted_clock_moves_forward_and_never_back() -> None:
    wall = FixedClock(NOON)
    clock = ShiftedClock(wall)
    clock.forward_to(NOON + timedelta(days=7))
    assert clock.now() == NOON + timedelta(days=7)
    clock.forward_to(NOON)
    assert clock.now() == NOON + timedelta(days=7)
    wall.pass_(timedelta(hours=1))
    assert clock.now() == NOON + timedelta(days=7, hours=1)
    assert clock.offset == timedelta(days=7)


def test_a_shifted_clock_takes_up_where_it_was() -> None:
    assert ShiftedClock(FixedClock(NOON), timedelta(days=2)).now() == NOON + timedelta(days=2)
    with pytest.raises(ValueError):
        ShiftedClock(FixedClock(NOON), timedelta(seconds=-1))


def test_a_fixed_clock_stands_until_it_is_told() -> None:
    clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.set(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)
    with pytest.raises(ValueError):
        clock.pass_(timedelta(seconds=-1))


def test_moments_without_a_zone_are_refused() -> None:
    naive = datetime(2027, 3, 1, 12)
    for told in (FixedClock, FixedClock(NOON).set, ShiftedClock(FixedClock(NOON)).forward_to, lambda at: local(at, "UTC")):
        with pytest.raises(ValueError):
            told(naive)


def test_local_time() -> None:
    assert local(NOON, "Europe/Copenhagen").isoformat() == "2027-03-01T13:00:00+01:00"
