"""Periods as people say them, in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogs.commands import read_command
from bot.dialogs.periods import read_period

TODAY = date(2026, 3, 2)  # a Monday

SAID = {
    ("2026-07-06", "2026-07-24"): (
        "6.–24. juli", "6. - 24. juli", "6-24 July", "6/7-24/7", "fra 6. juli til 24. juli", "fra den 6. til den 24. juli",
        "July 6–24", "6 to 24 July", "from 6 July until 24 July", "6.7.2026 - 24.7.2026", "2026-07-06 - 2026-07-24",
        "6. juli til og med 24. juli 2026", "6th to 24th of July", "fra og med 6. juli t.o.m. 24. juli",
    ),
    ("2026-07-06", "2026-07-12"): ("uge 28", "i uge 28", "week 28"),
    ("2026-07-06", "2026-07-26"): ("uge 28-30", "uge 28 til 30", "week 28 to week 30", "ugerne 28–30"),
    ("2026-03-09", "2026-03-15"): ("næste uge", "hele næste uge", "next week"),
    ("2026-03-02", "2026-03-08"): ("resten af ugen", "this week", "en uge", "1 week"),
    ("2026-03-06", "2026-03-06"): ("på fredag", "Friday", "6. marts"),
    ("2026-03-04", "2026-03-06"): ("fra onsdag til fredag", "onsdag-fredag", "from Wednesday to Friday"),
    ("2026-03-02", "2026-03-20"): ("til 20. marts", "until 20 March"),
    ("2026-12-20", "2027-01-03"): ("20. december til 3. januar", "20 December – 3 January"),
    ("2026-07-28", "2026-08-03"): ("28.–3. august", "28 July - 3 August", "28. juli-3."),
    ("2026-03-06", "2026-03-09"): ("fredag til mandag", "Friday to Monday"),
    ("2026-03-06", "2026-03-12"): ("6.-12.", "fra den 6. til den 12."),
    ("2026-07-24", "2026-07-06"): ("24.7.2026 - 6.7.2026",),
}  # fmt: skip


@pytest.mark.parametrize(("period", "said"), [(period, said) for period, all in SAID.items() for said in all])
def test_what_is_said(period, said):
    assert read_period(said, TODAY) == tuple(map(date.fromisoformat, period))


@pytest.mark.parametrize("said", ["", "snart", "til", "-", "6.-", "31. februar til 3. marts", "noget-andet", "x" * 200, "uge 99", "40.-50. juli"])
def test_what_is_not_sure_is_not_guessed_at(said):
    assert read_period(said, TODAY) is None


def test_a_leave_that_has_begun():
    july = date(2026, 7, 10)
    for said in ("6.–24. juli", "6. juli til 24. juli"):
        assert read_period(said, july) == (date(2026, 7, 6), date(2026, 7, 24))


@pytest.mark.parametrize(
    ("line", "name", "argument"),
    [
        ("ferie 6.–24. juli", "leave", "6.–24. juli"),
        ("Jeg har ferie i uge 28", "leave", "uge 28"),
        ("leave 6–24 July", "leave", "6–24 July"),
        ("I'm on holiday next week", "leave", "next week"),
        ("ferie", "leave", ""),
        ("aflys ferie", "leave", ""),
        ("stille timer", "times", ""),
        ("quiet hours", "times", ""),
        ("god ferie", "bye", ""),
    ],
)
def test_as_a_command(line, name, argument):
    command = read_command(line)
    assert (command.name, command.argument) == (name, argument)


@pytest.mark.parametrize("line", ["ferie er dejligt", "min leder har ferie og jeg savner hende", "away from it all"])
def test_not_a_command(line):
    assert read_command(line) is None
