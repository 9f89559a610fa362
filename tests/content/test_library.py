"""The library as a whole: a content folder with one mistake in it does not load, and says why in one line."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cards import plain
from bot.errors import ContentError
from bot.library import BUNDLED, load
from bot.released import write_released

F11 = "flows/F11_obstacles.yaml"
PHENOMENA = "concepts/group_dynamics.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "content"))


Change = Callable[[Path], object]


def write(name: str, text: str | bytes) -> Change:
    data = text if isinstance(text, bytes) else text.encode()

    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)

    return change


def swap(name: str, old: str, new: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def drop(name: str) -> Change:
    return lambda folder: (folder / name).unlink()


MISTAKES: dict[str, tuple[Change, str, str]] = {
    "a text that Pejling says is not there": (
        swap("texts/flow.yaml", "too_long:", "too_lang:"),
        "texts/flow.yaml, too_long",
        "it is not there",
    ),
    "a placeholder that nothing fills": (
        swap("texts/prompts.yaml", '{da: "Det tager cirka {minutes} min.", en: "It takes about {minutes} min."}', '{da: "{minuts}", en: "{minuts}"}'),
        "texts/prompts.yaml, prompt",
        "its placeholders are minuts, not minutes",
    ),
    "a placeholder left out": (
        swap("texts/prompts.yaml", '{da: "Det tager cirka {minutes} min.", en: "It takes about {minutes} min."}', '{da: "Kort", en: "Short"}'),
        "texts/prompts.yaml, prompt",
        "its placeholders are none, not minutes",
    ),
    "an empty file": (write(F11, ""), F11, "is empty"),
    "only a comment": (write(F11, "# later\n"), F11, "is empty"),
    "a bracket that is not closed": (write(F11, "id: F11\nlevels: [lm\nminutes: 3\n"), f"{F11}, line 3", ""),
    "a colon in a text": (write(F11, "id: F11\ntitle: Hvad: nu\n"), f"{F11}, line 2", "mapping values"),
    "tabs": (write(F11, "id: F11\nsteps:\n\t- id: s1\n"), f"{F11}, line 3", "cannot start any token"),
    "a tag": (write(F11, "id: !!python/object:os.system x\n"), f"{F11}, line 1", "could not determine a constructor"),
    "two documents": (write(F11, "id: F11\n---\nid: F12\n"), f"{F11}, line 2", "another document"),
    "a key twice": (swap(F11, "minutes: 3", "minutes: 3\nminutes: 4"), f"{F11}, line 9", "'minutes' stands twice"),
    "an alias of nothing": (write(F11, "id: *x\n"), f"{F11}, line 1", "undefined alias"),
    "not UTF-8": (write(F11, "id: F11\ntitle: Forråelse\n".encode("latin-1")), f"{F11}, line 2", "not UTF-8"),
    "a control character": (write(F11, "id: F11\ntitle: a\x00b\n"), F11, "not allowed"),
    "a list": (write(F11, "- id: F11\n"), F11, "is not a mapping"),
    "the wrong ending": (write("flows/F19_new.yml", "id: F19\n"), "flows/F19_new.yml", "not a .yaml file"),
    "a flow twice": (
        lambda f: shutil.copy(f / F11, f / "flows/F11_again.yaml"),
        "flows/F11_obstacles.yaml",
        "stands in two files",
    ),
    "a file with another flow": (
        lambda f: (f / F11).rename(f / "flows/F19_obstacles.yaml"),
        "flows/F19_obstacles.yaml",
        "holds the flow F11",
    ),
    "no flows": (lambda f: shutil.rmtree(f / "flows"), "flows", "there are no flows"),
    "no common closing": (drop("common.yaml"), "common.yaml", "cannot be read"),
    "no beacons": (drop("beacons.yaml"), "beacons.yaml", "cannot be read"),
    "no routes": (drop("routes.yaml"), "routes.yaml", "cannot be read"),
    "a boolean id": (swap(F11, "{id: team,", "{id: yes,"), "F11_obstacles.yaml, step s4, option True", "by YAML as true"),
    "a boolean text": (swap(F11, 'en: "With me"', "en: No"), "step s4, option mig", "read by YAML as false"),
    "an unknown beacon": (swap(F11, "beacon: implementeringsledelse", "beacon: ro"), "flow F11", "'ro' is not known"),
    "an unknown source": (swap(F11, "000§Impl-slut", "000§Impl-9"), "flow F11", "'000§Impl-9' is not known"),
    "an unknown evaluator": (swap(F11, "evaluator: kollega", "evaluator: nabo"), "flow F11", "'nabo' is not known"),
    "a released step that is gone": (
        swap(F11, "  - id: s3\n", "  - id: s3x\n"),
        "flow F11",
        "the step s3 has been released and is gone",
    ),
    "a released option that is gone": (
        swap(F11, "{id: retning,", "{id: kurs,"),
        "flow F11",
        "the option s2.retning has been released and is gone",
    ),
    "a released role that is gone": (
        swap("common.yaml", "{id: kollega,", "{id: makker,"),
        "common.yaml",
        "the option c2.kollega has been released and is gone",
    ),
    "a closing in one language": (swap("common.yaml", '  en: "Thank you.', '  no: "Takk.'), "common.yaml", "unknown key"),
    "an item twice": (swap(PHENOMENA, "- id: lederafh", "- id: kampflugt"), PHENOMENA, "'kampflugt' stands twice"),
    "an item that says nothing": (
        write("concepts/x.yaml", "group: x\ntitle: {da: X, en: X}\nsource: EF\napproved: false\nitems: [{id: a}]\n"),
        "concepts/x.yaml, item a",
        "it says nothing",
    ),
    "a link to nothing": (swap(PHENOMENA, "grips/G6", "grips/G9"), "phenomena/kampflugt", "links to 'grips/G9'"),
    "a link without a group": (swap(PHENOMENA, "grips/G6", "G6"), "item kampflugt", "does not name group and id"),
    "a group twice": (
        lambda f: shutil.copy(f / "concepts/needs.yaml", f / "concepts/needs2.yaml"),
        "concepts/needs2.yaml",
        "the group needs stands twice",
    ),
    "a closed beacon without a date": (swap("beacons.yaml", '    closed: "2023-06"\n', ""), "beacons.yaml", "closed"),
    "a month that is none": (swap("beacons.yaml", '"2023-06"', '"2023-13"'), "beacon implementeringsledelse", "2023-13"),
    "a state that is none": (swap("beacons.yaml", "state: active", "state: asleep"), "beacon imp", "'asleep'"),
    "a number as YAML reads it": (swap("routes.yaml", '"112"', "112"), "routes.yaml, route r112", "is 112, not a text"),
    "a number with letters": (swap("routes.yaml", '"114"', '"one-one-four"'), "route r114", "one-one-four"),
    "a link that is not https": (swap("routes.yaml", "https://", "http://"), "route whistle_dt", "http://"),
    "a text in one language": (write("texts/x.yaml", "hello: {da: Hej}\n"), "texts/x.yaml, hello", "`en` is missing"),
    "a text twice": (
        write("texts/x.yaml", "hello: {da: Hej, en: Hi}\nhello: {da: Hej, en: Hi}\n"),
        "texts/x.yaml, line 2",
        "'hello' stands twice",
    ),
    "a text under a boolean": (write("texts/x.yaml", "yes: {da: Ja, en: Yes}\n"), "texts/x.yaml", "is not a text"),
    "a text with odd placeholders": (
        write("texts/x.yaml", "hello: {da: 'Hej {navn}', en: 'Hi {name}'}\n"),
        "texts/x.yaml, hello",
        "in one language only",
    ),
    "levels out of order": (swap("levels.yaml", "  - id: chef", "  - id: boss"), "levels.yaml", "the levels are"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_single_mistake_in_a_file_is_refused_in_one_line(name: str, folder: Path):
    change, where, reason = MISTAKES[name]
    change(folder)
    with pytest.raises(ContentError) as refusal:
        load(folder)
    said = refusal.value
    assert where in said.where and reason in said.reason, str(said)
    assert said.mend and "\n" not in str(said) and len(str(said)) < 400


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ContentError, match="no such folder"):
        load(tmp_path / "nowhere")


def test_a_byte_order_mark_is_forgiven(folder: Path):
    (folder / F11).write_bytes(b"\xef\xbb\xbf" + (folder / F11).read_bytes())
    assert "F11" in load(folder).flows


def test_a_step_may_move_when_the_flow_says_where(folder: Path):
    swap(F11, "  - id: s3\n", "  - id: s3x\n")(folder)
    swap(F11, "minutes: 3", "minutes: 3\nmoved: {s3: s3x}")(folder)
    library = load(folder)
    assert library.flows["F11"].step("s3").id == "s3x"
    write_released(folder, library.flows | library.alone, library.common, library.released)
    held = load(folder).released["F11"]
    assert {"s3", "s3x"} <= set(held), "what was released once stays in the lock file"


def test_a_flow_beside_the_others_needs_no_lock(folder: Path):
    text = (folder / F11).read_text(encoding="utf-8").replace("id: F11", "id: L01")
    write("flows/L01_our_own.yaml", text)(folder)
    assert load(folder).flows["L01"].release != load(folder).flows["F11"].release


def test_texts_are_said_with_their_placeholders_filled(folder: Path):
    write("texts/zz.yaml", "hello: {da: 'Hej {who}', en: 'Hello {who}'}\nbare: {da: Ja, en: 'Yes'}\n")(folder)
    library = load(folder)
    assert library.say("zz.hello", who=plain("{Ana}")).spoken("en") == "Hello {Ana}"
    assert library.say("zz.bare").spoken("da") == "Ja"
    with pytest.raises(ContentError, match="no such text"):
        library.say("zz.gone")
    with pytest.raises(ContentError, match="nothing fills who"):
        library.say("zz.hello")


def test_content_without_a_lock_file_loads(folder: Path):
    (folder / "released.yaml").unlink()
    assert load(folder).released == {}


def test_content_without_texts_is_refused(folder: Path):
    shutil.rmtree(folder / "texts")
    with pytest.raises(ContentError, match="Pejling says this, and it is not there"):
        load(folder)


def test_everything_loads_in_a_quarter_of_a_second():
    load()
    times = []
    for _ in range(3):
        start = time.process_time()
        load()
        times.append(time.process_time() - start)
    assert min(times) < 0.25
