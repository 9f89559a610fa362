"""The settings: defaults, what is refused and in which words, and what a demo may be served with."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import load_settings, variable_of, variables
from bot.errors import ConfigError

SECRET = "xoxb-a-secret-nobody-may-see"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working folder and none of our variables."""
    for variable in variables():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(**overrides: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(**overrides)
    return str(caught.value)


def test_the_defaults_are_safe():
    settings = load_settings()
    assert settings.is_loopback
    assert settings.address == "http://127.0.0.1:8765"
    assert settings.database_url == "sqlite:///var/pejling.db"
    assert settings.key_file == Path("var/pejling.key")
    assert settings.demo_refusal() is None


def test_what_is_given_wins_over_the_environment_and_that_over_the_file(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("PEJLING_PORT=9001\nPEJLING_LANGUAGE=en\nPEJLING_HOST=127.0.0.2\n", encoding="utf-8")
    monkeypatch.setenv("PEJLING_PORT", "9002")
    monkeypatch.setenv("PEJLING_HOST", "127.0.0.3")
    settings = load_settings(host="127.0.0.4", port=None)
    assert (settings.language, settings.port, settings.host) == ("en", 9002, "127.0.0.4")


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEJLING_PORT", "")
    monkeypatch.setenv("PEJLING_FIRST_NAMES", "")
    assert load_settings().port == 8765


@pytest.mark.parametrize(
    ("variable", "value", "mend"),
    [
        ("PEJLING_HOST", "127.0.0.1:8000", "0.0.0.0 for every network"),
        ("PEJLING_HOST", "http://localhost", "0.0.0.0 for every network"),
        ("PEJLING_PORT", "eight", "from 1 to 65535"),
        ("PEJLING_PORT", "0", "from 1 to 65535"),
        ("PEJLING_PORT", "65536", "from 1 to 65535"),
        ("PEJLING_PUBLIC_URL", "pejling.example.dk", "https://pejling.example.dk"),
        ("PEJLING_PUBLIC_URL", "https://pejling.example.dk/?a=b", "https://pejling.example.dk"),
        ("PEJLING_PRIVACY_LINK", "javascript:alert(1)", "starts with https://"),
        ("PEJLING_DEMO", "perhaps", "yes to fill"),
        ("PEJLING_FIRST_NAMES", "nowhere.txt", "one first name per line"),
        ("PEJLING_ROUTES", "nowhere.yaml", "YAML file"),
        ("PEJLING_TIMEZONE", "Europa/København", "Europe/Copenhagen"),
        ("PEJLING_TIMEZONE", "../../etc/passwd", "Europe/Copenhagen"),
        ("PEJLING_LANGUAGE", "de", "da or en"),
        ("PEJLING_TICK_SECONDS", "0", "from 1 to 3600"),
        ("PEJLING_TICK_SECONDS", "nan", "from 1 to 3600"),
        ("PEJLING_LOG_LEVEL", "chatty", "INFO"),
        ("PEJLING_ORGANISATION", "x" * 201, "name of your department"),
        ("SLACK_API_URL", "slack", "starts with https://"),
        ("MICROSOFT_APP_TYPE", "Managed", "SingleTenant"),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_variable_and_the_mend(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, mend: str
):
    monkeypatch.setenv(variable, value)
    text = refusal()
    assert text.startswith(variable) and mend in text
    assert "\n" not in text and "pydantic" not in text.lower()


def test_several_wrong_settings_are_several_lines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PEJLING_PORT", "eight")
    monkeypatch.setenv("PEJLING_LANGUAGE", "de")
    monkeypatch.setenv("PEJLING_HSOT", "127.0.0.1")
    assert [line.split()[0] for line in refusal().splitlines()] == ["PEJLING_HSOT", "PEJLING_PORT", "PEJLING_LANGUAGE"]


@pytest.mark.parametrize(
    ("unknown", "advice"),
    [
        ("PEJLING_PROT", "did you mean PEJLING_PORT?"),
        ("PEJLING_KEYFILE", "did you mean PEJLING_KEY_FILE?"),
        ("PEJLING_TIME_ZONE", "did you mean PEJLING_TIMEZONE?"),
        ("PEJLING_XYZZY", "remove it; the settings are PEJLING_HOST, "),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_setting_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, unknown: str, advice: str, place: str
):
    if place == "environment":
        monkeypatch.setenv(unknown, "1")
    else:
        Path(".env").write_text(f"{unknown}=1\n", encoding="utf-8")
    assert refusal().startswith(f"{unknown} is not a setting of Pejling – {advice}")


def test_an_unreadable_file_of_settings_is_named():
    Path(".env").write_bytes(b"PEJLING_PORT=\xff\xfe\x00")
    assert refusal().startswith(".env cannot be read")


def test_secrets_never_print(monkeypatch: pytest.MonkeyPatch):
    for variable in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "MICROSOFT_APP_PASSWORD", "PEJLING_KEYS"):
        monkeypatch.setenv(variable, SECRET)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://pejling:{SECRET}@db/pejling")
    settings = load_settings()
    assert SECRET not in f"{settings!r} {settings}"
    assert SECRET in settings.database_url
    monkeypatch.setenv("PEJLING_PORT", "eight")
    assert SECRET not in refusal()


def test_what_a_setting_should_be_is_said_for_each():
    assert all(field.description for field in variables().values())
    assert variable_of("database_url") == "DATABASE_URL" and variable_of("key_file") == "PEJLING_KEY_FILE"


@pytest.mark.parametrize(
    ("overrides", "address", "is_loopback"),
    [
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8765", False),
        ({"host": "::"}, "http://[::1]:8765", False),
        ({"host": "[::1]"}, "http://[::1]:8765", True),
        ({"host": "localhost"}, "http://localhost:8765", True),
        ({"host": "10.1.2.3"}, "http://10.1.2.3:8765", False),
        ({"public_url": "https://pejling.example.dk/"}, "https://pejling.example.dk", True),
    ],
)
def test_the_address_and_who_can_reach_it(overrides: dict[str, str], address: str, is_loopback: bool):
    settings = load_settings(**overrides)
    assert (settings.address, settings.is_loopback) == (address, is_loopback)


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("PEJLING_HOST", "0.0.0.0", "PEJLING_HOST is 0.0.0.0"),
        ("PEJLING_HOST", "::", "PEJLING_HOST is ::"),
        ("PEJLING_HOST", "pejling.example.dk", "PEJLING_HOST is pejling.example.dk"),
        ("SLACK_APP_TOKEN", SECRET, "SLACK_"),
        ("MICROSOFT_APP_ID", "an-app", "MICROSOFT_APP_"),
    ],
)
def test_a_demo_stays_at_home(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str):
    monkeypatch.setenv(variable, value)
    reason = load_settings().demo_refusal() or ""
    assert reason.startswith(named) and "--no-demo" in reason and SECRET not in reason


def test_first_names_are_read_in_lower_case(tmp_path: Path):
    names = tmp_path / "names.txt"
    names.write_text("\ufeff# a comment\nKarla\n\n  Søren \nKARLA\n", encoding="utf-8")
    assert load_settings(first_names=names).read_first_names() == {"karla", "søren"}
    assert load_settings().read_first_names() == frozenset()


def test_first_names_in_another_encoding_are_refused(tmp_path: Path):
    names = tmp_path / "names.txt"
    names.write_bytes("Søren".encode("latin-1"))
    with pytest.raises(ConfigError, match="PEJLING_FIRST_NAMES.*UTF-8"):
        load_settings(first_names=names).read_first_names()
