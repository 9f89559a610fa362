"""The command line: what it says, its exit codes, and that a person never sees a traceback."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.__main__ import main
from bot.cli.opening import open_ready_database
from bot.cli.run import explain_listening
from bot.clock import SystemClock
from bot.config import load_settings, variables
from bot.errors import Refused
from bot.events import Sender
from bot.library import BUNDLED
from bot.services import departments, joining, links, people, whereabouts

REPOSITORY = Path(__file__).parents[1]


@dataclass
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for variable in variables():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pejling(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    def perform(*argv: str) -> Said:
        code = main(argv)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return perform


# ---- the door itself -------------------------------------------------------------------------------------


def test_help_is_quick_because_it_loads_nothing():
    heavy = "{'sqlalchemy', 'pydantic', 'aiohttp', 'yaml', 'cryptography', 'apscheduler', 'babel', 'asyncio', 'logging'}"
    code = (
        "import sys\nfrom bot.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        f"assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY, capture_output=True)


@pytest.mark.parametrize("argv", [["fly"], ["key"], ["person", "role", "give", "ana", "king"], ["run", "--port", "eight"]])
def test_a_command_that_is_none_is_refused_with_the_usage(argv: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: pejling")


def test_a_wrong_setting_is_a_line_and_code_2(pejling, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEJLING_PROT", "80")
    monkeypatch.setenv("PEJLING_LANGUAGE", "de")
    said = pejling("person", "list")
    assert said.code == 2 and said.out == ""
    assert [line.split()[:2] for line in said.err.splitlines()] == [
        ["pejling:", "PEJLING_PROT"],
        ["pejling:", "PEJLING_LANGUAGE"],
    ]


def test_without_a_command_it_runs_and_so_meets_the_settings(pejling, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEJLING_LANGUAGE", "de")
    for argv in ([], ["--no-demo"], ["run", "--port", "9000"]):
        assert pejling(*argv).err.startswith("pejling: PEJLING_LANGUAGE is wrong")
    monkeypatch.delenv("PEJLING_LANGUAGE")
    assert pejling("--port", "70000").err.startswith("pejling: PEJLING_PORT is wrong ('70000')")


def test_a_busy_port_and_a_foreign_address_are_explained():
    async def failure(host: str, port: int) -> OSError:
        with pytest.raises(OSError) as caught:
            await asyncio.start_server(lambda *_: None, host, port)
        return caught.value

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        busy = explain_listening(asyncio.run(failure("127.0.0.1", port)), load_settings(port=port))
    assert str(busy).startswith(f"PEJLING_PORT: 127.0.0.1:{port} is taken") and "--port" in str(busy)
    foreign = explain_listening(asyncio.run(failure("192.0.2.1", 0)), load_settings(host="192.0.2.1"))
    assert str(foreign).startswith("PEJLING_HOST: 192.0.2.1 is not an address of this machine")
    assert explain_listening(OSError(28, "No space left on device"), load_settings()) is None


# ---- keys and database -----------------------------------------------------------------------------------


def test_a_key_is_made_once_and_added_when_asked(pejling):
    path = Path("var/pejling.key")
    assert pejling("key", "new").code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_text()
    again = pejling("key", "new")
    assert again.code == 2 and "is there already" in again.err and "--add" in again.err
    assert path.read_text() == first
    assert "2 keys now" in pejling("key", "new", "--add").out
    assert path.read_text().splitlines()[1:] == first.splitlines()


def test_a_key_goes_to_another_file_or_to_the_screen(pejling):
    assert pejling("key", "new", "--file", "elsewhere.key").code == 0
    assert Path("elsewhere.key").exists() and not Path("var").exists()
    shown = pejling("key", "new", "--print").out
    assert len(shown.strip()) == 44 and not Path("var").exists()


def test_the_database_is_made_upgraded_and_left_alone(pejling):
    assert "was empty" in pejling("db", "upgrade").out
    assert "nothing was changed" in pejling("db", "upgrade").out
    assert Path("var/pejling.key").stat().st_mode & 0o777 == 0o600


def test_a_lost_key_is_never_replaced_by_a_new_one(pejling):
    pejling("db", "upgrade")
    Path("var/pejling.key").unlink()
    said = pejling("db", "upgrade")
    assert said.code == 2 and "put back the key" in said.err
    assert not Path("var/pejling.key").exists()
    pejling("key", "new", "--file", "var/pejling.key")
    assert "these keys do not open this database" in pejling("db", "upgrade").err


@pytest.mark.parametrize("argv", [("key", "new"), ("key", "new", "--add"), ("db", "upgrade"), ("run",), ("person", "list"), ("check",)])
@pytest.mark.parametrize("lose", [Path.unlink, lambda path: path.write_text("# empty\n")], ids=["missing", "empty"])
def test_the_mend_for_a_lost_key_is_to_put_it_back(pejling, argv, lose, monkeypatch: pytest.MonkeyPatch):
    pejling("db", "upgrade")
    path = Path("var/pejling.key")
    lose(path)
    if argv[0] == "key" and path.exists():
        return  # a file that is there is added to on purpose
    said = pejling(*argv)
    text = said.out + said.err
    assert said.code == (1 if argv == ("check",) else 2)
    assert "put back the key the database was made with" in text and "key new" not in text
    assert not path.exists() or path.read_text() == "# empty\n"


def test_for_a_database_we_know_nothing_of_a_key_may_be_made(pejling, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    said = pejling("db", "upgrade")
    assert said.code == 2 and "put back" in said.err and "only for a new and empty one" in said.err


@pytest.mark.parametrize("argv", [("run", "--host", "0.0.0.0"), ("--host", "192.0.2.1")])
def test_a_demo_that_is_refused_has_made_nothing(pejling, argv):
    said = pejling(*argv)
    assert said.code == 2 and "the demo has no accounts" in said.err and "--no-demo" in said.err
    assert list(Path().iterdir()) == []


def test_a_demo_beside_slack_is_refused_before_anything_is_made(pejling, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    said = pejling("run")
    assert said.code == 2 and "a demo must not meet real people" in said.err
    assert list(Path().iterdir()) == []


def test_keys_are_rotated(pejling):
    pejling("db", "upgrade")
    pejling("key", "new", "--add")
    assert pejling("key", "rotate").code == 0
    path = Path("var/pejling.key")
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert pejling("db", "upgrade").code == 0


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("mysql://somebody:hemmeligt@somewhere/pejling", "sqlite:///"),
        ("sqlite://", "sqlite:///var/pejling.db"),
        ("nonsense", "sqlite:///var/pejling.db"),
        ("postgresql://somebody:hemmeligt@127.0.0.1:1/pejling", "is PostgreSQL running"),
    ],
)
def test_a_wrong_database_is_named_without_its_password(pejling, monkeypatch: pytest.MonkeyPatch, url: str, mend: str):
    pejling("key", "new")
    monkeypatch.setenv("DATABASE_URL", url)
    said = pejling("db", "upgrade")
    assert said.code == 2 and said.err.startswith("pejling: DATABASE_URL") and mend in said.err
    assert "hemmeligt" not in said.err and said.err.count("\n") == 1


def test_a_database_of_somebody_else_is_refused(pejling):
    import sqlite3

    pejling("key", "new")
    with sqlite3.connect("var/pejling.db") as other:
        other.execute("CREATE TABLE cake (id)")
    other.close()
    assert "not Pejling's" in pejling("db", "upgrade").err
    assert "not Pejling's" in pejling("person", "list").err


# ---- people ----------------------------------------------------------------------------------------------


@pytest.fixture
def department(pejling) -> Callable[..., Said]:
    """A database with Ana, who is administrator, in a centre, and Bo, whom she leads."""
    pejling("db", "upgrade")
    assert pejling("person", "add", "Ana Holm", "--administrator", "--centre", "Nord", "--level", "ll").code == 0
    assert pejling("person", "add", "Bo", "--leader", "ana holm", "--centre", "nord").code == 0
    return pejling


def test_people_need_a_database(pejling):
    said = pejling("person", "list")
    assert said.code == 2 and "there is no database yet" in said.err
    assert not Path("var").exists()


def test_an_empty_department_says_how_to_begin(pejling):
    pejling("db", "upgrade")
    assert "person add NAME --administrator" in pejling("person", "list").out
    assert "person add NAME --administrator" in pejling("person", "role", "give", "Ana", "coordinator").err


def test_people_are_listed_without_how_they_take_part(department):
    lines = department("person", "list").out.splitlines()
    assert [line.split("  ")[1] for line in lines] == ["Ana Holm · Nord · ll · administrator", "Bo · Nord"]
    assert "new" not in department("person", "list").out


def test_roles_are_given_and_taken(department):
    assert department("person", "role", "give", "Bo", "coordinator", "--centre", "Nord").out == "Bo is coordinator of Nord.\n"
    assert "was already" in department("person", "role", "give", "Bo", "coordinator", "--centre", "Nord").out
    assert "coordinator of Nord" in department("person", "list").out
    assert department("person", "role", "take", "Bo", "coordinator", "--centre", "Nord").out == "Bo is no longer coordinator of Nord.\n"
    assert department("person", "role", "take", "Bo", "coordinator").out == "Bo is not coordinator.\n"


def test_the_last_administrator_stays(department):
    said = department("person", "role", "take", "Ana Holm", "administrator")
    assert said.code == 2 and "last administrator" in said.err
    assert "no administrator" not in department("check").out
    department("person", "role", "give", "Bo", "administrator")
    assert department("person", "role", "take", "Ana Holm", "administrator").code == 0


def test_check_says_where_nobody_can_give_roles(pejling):
    pejling("db", "upgrade")
    pejling("person", "add", "Ana")
    said = pejling("check")
    assert said.code == 0 and "! no administrator in Pejling: nobody there can give roles – run `pejling person role give" in said.out


def test_people_are_found_by_the_beginning_of_their_id(department):
    id = next(line.split()[0] for line in department("person", "list").out.splitlines() if "Bo" in line)
    assert department("person", "role", "give", id, "coordinator").out == "Bo is coordinator.\n"


@pytest.mark.parametrize(
    ("argv", "mend"),
    [
        (("role", "give", "Carl", "coordinator"), "nobody called Carl – see `pejling person list`"),
        (("role", "give", "Bo", "coordinator", "--centre", "Syd"), "no centre Syd – there are: Nord"),
        (("add", "Carl", "--leader", "Dorte"), "nobody called Dorte"),
        (("add", "Carl", "--level", "konge"), "use one of"),
        (("add", "  "), "give a name"),
        (("add", "x" * 201), "give a name"),
        (("add", "Carl\x07"), "give a name"),
    ],
)
def test_a_mistake_about_people_is_a_line_and_changes_nothing(department, argv: tuple[str, ...], mend: str):
    before = department("person", "list").out
    said = department("person", *argv)
    assert said.code == 2 and mend in said.err and said.err.count("\n") == 1
    assert department("person", "list").out == before


def test_two_of_the_same_name_are_told_apart_by_id(department):
    department("person", "add", "Bo")
    assert "bo is 2 people" in department("person", "role", "give", "bo", "coordinator").err


def test_a_link_signs_in_the_one_it_was_made_for(department, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEJLING_PUBLIC_URL", "https://pejling.example.dk")
    address, _, token = department("person", "link", "Bo").out.strip().rpartition("/")
    assert address == "https://pejling.example.dk/in"
    now = SystemClock().now()
    with open_ready_database(load_settings()) as store:
        assert store.run_now(lambda db: links.use(db, token, now)).person.name == "Bo"
        assert store.run_now(lambda db: links.use(db, token, now)) is None


def test_a_link_says_which_port_it_leads_to(department, monkeypatch: pytest.MonkeyPatch):
    link, note = department("person", "link", "Bo").out.splitlines()
    assert link.startswith("http://127.0.0.1:8765/in/") and "port 8765" in note and "--port" in note
    (link,) = department("person", "link", "Bo", "--port", "9000").out.splitlines()
    assert link.startswith("http://127.0.0.1:9000/in/")
    monkeypatch.setenv("PEJLING_PUBLIC_URL", "https://pejling.example.dk")
    assert len(department("person", "link", "Bo").out.splitlines()) == 1


def test_a_refusal_is_said_in_words(pejling, monkeypatch: pytest.MonkeyPatch):
    """Whatever a command does not translate itself names only a text."""

    def refuse(arguments):
        raise Refused("roles.has_administrator")

    monkeypatch.setattr("bot.cli.check.perform", refuse)
    said = pejling("check")
    assert said.code == 2 and said.err == "pejling: There is an administrator here already. Ask them to give the role.\n"


def test_somebody_added_is_met_on_the_web_and_joined_elsewhere_by_a_code(department):
    code = department("person", "join-code", "Bo").out.strip()
    now = SystemClock().now()

    def join(db: Connection) -> None:
        ((organisation, _),) = departments.organisations(db)
        bo = next(person for person in people.people(db, organisation) if person.name == "Bo")
        assert people.find(db, organisation, "web", bo.id) == bo
        assert whereabouts.conversation_of(db, bo).address == {"person": bo.id}
        sender = Sender(channel="slack", organisation=organisation, external="U1", address={})
        people.meet(db, sender, now)
        assert joining.join(db, code, sender, now).person.id == bo.id

    with open_ready_database(load_settings()) as store:
        store.run_now(join)


def test_nobody_real_is_added_to_a_demo(pejling):
    pejling("db", "upgrade")
    with open_ready_database(load_settings()) as store:
        store.run_now(lambda db: departments.make_organisation(db, "Demo", SystemClock().now(), is_demo=True))
    said = pejling("person", "add", "Ana")
    assert said.code == 2 and "holds a demo" in said.err
    assert "! database: it holds a demo" in pejling("check").out


# ---- check -----------------------------------------------------------------------------------------------


def test_check_on_a_fresh_machine_makes_nothing_and_says_what_is_weaker(pejling):
    said = pejling("check")
    assert said.code == 0 and "✗" not in said.out
    assert "! PEJLING_FIRST_NAMES" in said.out and "the help with names is weaker" in said.out
    assert "routes without number or link" in said.out and "whistle_kommune" in said.out
    assert "proposals are not approved" in said.out
    assert "the first start makes var/pejling.key" in said.out
    assert not Path("var").exists()


def test_check_is_content_when_everything_is_given(pejling, monkeypatch: pytest.MonkeyPatch):
    Path("names.txt").write_text("Karla\nSøren\n", encoding="utf-8")
    monkeypatch.setenv("PEJLING_FIRST_NAMES", "names.txt")
    for variable, value in (("MUNICIPALITY", "Byrum"), ("PRIVACY_LINK", "https://byrum.example"), ("DPO", "dpo@byrum.example")):
        monkeypatch.setenv(f"PEJLING_{variable}", value)
    pejling("db", "upgrade")
    said = pejling("check")
    assert said.code == 0
    assert "✓ first names: 2" in said.out and "opened by these keys" in said.out
    assert "PEJLING_" not in "".join(line for line in said.out.splitlines() if "routes" not in line)


def test_check_says_what_stops_a_start(pejling, monkeypatch: pytest.MonkeyPatch):
    pejling("db", "upgrade")
    Path("var/pejling.key").chmod(0o644)
    said = pejling("check")
    assert said.code == 1 and "✗ PEJLING_KEY_FILE: others may read" in said.out and "chmod 600" in said.out
    monkeypatch.setenv("PEJLING_PORT", "0")
    said = pejling("check")
    assert said.code == 1 and said.out.startswith("✗ PEJLING_PORT is wrong") and said.err == ""


def test_check_says_that_a_demo_would_be_refused(pejling, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEJLING_HOST", "0.0.0.0")
    said = pejling("check")
    assert said.code == 1 and "would make a demo" in said.out and "--no-demo" in said.out
    monkeypatch.setenv("PEJLING_DEMO", "no")
    said = pejling("check")
    assert said.code == 0 and "! PEJLING_PUBLIC_URL" in said.out


def test_own_routes_take_the_place_of_the_empty_ones(pejling, monkeypatch: pytest.MonkeyPatch):
    own = Path("routes.yaml")
    monkeypatch.setenv("PEJLING_ROUTES", str(own))
    label = "label: {da: Whistleblower, en: Whistleblower}"
    own.write_text(f"routes:\n  - {{id: whistle_kommune, url: 'https://byrum.example', {label}, status: V}}\n")
    assert "whistle_kommune" not in pejling("check").out
    own.write_text(f"routes:\n  - {{id: whistle, url: 'https://byrum.example', {label}, status: V}}\n")
    said = pejling("check")
    assert said.code == 1 and "✗ routes.yaml, route whistle: there is no such route" in said.out


# ---- content ---------------------------------------------------------------------------------------------


def test_our_own_content_is_right_and_names_its_proposals(pejling):
    said = pejling("content", "check")
    assert said.code == 0
    assert "The content is right: 19 flows" in said.out and "not approved: " in said.out


def test_wrong_content_is_a_line_with_file_and_mend(pejling, tmp_path: Path):
    folder = tmp_path / "content"
    shutil.copytree(BUNDLED, folder)
    (folder / "routes.yaml").write_text("routes: [\n", encoding="utf-8")
    said = pejling("content", "check", str(folder))
    assert said.code == 2 and said.out == "" and said.err.count("\n") == 1
    assert said.err.startswith("pejling: routes.yaml, line ") and " – " in said.err
    shutil.copy(BUNDLED / "routes.yaml", folder)
    (folder / "safety" / "cards.yaml").write_text("cards: {}\n", encoding="utf-8")
    said = pejling("content", "check", str(folder))
    assert said.code == 2 and "cards.yaml" in said.err and said.err.count("\n") == 1
    assert "no such folder" in pejling("content", "check", "nowhere").err


# ---- importing a list ------------------------------------------------------------------------------------


def test_a_list_is_looked_at_first_and_taken_in_with_yes(department, tmp_path):
    file = tmp_path / "liste.csv"
    file.write_bytes("navn;e-mail;center\nAsta Å;asta@by.dk;Syd\n".encode("cp1252"))
    said = department("import", str(file))
    assert said.code == 2 and "Line 2: there is no centre Syd" in said.out
    assert "Nothing is changed yet" in department("import", str(file), "--make-new").out
    assert "New: 1 " in department("import", str(file), "--make-new", "--yes").out
    assert "New: 0 · Changed: 0 · The same: 1 · Not in the list (left alone): 2" in department("import", str(file), "--yes").out


def test_a_list_that_is_not_there_is_said(department, tmp_path):
    said = department("import", str(tmp_path / "none.csv"))
    assert said.code == 2 and "cannot be read" in said.err
