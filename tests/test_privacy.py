"""What people write is found nowhere but where it belongs: on their own pages, and sealed in the database.

A secret is planted in everything that can be written, the whole main job is done over HTTP, and then everything the process
wrote is searched: the terminal at its most talkative, every file in its folder, every column of every table.
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import yaml
from sqlalchemy import create_engine, inspect, make_url, select, text

from bot.dialogs.screening import ALWAYS
from bot.services import people
from bot.store.tables import Base
from tests.application import Application
from tests.channels.visitor import Page, Visitor
from tests.conftest import KEY
from tests.running import Running, running

SECRET = "rævebjælden qvistgubbe"
PARTS = ("rævebjælde", "qvistgubbe")
CPR = "010136-4003"
NAME = "Karla"
SENTENCES = Path(__file__).parent / "dialogs" / "screening_sentences.yaml"
DANGER = "Jeg kan ikke leve mere."
MOST_PAGES = 12
WEEK = timedelta(weeks=1)


def spellings(word: str) -> set[bytes]:
    """How a word may stand in a file, a log or an address."""
    texts = {word, word.upper(), word.title(), json.dumps(word)[1:-1], quote(word), quote_plus(word), repr(word)[1:-1], ascii(word)[1:-1]}
    plain = {form for one in texts for form in (one.encode(), one.encode("utf-16-le"), one.encode("latin-1", "ignore"))}
    coded = {base64.b64encode(b"x" * shift + word.encode())[4:-4] for shift in range(3)}
    return plain | {word.encode().hex().encode()} | {one for one in coded if len(one) >= 8}


def places_of(words: tuple[str, ...], found: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(name, word) for name, held in found.items() for word in words if any(form in held for form in spellings(word))]


def test_the_search_finds_what_is_there():
    for word in (*PARTS, CPR):
        for form in (word.encode(), json.dumps({"a": f"x {word}"}).encode(), f"?q={quote(word)}".encode(), base64.b64encode(f"abc {word} def".encode())):
            assert places_of((word,), {"here": form}), form


# ---- the whole main job over HTTP ------------------------------------------------------------------------


async def begin(eva: Visitor, flow: str) -> Page:
    return await eva.send((await eva.get("/chat")).form("/press", action="begin", value=flow))


async def press(eva: Visitor, page: Page, button: str, **values: object) -> Page:
    """Press the button with that value on the form page that is open."""
    form = page.form("/form")
    label = next(label for name, value, label in form.buttons if (name, value) == ("button", button) and label)
    return await eva.send(form, label, **values)


def goes_on(page: Page) -> bool:
    forms = [form for form in page.forms if form.action == "/form"]
    return any((name, value) == ("button", "next") for form in forms for name, value, _ in form.buttons)


def filled(page: Page) -> dict[str, object]:
    """Something in every field: the secret where one can write, the first choice where one chooses."""
    form = page.form("/form")
    values: dict[str, object] = {}
    for kind, _, id in (value.partition(":") for name, value in form.fields if name == "field"):
        offered = [value for name, value in form.choices if name == f"v.{id}" and value]
        if kind == "text":
            values[f"v__{id}"] = f"{SECRET} om {id}. Nummeret er {CPR}."
        elif kind == "date":
            values[f"v__{id}"] = "om to uger"
        elif offered:
            values[f"v__{id}"] = [offered[0]] if kind == "multi" else offered[0]
    return values


async def go_through(eva: Visitor, flow: str) -> None:
    """Every page of a flow to its end; once back, once saved for later and gone on with."""
    page = await begin(eva, flow)
    for number in range(MOST_PAGES):
        if not goes_on(page):
            assert number > 2
            return
        if number == 1:
            page = await press(eva, page, "later", **filled(page))
            page = await begin(eva, flow)
            assert SECRET in page.html  # what was written is there again
            page = await press(eva, await press(eva, page, "back"), "next")
        page = await press(eva, page, "next", **filled(page))
    raise AssertionError("the flow does not end")


async def keep_a_name(eva: Visitor) -> None:
    """A name is pointed out, and kept all the same."""
    page = await begin(eva, "F10")
    named = await press(eva, page, "next", v__s1=f"Jeg talte med {NAME} om {SECRET}.")
    assert any(value.startswith(f"role:{NAME}|") for _, value, _ in named.form("/form").buttons)
    assert named.form("/form")["page"] == "s1"
    assert (await press(eva, named, "next")).form("/form")["page"] == "s4"


async def main_job(eva: Visitor) -> None:
    """Everything a person can do with words: pages, an agreement, chat lines, search, edit, export."""
    await eva.become("Eva")
    await go_through(eva, "F07")
    await keep_a_name(eva)
    await eva.send((await eva.get("/chat")).form("/say", text=""), text=f"{SECRET} i chatten, {CPR}")
    await eva.send((await eva.get("/chat")).form("/say", text=""), text=f"{SECRET}. {DANGER}")
    seen = [await eva.get(path) for path in (f"/logbook?q={quote(PARTS[0])}", "/actions", "/me/pejling.json", "/me/pejling.html")]
    assert [page.path for page in seen if PARTS[0] not in page.html or CPR in page.html] == []
    assert "[CPR" in seen[2].html
    mine = next(link for link in seen[0].links if link.startswith("/logbook/") and len(link) > 20)
    entry = await eva.get(mine)
    opened = await eva.send(entry.form("/press", action="edit"))
    await press(eva, opened, "next", v__s1=f"{SECRET}, skrevet om")
    await eva.get(f"/{SECRET}?{SECRET}={SECRET}")
    await eva.send((await eva.get("/chat")).form("/demo/time"), "+ 1 uge")
    await eva.send((await eva.get("/chat")).form("/demo/time"), "+ 1 uge")


@pytest.fixture
def first_names(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("names") / "names.txt"
    path.write_text(f"{NAME}\n", "utf-8")
    return str(path)


def no_trace(pejling: Running, *more: dict[str, bytes]) -> None:
    found = pejling.files()
    for one in more:
        found |= one
    assert len(found["the terminal"]) > 0
    assert places_of((*PARTS, CPR, CPR.replace("-", ""), NAME), found) == []


async def test_nothing_written_on_sqlite_holds_what_people_write(tmp_path, first_names):
    async with running(tmp_path, strict=True, PEJLING_FIRST_NAMES=first_names) as pejling, pejling.visitor() as eva:
        await main_job(eva)
        assert {"pejling.db", "pejling.db-wal", "pejling.key"} <= pejling.files().keys()
        no_trace(pejling)
        await pejling.stop()
        no_trace(pejling)


async def test_nothing_written_on_postgresql_holds_what_people_write(tmp_path, first_names, postgres_url):
    given = {"DATABASE_URL": postgres_url, "PEJLING_KEYS": KEY, "PEJLING_FIRST_NAMES": first_names}
    async with running(tmp_path, **given) as pejling, pejling.visitor() as eva:
        await main_job(eva)
        no_trace(pejling, everything_in(postgres_url))
        await pejling.stop()


async def test_words_stay_out_of_the_log_when_everything_goes_wrong(tmp_path, first_names):
    """Errors carry what they stumbled over: the tables are taken away while somebody writes."""
    async with running(tmp_path, strict=True, PEJLING_FIRST_NAMES=first_names) as pejling, pejling.visitor() as eva:
        await eva.become("Eva")
        page = await begin(eva, "F07")
        engine = create_engine(f"sqlite:///{tmp_path}/pejling.db")
        for table in ("outbox", "dialog_run", "inbox"):
            with engine.begin() as db:
                db.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
            answer = await press(eva, page, "next", **filled(page))
            assert SECRET not in answer.html or goes_on(answer)
        await pejling.stop()
        assert b"failed" in pejling.output
        no_trace(pejling)


def everything_in(url: str) -> dict[str, bytes]:
    """Every column of every table as text, sealed ones as they lie there."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    found: dict[str, bytes] = {}
    with engine.connect() as db:
        for name in inspect(db).get_table_names():
            rows = db.execute(text(f"SELECT * FROM {name}")).all()
            values = (value for row in rows for value in row)
            found[f"the table {name}"] = b"\n".join(bytes(v) if isinstance(v, (bytes, memoryview)) else str(v).encode() for v in values)
    engine.dispose()
    assert found["the table entry"] and found["the table action"]
    return found


# ---- what was triggered is nobody's business -------------------------------------------------------------


@pytest.fixture
def app(store):
    app = Application(store)
    app.open_organisation()
    app.settle("ana")
    return app


def worrying() -> list[str]:
    """Sentences that bring a card of those that are always listened for."""
    held = yaml.safe_load(SENTENCES.read_text("utf-8"))
    rows = [row for part in ("given", "da", "en") for row in held[part] if not row.get("known_miss")]
    return [row["text"] for row in rows if set(row["routes"]) & ALWAYS]


async def test_no_route_card_leaves_a_trace_in_any_table(app):
    """Written as a line, with a page open and without; and on the page."""
    sentences = worrying()
    assert len(sentences) > 30
    for has_page in (False, True):
        run = (await app.begin("ana", "F10")).form.run if has_page else ""
        before = app.rows()
        for sentence in sentences:
            assert (await app.write("ana", sentence)).card is not None, sentence
            await app.handle(app.chose("ana", "care_seen"))
            if run:
                answer = await app.submit("ana", run, "s1", s1=sentence, s3=sentence)
                assert answer.form.care, sentence
        assert app.rows() == before
    assert await app.deliver() == []


async def test_a_choice_that_brings_a_card_leaves_no_trace(app):
    flows = app.parts.library.flows.values()
    routed = [(flow, step, option) for flow in flows for step in flow.steps for option in step.options if option.route]
    assert routed
    for flow, step, option in routed:
        if step.id != flow.steps[0].id or flow.about_action or step.touch:
            continue
        run = (await app.begin("ana", flow.id)).form.run
        before = app.rows()
        value = [option.id] if step.kind == "multi" else option.id
        answer = await app.submit("ana", run, step.id, **{step.id: value})
        assert answer.form.care, (flow.id, step.id)
        assert app.rows() == before


async def test_no_card_that_is_sent_holds_what_somebody_wrote(app):
    """Slack and Teams keep copies: cards say that something was saved, never what."""
    run = (await app.begin("ana", "F07")).form.run
    for page in ("s1", "s5", "s8"):
        await app.submit("ana", run, page, **{f"s{n}": f"{SECRET} {n}" for n in range(1, 9)})
    await app.submit("ana", run, "closing_what", closing_what=SECRET)
    await app.submit("ana", run, "closing_who", closing_who="mig", closing_ask="d7", closing_sees="private")
    await app.submit("ana", run, "closing_review")
    await app.write("ana", SECRET)
    assert app.count("action") == 1
    cards = await app.deliver()
    for _ in range(4):
        app.clock.pass_(WEEK)
        await app.tick()
        cards += await app.deliver()
    assert len(cards) > 3
    assert places_of(PARTS, {"cards": json.dumps(cards, ensure_ascii=False).encode()}) == []


# ---- deleting everything ---------------------------------------------------------------------------------


async def test_after_everything_is_deleted_nothing_is_left_in_the_files(sqlite_store):
    """Not the words, which were never there, nor their sealed form, nor who it was."""
    app = Application(sqlite_store)
    app.open_organisation()
    app.settle("bent")
    [ana] = app.settle("ana-qvistgubbe", name="Ana Qvistgubbe")
    await everything_kept(app, "ana-qvistgubbe")
    traces = sealed_in(sqlite_store, ana.id) | {ana.id.encode(), b"ana-qvistgubbe", b"Ana Qvistgubbe"}
    assert len(traces) > 6 and all(one in files_of(sqlite_store) for one in traces)
    await app.handle(app.chose("ana-qvistgubbe", "erase"))
    answer = await app.submit("ana-qvistgubbe", "", "erase", "erase")
    assert answer.is_erased
    held = files_of(sqlite_store)
    assert [one for one in traces if one in held] == []
    everybody = sqlite_store.read_now(lambda db: people.people(db, ana.organisation))
    assert [one.name for one in everybody] == ["Bent"]


async def everything_kept(app: Application, name: str) -> None:
    """An entry, an agreement, a draft, a message that waits."""
    run = (await app.begin(name, "F07")).form.run
    for page in ("s1", "s5", "s8"):
        await app.submit(name, run, page, s1=SECRET)
    await app.submit(name, run, "closing_what", closing_what=SECRET)
    await app.submit(name, run, "closing_who", closing_who="mig", closing_ask="d7", closing_sees="private")
    await app.submit(name, run, "closing_review")
    draft = (await app.begin(name, "F10")).form.run
    for number in range(5):
        await app.submit(name, draft, "s1", s1=f"{SECRET} {number}")


def sealed_in(store, person: str) -> set[bytes]:
    """What of a sealed value can be recognised in a file: a piece that fits on one page of it."""

    def work(db):
        tables = [table for table in Base.metadata.sorted_tables if {"sealed", "person"} <= set(table.c.keys())]
        blobs = [blob for t in tables for (blob,) in db.execute(select(t.c.sealed).where(t.c.person == person)) if blob]
        return {bytes(blob[20:52]) for blob in blobs}

    return store.read_now(work)


def files_of(store) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(store.path.parent.iterdir()))
