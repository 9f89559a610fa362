"""Signing in by a one-time link, and staying signed in."""

from __future__ import annotations

import asyncio

import pytest
from lives import NOW, department, later
from sqlalchemy import select

from bot.services import links, people
from bot.store.tables import LoginLink, WebSession


@pytest.fixture
def here(store):
    return store.run_now(department)


def test_looking_uses_nothing_up_and_using_does(store, here):
    token = store.run_now(lambda db: links.make_link(db, here.per, "/logbook", NOW))
    looked = [store.read_now(lambda db: links.look_at(db, token, later(minutes=9))) for _ in range(3)]
    assert {(one.person.id, one.goes_to) for one in looked} == {(here.per.id, "/logbook")}
    signed_in = store.run_now(lambda db: links.use(db, token, later(minutes=9)))
    assert signed_in.goes_to == "/logbook"
    assert store.read_now(lambda db: links.session_person(db, signed_in.token, later(minutes=9))).id == here.per.id
    assert store.run_now(lambda db: links.use(db, token, later(minutes=9))) is None
    assert store.read_now(lambda db: links.look_at(db, token, later(minutes=9))) is None


def test_a_link_lasts_ten_minutes_and_an_invented_one_never(store, here):
    token = store.run_now(lambda db: links.make_link(db, here.per, "/", NOW))
    assert store.run_now(lambda db: links.use(db, token, later(minutes=10))) is None
    assert store.run_now(lambda db: links.use(db, token[:-1], NOW)) is None


async def test_pressed_ten_times_at_once_it_signs_in_once(store, here):
    token = await store.run(lambda db: links.make_link(db, here.per, "/", NOW))
    used = await asyncio.gather(*(store.run(lambda db: links.use(db, token, NOW)) for _ in range(10)))
    assert sum(one is not None for one in used) == 1


def test_only_hashes_are_kept(store, here):
    def scenario(db):
        link = links.make_link(db, here.per, "/", NOW)
        session = links.open_session(db, here.per, NOW)
        kept = [*db.scalars(select(LoginLink.digest)), *db.scalars(select(WebSession.digest))]
        return {link, session} & set(kept)

    assert store.run_now(scenario) == set()


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "\\\\example.org",
        "logbook",
        "javascript:alert(1)",
        "/a\nSet-Cookie: x",
        "/ a",
        "",
        "/" + "a" * 200,
        "/ø",
    ],
)
def test_a_link_leads_nowhere_but_to_our_own_pages(elsewhere):
    assert links.own_path(elsewhere) == "/"


def test_our_own_pages_are_led_to():
    for path in ("/", "/logbook?month=2026-11", "/shared/entry/1#top"):
        assert links.own_path(path) == path


def test_a_session_slides_while_one_comes_back_but_not_for_ever(store, here):
    token = store.run_now(lambda db: links.open_session(db, here.per, NOW))
    who = lambda **span: store.read_now(lambda db: links.session_person(db, token, later(**span)))  # noqa: E731
    is_due = lambda **span: store.read_now(lambda db: links.is_renewal_due(db, token, later(**span)))  # noqa: E731
    assert who(hours=11) and not who(hours=12)
    assert not is_due(minutes=59) and is_due(hours=1) and not is_due(hours=12)
    for hours in range(11, 7 * 24, 11):
        store.run_now(lambda db, hours=hours: links.renew_session(db, token, later(hours=hours)))
    assert who(days=6, hours=23) and not who(days=7)


def test_a_session_that_is_over_is_not_revived(store, here):
    token = store.run_now(lambda db: links.open_session(db, here.per, NOW))
    store.run_now(lambda db: links.renew_session(db, token, later(hours=13)))
    assert store.read_now(lambda db: links.session_person(db, token, later(hours=13))) is None


def test_closing_one_or_all(store, here):
    def scenario(db):
        one, two, three = (links.open_session(db, here.per, NOW) for _ in range(3))
        other = links.open_session(db, here.liv, NOW)
        waiting = links.make_link(db, here.per, "/", NOW)
        links.close_session(db, one)
        assert links.session_person(db, one, NOW) is None and links.session_person(db, two, NOW)
        assert links.close_sessions(db, here.per) == 2
        assert links.look_at(db, waiting, NOW) is None
        return links.session_person(db, three, NOW), links.session_person(db, other, NOW).id

    assert store.run_now(scenario) == (None, here.liv.id)


def test_who_has_left_is_not_let_in(store, here):
    def scenario(db):
        link, session = links.make_link(db, here.per, "/", NOW), links.open_session(db, here.per, NOW)
        people.set_person(db, here.per, {"state": "left"}, NOW)
        return links.use(db, link, NOW), links.session_person(db, session, NOW)

    assert store.run_now(scenario) == (None, None)
