import pytest

from daemon.intents.grammar import grammar
from daemon.intents.mending import VARIANTS, Mending, likeness
from daemon.intents.names import Home, Names
from daemon.intents.words import Words, tables
from sensors.entities import Entity
from tests.daemon.intents.home import HOME


def mending(home: Home = HOME) -> Mending:
    words = Words(tables("words_en"))
    return Mending(words, grammar("en").keywords(), Names(home, "en"))


@pytest.mark.parametrize(
    ("heard", "near", "far"),
    [
        ("kitchen lamb", "kitchen lamp", "kitchen light"),
        ("eco bee", "ecobee", "eco mode"),
        ("living rum", "living room", "dining room"),
        ("write light", "right light", "night light"),
    ],
)
def test_what_sounds_alike_is_nearer(heard: str, near: str, far: str) -> None:
    assert likeness(heard, near) > 0.7
    assert likeness(heard, near) > likeness(heard, far) + 0.05


def test_every_place_that_was_mended_has_its_price() -> None:
    one, *_ = mending().variants("turn on the kitchen lamb")
    assert one.text == "turn on the Kitchen Lamp"
    both = next(two for two in mending().variants("turn of the kitchen lamb") if two.edits == 2)
    assert both.text == "turn off the Kitchen Lamp"
    assert both.score < one.score < 1.0


def test_few_sentences_are_proposed() -> None:
    proposed = mending().variants("turn of the kitchin lamb in the livving rum own")
    assert 0 < len(proposed) <= VARIANTS
    assert proposed == sorted(proposed, key=lambda one: -one.score)
    assert all(one.edits <= 2 for one in proposed)


def test_the_lights_of_a_room_are_not_a_lamp_that_is_called_nearly_so() -> None:
    lamp = Home([Entity("light.a", "Kitchen Light", "light", area="Kitchen")])
    assert not any(
        "Kitchen Light" in one.text for one in mending(lamp).variants("wash kitchen lights")
    )
    assert any("Kitchen Light" in one.text for one in mending(lamp).variants("wash kitchen lite"))


def test_nothing_is_mended_in_long_speeches_or_without_words() -> None:
    assert mending().variants("turn on the kitchen lamb " + "and so on " * 6) == []
    assert mending().variants("lamb") == []
    mute = Mending(Words({}), grammar("en").keywords(), Names(HOME, "en"))
    assert mute.variants("turn on the kitchen lamb") == []
