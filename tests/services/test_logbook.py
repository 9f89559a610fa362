"""The logbook: saved once per run, found again by its owner only."""

from __future__ import annotations

from datetime import date

import pytest
from lives import NOW, agree, department, later, write
from sqlalchemy import func, insert, select

from bot.services import actions, logbook
from bot.store.secrets import sealed
from bot.store.tables import DialogRun, Entry


@pytest.fixture
def here(store):
    return store.run_now(department)


def texts(entries):
    return [answer["answer"] for entry in entries for answer in entry.answers]


def test_saving_a_run_again_replaces_what_it_saved(store, here):
    def scenario(db):
        first = write(db, here.per, "en", run="r1")
        second = write(db, here.per, "to", run="r1", now=later(hours=1))
        return first, second, logbook.entries(db, here.per)

    first, second, found = store.run_now(scenario)
    assert first == second and texts(found) == ["to"]
    assert (found[0].created_at, found[0].updated_at) == (NOW, later(hours=1))


def test_editing_keeps_the_id_and_the_day(store, here):
    def scenario(db):
        first = write(db, here.per, "en", run="r1")
        edited = write(db, here.per, "rettet", run="r2", edits=first, now=later(days=3))
        again = write(db, here.per, "rettet igen", run="r2", edits=first, now=later(days=3))
        return first, edited, again, logbook.entries(db, here.per)

    first, edited, again, found = store.run_now(scenario)
    assert first == edited == again and texts(found) == ["rettet igen"] and found[0].created_at == NOW


def test_an_edit_of_an_entry_deleted_meanwhile_is_kept_anew(store, here):
    def scenario(db):
        first = write(db, here.per, "en")
        logbook.delete_entry(db, here.per, first)
        return write(db, here.per, "rettet", edits=first) != first

    assert store.run_now(scenario)


def test_nobody_elses_entry_is_read_changed_or_deleted(store, here):
    def scenario(db):
        mine = write(db, here.per, "mit", run="r1")
        others = (here.liv, here.ea, here.max)
        read = [logbook.entry(db, other, mine) for other in others]
        gone = [logbook.delete_entry(db, other, mine) for other in others]
        taken = [write(db, other, "dit", run=f"r{n}", edits=mine) for n, other in enumerate(others, 2)]
        return mine, read, gone, taken, logbook.entry(db, here.per, mine)

    mine, read, gone, taken, left = store.run_now(scenario)
    assert read == [None] * 3 and gone == [False] * 3 and mine not in taken
    assert texts([left]) == ["mit"]


def test_newest_first_page_by_page_also_where_two_are_from_one_moment(store, here):
    def scenario(db):
        for n in range(7):
            write(db, here.per, str(n), now=later(minutes=n // 2))
        pages, before = [], ""
        while page := logbook.entries(db, here.per, before=before, limit=3):
            pages.append(texts(page))
            before = page[-1].id
        return pages

    pages = store.run_now(scenario)
    assert [len(page) for page in pages] == [3, 3, 1]
    flat = sum(pages, [])
    assert sorted(flat) == list("0123456") and [int(n) // 2 for n in flat] == [3, 2, 2, 1, 1, 0, 0]


def test_filters_and_the_month_is_the_persons_own(store, here):
    def scenario(db):
        write(db, here.per, "i november", flow="F01", beacon="b1")
        # 23:30 UTC on 30 November is December in Copenhagen
        write(db, here.per, "i december", flow="F02", beacon="b2", now=NOW.replace(day=30, hour=23))
        return (
            texts(logbook.entries(db, here.per, month="2026-12")),
            texts(logbook.entries(db, here.per, month="2026-11", flow="F01")),
            texts(logbook.entries(db, here.per, beacon="b2")),
            texts(logbook.entries(db, here.per, flow="F01", beacon="b2")),
            logbook.filters(db, here.per),
        )

    december, november, beacon, none, filters = store.run_now(scenario)
    assert (december, november, beacon, none) == (["i december"], ["i november"], ["i december"], [])
    assert filters == logbook.Filters(("F01", "F02"), ("b1", "b2"), ("2026-12", "2026-11"))
    with pytest.raises(ValueError):
        store.read_now(lambda db: logbook.entries(db, here.per, month="nov"))


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("overblik", True),
        ("OVERBLIK tavlen", True),
        ("tavlen overblik mangler", False),
        ("aften", True),
        ("åften", True),
        ("moede", False),
        ("møde", True),
        ("mode", True),
        ("cafe", True),
        ("skaerm", True),
        ("hvad så du", False),
        ("", True),
    ],
)
def test_search_needs_all_words_whatever_their_case_and_accents(sqlite_store, search, is_found):
    def scenario(db):
        here = department(db)
        write(db, here.per, "Overblik ved vagtskifte – på TAVLEN", "Et møde på caféen, Aften, skærm")
        write(db, here.liv, search or "andres")
        return logbook.entries(db, here.per, search=search)

    assert len(sqlite_store.run_now(scenario)) == is_found


def test_search_goes_on_past_the_first_page(store, here, monkeypatch):
    monkeypatch.setattr(logbook, "AT_ONCE", 2)

    def scenario(db):
        for n in range(7):
            write(db, here.per, "nål" if n in (0, 3) else "hø", now=later(days=n))
        return [one.created_at for one in logbook.entries(db, here.per, search="nål")]

    assert store.run_now(scenario) == [later(days=3), later(days=0)]


def test_what_was_written_to_the_same_question_before(store, here):
    def scenario(db):
        write(db, here.per, "først", "kun dengang", now=later(days=-30))
        write(db, here.per, "så", now=later(days=-10))
        write(db, here.per, "en anden samtale", flow="F02", now=later(days=-5))
        write(db, here.per, "i dag")
        write(db, here.liv, "en andens", now=later(days=-1))
        return logbook.earlier_answers(db, here.per, "F01", NOW)

    earlier = store.run_now(scenario)
    assert {step: (one.on, one.shown["da"]) for step, one in earlier.items()} == {
        "s1": (date(2026, 11, 13), "så"),
        "s2": (date(2026, 10, 24), "kun dengang"),
    }


def test_deleting_leaves_the_action_and_drops_the_draft_that_edits_it(store, here):
    def scenario(db):
        entry = write(db, here.per, "væk")
        action = agree(db, here.per, "bliver", entry=entry)
        row = {"id": "run", "organisation": here.id, "person": here.per.id, "dialog": "F01", "edits": entry}
        draft = sealed(db, {"answers": {}}, here.per.id)
        db.execute(insert(DialogRun.__table__).values(**row, sealed=draft, created_at=NOW, updated_at=NOW))
        assert logbook.delete_entry(db, here.per, entry)
        assert not logbook.delete_entry(db, here.per, entry)
        kept = actions.action(db, here.per, action)
        return kept.what, kept.entry, db.execute(select(DialogRun.status, DialogRun.sealed)).one()

    what, entry, draft = store.run_now(scenario)
    assert (what, entry, tuple(draft)) == ("bliver", None, ("dropped", None))


def test_words_lie_sealed(store, here):
    def scenario(db):
        write(db, here.per, "hemmeligt")
        return db.scalar(select(Entry.sealed)), db.scalar(select(func.count()).select_from(Entry))

    blob, count = store.run_now(scenario)
    assert count == 1 and b"hemmeligt" not in bytes(blob)
