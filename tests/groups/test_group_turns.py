"""Dialogs with a group: begun, voted in, shown, ended; twice, at once, wrongly, too late, by strangers and by guests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards import Card, plain
from bot.errors import GaveUp
from bot.events import Woke
from bot.group_effects import GroupEffects
from bot.services import erasing, group_notes, people, places
from bot.store.secrets import digest_of
from tests.application import NOW, ORGANISATION
from tests.groups.group import Group

SECRET = "blåmejsen bor i skuret"


@pytest.fixture
def group(store):
    group = Group(store)
    group.open_organisation()
    group.settle("ana", "bo")
    group.open_place()
    return group


def votes(group, subject):
    return [vote["choice"] for vote in group.opened(subject).state["votes"].values()]


# ---- what one can begin --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "begins"), [("hjælp", True), ("/Dilemma", True), ("help", True), ("hvad mener I?", True)])
async def test_a_line_in_a_place_is_answered_with_what_can_be_begun(group, line, begins):
    answer = await group.say_here("gæst", line)
    [card] = await group.deliver()
    assert answer.form is None and [b["value"] for b in card["buttons"]] == ["dilemma"] * begins
    assert group.count("person") == 2 and SECRET not in str(card)


async def test_a_line_that_asks_for_help_is_answered_to_who_wrote_it_alone_and_leaves_nothing(group):
    before = group.rows()
    answer = await group.say_here("ana", "Jeg kan ikke leve mere.")
    assert answer.card and group.rows() == before and await group.deliver() == []


async def test_beginning_puts_one_post_in_the_place(group):
    subject = await group.begun()
    [post] = await group.deliver()
    assert (post["subject"], post["title"]) == (subject, "Nord")
    assert group.opened(subject).facilitator and group.count("dialog_run") == 0


async def test_two_who_begin_at_once_begin_one(group):
    begin = {"subject": f"place:{group.here}", "action": "begin", "value": "dilemma"}
    await group.press("bo", **begin, id="once")
    [first, second] = [await group.press("bo", **begin, id="once"), await group.press("ana", **begin)]
    assert first.form.page == "vote" and second.form.page == "vote"
    assert group.count("group_run") == 1


async def test_what_goes_on_is_shown_again_at_the_bottom(group):
    subject = await group.begun()
    await group.vote("ana", subject)
    await group.press("ana", "show", subject)
    await group.deliver()
    running = (await group.press("ana", "begin", f"place:{group.here}", "dilemma")).form
    assert running.page == "running"
    submitted = group.submitted("ana", running.run, "running", "show:dilemma")
    assert (await group.handle(submitted)).form.closed
    assert [card["subject"] for card in await group.deliver()] == [subject]


async def test_what_is_done_and_only_kept_to_be_read_stops_nothing_else(group):
    subject, desk = await group.begun(), f"place:{group.here}"

    def offered():
        cards = group.store.read_now(lambda db: group.parts.turns.groups.standing(db, ORGANISATION, group.here, "da"))
        return [card["subject"] for card in cards]

    assert offered() == [subject], "in the middle of something nothing else is offered"
    await group.press("ana", "rest", subject, "quiet")
    await group.press("bo", "begin", desk, "dilemma")
    assert offered() == [subject, desk] and group.count("group_run") == 1
    await group.press("ana", "rest", subject, "done")
    await group.press("bo", "begin", desk, "dilemma")
    assert group.count("group_run") == 2


# ---- choosing in secret --------------------------------------------------------------------------------------


async def test_votes_are_kept_and_the_post_says_nothing_of_them(group):
    subject = await group.begun()
    await group.deliver()
    await group.vote("ana", subject, "yes", SECRET)
    await group.vote("bo", subject, "no")
    await group.vote("bo", subject, "yes")
    assert votes(group, subject) == ["yes", "yes"] and await group.deliver() == []
    await group.press("ana", "show", subject)
    said = await group.deliver()
    assert said[0]["subject"] == subject and [bar["count"] for bar in said[0]["spread"]] == [2, 0]
    assert said[1]["subject"] == f"{subject}:beside"


async def test_the_same_vote_twice_counts_once_and_is_thanked_again(group):
    subject = await group.begun()
    page = (await group.press("ana", "vote", subject)).form
    event = group.voting("ana", page.run, "no", id="once")
    first, before = await group.handle(event), group.sealed()
    again = await group.handle(event)
    assert first.form == again.form and group.sealed() == before and votes(group, subject) == ["no"]


async def test_a_guest_votes_is_told_that_nothing_is_kept_and_is_no_row_anywhere(group):
    subject = await group.begun()
    page = (await group.press("gunnar", "vote", subject)).form
    assert "gemmer jeg intet" in page.lead[-1].da
    assert (await group.press("ana", "vote", subject)).form.lead == ()
    await group.handle(group.voting("gunnar", page.run))
    assert votes(group, subject) == ["yes"]
    assert {name: group.count(name) for name in ("person", "identity", "conversation")} == {"person": 2, "identity": 2, "conversation": 3}
    assert "unnar" not in str(group.rows())


async def test_a_guest_who_enrols_on_the_way_is_the_same_member(group):
    subject = await group.begun()
    await group.vote("gunnar", subject, "no")
    group.settle("gunnar")
    await group.vote("gunnar", subject, "yes")
    assert votes(group, subject) == ["yes"]


async def test_nothing_of_a_vote_can_be_seen_without_the_keys(group):
    """Not by length, moment, rows, or what stands in any other table; an empty one and a long one look the same."""
    subject = await group.begun()
    await group.deliver()
    pages = {name: (await group.press(name, "vote", subject)).form for name in ("ana", "bo", "gunnar")}
    seen = [(without_seals(group.rows()), len(group.sealed()), group.sealed()[:9])]
    for name, why in (("ana", ""), ("bo", "æ" * 5000), ("gunnar", SECRET)):
        group.clock.pass_(timedelta(minutes=7))
        await group.handle(group.voting(name, pages[name].run, "no", why))
        seen.append((without_seals(group.rows()), len(group.sealed()), group.sealed()[:9]))
    rows, lengths, heads = zip(*seen, strict=True)
    assert len(set(lengths)) == 1 and len(set(heads)) == 1  # the head of a seal holds its moment
    inboxes = [one.pop("inbox") for one in rows]
    assert all(one == rows[0] for one in rows)
    new = [sorted(set(after) - set(before)) for before, after in zip(inboxes, inboxes[1:], strict=False)]
    assert all(len(one) == 1 and one[0][0].startswith("group:") and one[0][1].hour == one[0][1].minute == 0 for one in new)


def without_seals(rows):
    return {table: [tuple(v for v in row if not isinstance(v, bytes)) for row in kept] for table, kept in rows.items()}


async def test_what_leaves_no_trace_leaves_none(group):
    subject = await group.begun()
    page = (await group.press("ana", "vote", subject)).form
    before = group.rows()
    answer = await group.handle(group.voting("ana", page.run, why="leave no trace"))
    assert answer.card and group.rows() == before


# ---- who may, and when ---------------------------------------------------------------------------------------


async def test_who_is_not_in_the_place_may_not_act_there(group):
    subject = await group.begun()
    elsewhere = group.open_place("south")
    page = (await group.press("ana", "vote", subject)).form
    for stranger in (
        await group.press("bo", "show", subject, place=""),
        await group.press("bo", "show", subject, place=elsewhere),
        await group.press("bo", "begin", f"place:{group.here}", "dilemma", place=elsewhere),
        await group.handle(group.voting("bo", page.run)),
        await group.handle(group.voting("bo", subject)),
    ):
        assert "ikke er med" in stranger.form.lead[0].da
    assert votes(group, subject) == []


async def test_another_organisation_reaches_nothing(group):
    from dataclasses import replace

    subject = await group.begun()
    group.open_organisation("there")
    event = group.voting("ana", subject, place=group.here)
    answer = await group.handle(replace(event, sender=replace(event.sender, organisation="there")))
    assert answer.form.closed and votes(group, subject) == []


async def test_what_is_over_is_answered_kindly_and_kept_no_more(group):
    subject = await group.begun()
    await group.vote("ana", subject, why=SECRET)
    await group.press("ana", "show", subject)
    await group.press("ana", "agree", subject)
    await group.deliver()
    before = group.rows()["group_run"]
    assert group.opened(subject).state is None
    assert (await group.press("bo", "vote", subject)).form.closed
    late = await group.handle(group.voting("bo", subject, why=SECRET))
    assert SECRET in late.form.lead[-1].spoken("da"), "what was typed is theirs to copy"
    assert group.rows()["group_run"] == before and await group.deliver() == []


async def test_a_deadline_is_another_event(group):
    subject = await group.begun()
    await group.vote("ana", subject)
    await group.deliver()
    group.clock.pass_(timedelta(hours=1))
    await group.tick()
    assert [card["subject"] for card in await group.deliver()] == [subject, f"{subject}:beside"]
    await group.handle(Woke(id="later", run="group:gone"))


async def test_two_clocks_that_see_the_same_deadline_are_one(group):
    subject = await group.begun()
    await group.deliver()
    await group.handle(Woke(id="woke:early", run=subject))
    group.clock.pass_(timedelta(hours=1))
    await group.together(Woke(id="woke:once", run=subject), Woke(id="woke:once", run=subject), Woke(id="woke:other", run=subject))
    assert [card["subject"] for card in await group.deliver()] == [subject, f"{subject}:beside"]


async def test_the_deadline_of_a_dialog_that_is_no_longer_there_passes_once(group):
    subject = await group.begun()
    await group.deliver()
    group.parts.turns.groups.dialogs = {}
    group.clock.pass_(timedelta(hours=2))
    await group.tick()
    assert group.count("group_run", wake_at=None, status="open") == 1 and await group.deliver() == []
    assert (await group.press("ana", "vote", subject)).form.closed


async def test_a_bug_loses_nothing_and_is_apologised_for(group):
    subject = await group.begun()
    await group.vote("ana", subject)
    answer = await group.press("bo", "break", subject)
    assert "beklager" in str(answer.form.lead[0].da).lower() or answer.form.closed
    assert votes(group, subject) == ["yes"]


# ---- what comes of it ----------------------------------------------------------------------------------------


async def test_what_was_agreed_lives_with_the_person_and_the_group_keeps_it(group):
    subject = await group.begun()
    await group.press("bo", "agree", subject)
    [note, played] = sorted(kept(group), key=lambda one: one.kind)
    assert group.count("action", state="open") == 1 and group.count("occurrence", kind="followup") == 1
    assert group.count("entry") == 1 and played.kind == "played"
    assert group_notes.told(note) == {
        "id": f"{subject.removeprefix('group:')}:1",
        "what": "ringe i morgen",
        "by": "2026-12-01",
        "evaluator": "mig",
        "name": "Bo",
    }
    told = [card for card in await group.deliver() if card["subject"].count(":") == 2]
    assert (await group.press("bo", "vote", told[0]["subject"], place="")).form.closed  # over by now


async def test_a_guests_agreement_is_the_groups_alone(group):
    subject = await group.begun()
    await group.press("gunnar", "agree", subject)
    assert group.count("action") == group.count("entry") == 0
    assert [note.data["name"] for note in kept(group) if note.kind == "agreement"] == ["Gunnar"]


def kept(group):
    return group.store.read_now(lambda db: group_notes.notes(db, ORGANISATION, group.here))


async def test_who_deletes_everything_is_out_of_what_goes_on_and_of_what_was_agreed(group):
    subject = await group.begun()
    await group.vote("ana", subject, why=SECRET)
    await group.vote("bo", subject, "no")
    before = len(group.sealed())
    [ana] = [one for one in group.store.read_now(lambda db: people.people(db, ORGANISATION)) if one.name == "Ana"]
    group.store.run_now(lambda db: erasing.erase(db, ana, NOW))
    run = group.opened(subject)
    assert votes(group, subject) == ["no"] and run.facilitator == "" and ana.id not in str(run)
    assert len(group.sealed()) == before
    await group.press("bo", "take_over", subject)
    assert group.opened(subject).facilitator in group.opened(subject).state["votes"]


async def test_who_agreed_and_then_deletes_everything_is_no_longer_named(group):
    subject = await group.begun()
    await group.press("bo", "agree", subject)
    [bo] = [one for one in group.store.read_now(lambda db: people.people(db, ORGANISATION)) if one.name == "Bo"]
    group.store.run_now(lambda db: erasing.erase(db, bo, NOW))
    [note] = [one for one in kept(group) if one.kind == "agreement"]
    assert (note.data["name"], note.data["what"]) == ("", "ringe i morgen") and bo.id not in str(note)


# ---- a place that cannot be reached --------------------------------------------------------------------------


async def test_a_place_where_we_may_not_post_is_told_to_who_facilitates_and_nothing_is_lost(group):
    async def refuse(address, card, **_):
        if "place" in address:
            raise GaveUp("not in there", unreachable=True)
        group.channel.said.append(("bot", address["name"], card))
        return "x"

    sending = group.channel.send
    group.channel.send = refuse
    subject = await group.begun()
    await group.deliver()
    await group.tick()
    [told] = await group.deliver()
    assert "Nord" in told["text"][0]
    await group.tick()
    assert await group.deliver() == []
    group.channel.send = sending
    group.open_place()  # heard there again
    await group.vote("bo", subject)
    assert [card["subject"] for card in await group.deliver()] == [subject] and votes(group, subject) == ["yes"]


async def test_of_what_nobody_has_looked_at_the_last_word_is_enough(group):
    subject = await group.begun()
    await group.deliver()
    run = group.opened(subject)

    def tell(db):
        place = places.place(db, ORGANISATION, group.here)
        effects = GroupEffects(db, run, place, NOW, digest_of(db))
        for n in range(5):
            assert effects.tell(run.facilitator, Card((plain(str(n)),)), "update")
        effects.tell(run.facilitator, Card((plain("in a quarter of an hour"),)), "nudge", NOW)  # true no more when it could arrive

    group.store.run_now(tell)
    assert [card["text"] for card in await group.deliver()] == [["4"]]


async def test_where_a_guest_facilitates_somebody_else_who_takes_part_is_told(group):
    subject = await group.begun("gunnar")
    await group.vote("bo", subject)
    group.store.run_now(lambda db: places.leave_place(db, ORGANISATION, "stage", "north", NOW))
    await group.tick()
    [told] = await group.deliver()
    assert "I cannot write" in told["text"][0] or "Jeg kan ikke skrive" in told["text"][0]


async def test_a_place_we_were_removed_from_keeps_what_went_on_until_we_come_back(group):
    subject = await group.begun()
    await group.vote("bo", subject)
    await group.deliver()
    group.store.run_now(lambda db: places.leave_place(db, ORGANISATION, "stage", "north", NOW))
    await group.tick()
    assert len(await group.deliver()) == 1
    group.open_place()
    await group.vote("ana", subject)
    assert [card["subject"] for card in await group.deliver()] == [subject] and votes(group, subject) == ["yes", "yes"]


def test_a_place_with_nothing_in_it_is_forgotten(group):
    group.store.run_now(lambda db: places.leave_place(db, ORGANISATION, "stage", "north", NOW))
    assert group.count("conversation", id=group.here) == 0
