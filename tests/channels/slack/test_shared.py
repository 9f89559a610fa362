"""What somebody else shares, as it is read in Slack: an agreement never says which flow it comes from."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.channels.slack.places import Look, opened, see
from bot.channels.slack.places_blocks import draw_place
from bot.services import actions, demo, people

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
SAID = "Ring til en kollega"


@pytest.fixture
def carla(sqlite_store, library, house):
    """Carla, who leads Eva, who shares with her an agreement from a flow nobody else may know of."""

    def made(db):
        organisation = demo.make_demo(db, NOW, notice_version="1")
        everybody = {one.name.split()[0]: one for one in people.people(db, organisation)}
        about = {"run": "r15", "entry": None, "flow": "F15", "beacon": "", "by": None, "ask_in": None, "evaluator": "mig"}
        id = actions.add(db, everybody["Eva"], what=SAID, who="mig", visibility="my_leader", now=NOW, **about)
        carla = people.set_person(db, everybody["Carla"], {"state": "active"}, NOW)
        return Look(library, house, carla, NOW), id

    return sqlite_store.run_now(made)


@pytest.mark.parametrize("surface", ["home", "modal"])
def test_a_shared_agreement_does_not_say_which_flow_it_comes_from(sqlite_store, library, carla, surface):
    look, id = carla
    listed = sqlite_store.read_now(lambda db: see(db, look, {"at": "shared"}))
    shown = sqlite_store.run_now(lambda db: opened(db, look, {"k": "action", "i": id}))
    for seen, place, words in ((listed, {"at": "shared"}, "En aftale fra Eva Demo"), (shown, {"at": "opened"}, SAID)):
        drawn = json.dumps(draw_place(seen, place, look.say, surface=surface), ensure_ascii=False)
        assert words in drawn and library.flows["F15"].title.da not in drawn and "F15" not in drawn
