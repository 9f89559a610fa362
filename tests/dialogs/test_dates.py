from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogs.date_words import load_date_words
from bot.dialogs.dates import is_date, read_date, read_days, show_date, show_moment, words_of_date, words_of_moment
from bot.dialogs.word_lists import CONTENT
from bot.errors import ContentError

FRIDAY = date(2026, 11, 20)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2027-03-01", "2027-03-01"),
        ("2019-03-01", "2019-03-01"),
        ("i dag", "2026-11-20"),
        ("today", "2026-11-20"),
        ("i går", "2026-11-19"),
        ("i morgen", "2026-11-21"),
        ("Tomorrow!", "2026-11-21"),
        ("i morgen formiddag kl. 10.30", "2026-11-21"),
        ("tomorrow at 10:30am", "2026-11-21"),
        ("overmorgen", "2026-11-22"),
        ("the day after tomorrow", "2026-11-22"),
        ("fredag", "2026-11-27"),
        ("på fredag", "2026-11-27"),
        ("senest på fredag", "2026-11-27"),
        ("fre.", "2026-11-27"),
        ("by Friday", "2026-11-27"),
        ("Friday morning", "2026-11-27"),
        ("på lørdag", "2026-11-21"),
        ("paa loerdag", "2026-11-21"),
        ("MANDAG!!", "2026-11-23"),
        ("torsdag kl. 10", "2026-11-26"),
        ("fredag om en uge", "2026-12-04"),
        ("a week on Friday", "2026-12-04"),
        ("mandag i næste uge", "2026-11-23"),
        ("om to uger", "2026-12-04"),
        ("om 14 dage", "2026-12-04"),
        ("inden for 14 dage", "2026-12-04"),
        ("in two weeks", "2026-12-04"),
        ("in two weeks' time", "2026-12-04"),
        ("in a fortnight", "2026-12-04"),
        ("om en uges tid", "2026-11-27"),
        ("om et par uger", "2026-12-04"),
        ("for to uger siden", "2026-11-06"),
        ("om en måned", "2026-12-20"),
        ("om et halvt år", "2027-05-20"),
        ("half a year", "2027-05-20"),
        ("i næste uge", "2026-11-27"),
        ("next week", "2026-11-27"),
        ("næste måned", "2026-12-20"),
        ("sidst på måneden", "2026-11-30"),
        ("end of the month", "2026-11-30"),
        ("i løbet af måneden", "2026-11-30"),
        ("inden årets udgang", "2026-12-31"),
        ("sidst i marts", "2027-03-31"),
        ("by the end of March", "2027-03-31"),
        ("mid-March", "2027-03-15"),
        ("primo december", "2026-12-01"),
        ("1. marts", "2027-03-01"),
        ("1.marts 2028", "2028-03-01"),
        ("d. 3. marts", "2027-03-03"),
        ("den 3. mar.", "2027-03-03"),
        ("March 1", "2027-03-01"),
        ("March 1st, 2028", "2028-03-01"),
        ("the 1st of March", "2027-03-01"),
        ("1 March 2027", "2027-03-01"),
        ("1/3", "2027-03-01"),
        ("d. 1/3", "2027-03-01"),
        ("1/3-2028", "2028-03-01"),
        ("1/3-27", "2027-03-01"),
        ("1.3.", "2027-03-01"),
        ("1.3.2027", "2027-03-01"),
        ("1. 3. 2027", "2027-03-01"),
        ("8-12-2026", "2026-12-08"),
        ("29/2", "2028-02-29"),
        ("20. november", "2026-11-20"),
        ("19. november", "2027-11-19"),
        ("den 15.", "2026-12-15"),
        ("the 31st", "2026-12-31"),
        ("uge 12", "2027-03-26"),
        ("mandag i uge 12", "2027-03-22"),
        ("uge 53", "2027-01-01"),
        ("juleaften", "2026-12-24"),
        ("fredag d. 4. dec.", "2026-12-04"),
        ("Friday, December 4", "2026-12-04"),
        ("mandag d. 23/11", "2026-11-23"),
    ],
)
def test_it_understands_what_people_say_on_a_friday(said: str, meant: str) -> None:
    assert read_date(said, FRIDAY) == date.fromisoformat(meant)


@pytest.mark.parametrize(
    "said",
    ["", "  ", "…", "ja", "nej", "a", "may", "1", "12", "noget andet", "30. februar", "31/4", "13/13", "0/1", "uge 54",
     "om 0 dage", "om 9999 år", "2,5 uger", "2-3 uger", "10-12", "2027-13-01", "fredag den 3. marts", "inden jul",
     "fredag eller mandag", "om lidt", "om uger", "den 32.", "👍", "på " * 30 + "fredag", "x" * 10_000],
)  # fmt: skip
def test_what_is_not_sure_is_not_guessed_at(said: str) -> None:
    assert read_date(said, FRIDAY) is None


@pytest.mark.parametrize(
    ("today", "bare", "next_"),
    [("2026-11-16", "2026-11-20", "2026-11-27"), ("2026-11-21", "2026-11-27", "2026-11-27")],
)
def test_next_friday_is_friday_of_next_week(today: str, bare: str, next_: str) -> None:
    day = date.fromisoformat(today)
    assert [read_date(said, day) for said in ("fredag", "på fredag", "this Friday")] == [date.fromisoformat(bare)] * 3
    assert [read_date(said, day) for said in ("næste fredag", "next Friday")] == [date.fromisoformat(next_)] * 2


def test_a_month_later_ends_with_the_month() -> None:
    assert read_date("om en måned", date(2027, 1, 31)) == date(2027, 2, 28)
    assert read_date("om et år", date(2028, 2, 29)) == date(2029, 2, 28)


def test_the_end_of_the_week_is_friday_and_on_a_weekend_its_sunday() -> None:
    assert read_date("sidst på ugen", date(2026, 11, 16)) == date(2026, 11, 20)
    assert read_date("end of the week", date(2026, 11, 21)) == date(2026, 11, 22)


@settings(max_examples=150, deadline=None)
@given(day=DAYS, today=DAYS, language=st.sampled_from(["da", "en"]))
def test_a_date_is_read_back_as_it_was_shown(day: date, today: date, language: str) -> None:
    assert read_date(show_date(day, language), today) == day
    assert read_date(day.isoformat(), today) == day


@settings(max_examples=100, deadline=None)
@given(today=DAYS, weekday=st.integers(0, 6))
def test_a_bare_weekday_is_the_next_one_and_never_today(today: date, weekday: int) -> None:
    name = show_date(date(2024, 1, 1 + weekday), "da").split()[0]
    found = read_date(name, today)
    assert found is not None and found.weekday() == weekday
    assert timedelta(days=1) <= found - today <= timedelta(days=7)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=90), today=st.dates())
def test_any_text_on_any_day_is_an_answer_or_none(text: str, today: date) -> None:
    assert read_date(text, today) is None or isinstance(read_date(text, today), date)
    assert read_days(text) is None or read_days(text) > 0


@pytest.mark.parametrize(
    "said",
    ["overmorgen", "om to uger", "om 9000 år", "sidst på måneden", "den 31.", "1/3", "uge 1", "fredag", "i går"],
)
@pytest.mark.parametrize("today", [date.min, date.max, date(9999, 12, 1)])
def test_the_ends_of_the_calendar_are_not_a_crash(said: str, today: date) -> None:
    found = read_date(said, today)
    assert found is None or isinstance(found, date)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("2 uger", 14), ("to uger", 14), ("14 dage", 14), ("14dage", 14), ("en måned", 30), ("3 weeks", 21),
        ("i to uger", 14), ("for a fortnight", 14), ("et halvt år", 183), ("a couple of months", 61), ("Et år.", 365),
        ("2", None), ("uger", None), ("0 dage", None), ("fredag", None), ("om to uger", None), ("", None),
    ],
)  # fmt: skip
def test_lengths_in_days(said: str, days: int | None) -> None:
    assert read_days(said) == days


def test_whether_it_is_a_date_at_all() -> None:
    assert is_date("fredag den 3. marts") and is_date("til 5. januar") and is_date("ugen ud")
    assert not is_date("i mødet var nødvendig")


def test_dates_and_moments_are_shown_in_full() -> None:
    march = date(2027, 3, 3)
    assert words_of_date(march).da == show_date(march, "da") == "onsdag den 3. marts 2027"
    assert words_of_date(march).en == show_date(march, "en") == "Wednesday 3 March 2027"
    at = datetime(2027, 3, 3, 23, 5, tzinfo=UTC)
    assert show_moment(at, "Europe/Copenhagen", "da") == "torsdag den 4. marts 2027 kl. 00.05"
    assert show_moment(at, "America/Nuuk", "en") == "Wednesday 3 March 2027 at 21:05"
    assert words_of_moment(at, "Europe/Copenhagen").en == "Thursday 4 March 2027 at 00:05"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("en: [tomorrow, tmrw]", "", "missing language 'en'"),
        ("en: [tomorrow, tmrw]", "en: [tomorrow, today]", "'today' stands under both"),
        ("en: [tomorrow, tmrw]", "en: [tomorrow, Tomorrow]", "'tomorrow' stands twice"),
        ("en: [tomorrow, tmrw]", "en: [tomorrow, on]", "is not a list of texts"),
        ("en: [tomorrow, tmrw]", 'en: ["{moon}"]', "unknown slot {moon}"),
        ("  tomorrow:", "  tomorow:", "unknown key 'tomorow'"),
        ("  yesterday:", "  tomorrow:", "stands twice"),
        ("week: {days: 7,", "week: {days: 7, months: 1,", "needs days or months"),
        ('"12-24":', '"24-12":', "is not a day of the year"),
        ("hours:", "hours", "mend the YAML"),
        ("  4: {da: [fire]", "  fire: {da: [fire]", "its keys are not numbers"),
    ],
)
def test_a_wrong_word_list_is_refused_with_where_and_why(tmp_path, old: str, new: str, complaint: str) -> None:
    text = (CONTENT / "dates.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "dates.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        load_date_words(tmp_path / "dates.yaml")
    assert complaint in str(refused.value) and "dates.yaml" in str(refused.value)
    assert "\n" not in str(refused.value)
