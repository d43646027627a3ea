import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest

from daemon.tools.sayings import Sayings
from sensors.entities import Command
from tests.doubles.home import STATES, entity

TABLES: dict[str, dict[str, Any]] = tomllib.loads(
    (files("daemon.tools") / "sayings.toml").read_text("utf-8")
)

SLOT = r"{\w+}"

UNLOCK = (STATES["lock.front"][0], Command("lock.front", "unlock"))


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Front Door", "the front door"),
        ("TV", "the TV"),
        ("Joe's lamp", "Joe's lamp"),
        ("The Beast", "the beast"),
        ("my lamp", "my lamp"),
    ],
)
def test_names_are_read_out_as_people_say_them(name: str, spoken: str) -> None:
    assert Sayings().name(entity("light.x", name)) == spoken


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "Shall I unlock the front door?"),
        ("de-CH", "Soll ich Front Door aufschließen?"),
        ("fr", "Dois-je déverrouiller Front Door ?"),
        ("sw", "Shall I unlock the front door?"),
    ],
)
def test_it_is_asked_in_the_language_that_was_spoken(language: str, question: str) -> None:
    assert Sayings(language).question([UNLOCK]) == question


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_language_says_everything_with_the_same_values(language: str) -> None:
    for table, english in (
        (TABLES[language], TABLES["en"]),
        (TABLES[language]["deeds"], TABLES["en"]["deeds"]),
    ):
        assert table.keys() == english.keys()
        for key, text in english.items():
            if isinstance(text, str):
                assert sorted(re.findall(SLOT, table[key])) == sorted(re.findall(SLOT, text))


@pytest.mark.parametrize(
    ("things", "listed"),
    [(1, "t0"), (2, "t0 or t1"), (3, "t0, t1 or t2"), (4, "t0, t1 or 2 more")],
)
def test_things_are_listed_as_people_do(things: int, listed: str) -> None:
    assert Sayings().listed([f"t{n}" for n in range(things)], "or") == listed


def test_what_has_no_words_of_its_own_is_said_in_general_ones() -> None:
    lock = STATES["lock.front"][0]
    for service in ("vent", "question", "set_position"):
        assert Sayings().question([(lock, Command(lock.id, service))]) == (
            "Shall I change the front door?"
        )
