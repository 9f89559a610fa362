"""Sixty who choose within the same moment, and twenty groups at once: every choice counted, once; the post edited a few times, and
right in the end. On both databases."""

from __future__ import annotations

import asyncio
from itertools import cycle

import pytest

from bot.services import groups, places
from tests.application import NOW, ORGANISATION
from tests.groups.group import Group

PLAYERS = [f"player{n:02}" for n in range(60)]


@pytest.fixture
def group(store):
    group = Group(store)
    group.open_organisation()
    group.settle(*PLAYERS[::2])  # the others are guests
    group.open_place()
    return group


async def test_sixty_votes_at_once_are_each_counted_once(group):
    subject = await group.begun(PLAYERS[0])
    pages = await asyncio.gather(*(group.press(name, "vote", subject) for name in PLAYERS))
    choices = dict(zip(PLAYERS, cycle(["yes", "no", "yes"]), strict=False))
    sent = [group.voting(n, p.form.run, choices[n], f"{n}s grund") for n, p in zip(PLAYERS, pages, strict=True)]
    thanks = await group.together(*sent, *sent[::3])  # and some arrive twice
    assert all(one.form.closed for one in thanks)
    kept = group.opened(subject).state["votes"]
    assert sorted(vote["why"] for vote in kept.values()) == [f"{name}s grund" for name in PLAYERS]
    assert sum(vote["choice"] == "yes" for vote in kept.values()) == 40


async def test_a_post_that_changes_all_the_time_is_put_once_while_it_waits(group):
    subject = await group.begun()
    await group.deliver()
    for _ in range(10):
        await group.press("ana", "round", subject)
    assert group.count("outbox", state="queued", subject=subject) == 1
    said = [card for card in await group.deliver() if card["subject"] == subject]
    assert [card["text"] for card in said] == [["?" * 11]]


async def test_twenty_groups_at_once_do_not_mix(group):
    here = [group.open_place(f"place{n}") for n in range(20)]
    begin = {"action": "begin", "value": "dilemma"}
    await asyncio.gather(*(group.press("player00", subject=f"place:{p}", place=p, **begin) for p in here))
    runs = {row[2]: f"group:{row[0]}" for row in group.rows()["group_run"]}
    pages = await asyncio.gather(*(group.press(n, "vote", runs[p], place=p) for p in here for n in PLAYERS[:5]))
    whys = [f"{p}{n}" for p in here for n in PLAYERS[:5]]
    names = [n for _ in here for n in PLAYERS[:5]]
    await group.together(*(group.voting(n, page.form.run, why=why) for n, page, why in zip(names, pages, whys, strict=True)))
    for place, subject in runs.items():
        run = group.store.read_now(lambda db, id=subject[6:]: groups.look_at(db, ORGANISATION, id))
        assert {vote["why"] for vote in run.state["votes"].values()} == {f"{place}{n}" for n in PLAYERS[:5]}


async def test_a_place_that_several_meet_at_once_is_met_once(group):
    def work(db):
        return places.meet_place(db, ORGANISATION, "stage", "south", {"place": "south"}, NOW)

    met = await asyncio.gather(*(group.store.run(work) for _ in range(6)))
    assert len({id for id, _ in met}) == 1 and sum(is_new for _, is_new in met) == 1
