import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from sensors.topics import captured, covers, is_valid_filter, without_overlap


@pytest.mark.parametrize("pattern", ["home/+/sensor", "#", "+", "a/#", "/", "a//b", "+/+/#"])
def test_valid_filters(pattern: str) -> None:
    assert is_valid_filter(pattern)


@pytest.mark.parametrize("pattern", ["", "a/#/b", "a#", "a+/b", "##", "a\0b", "x" * 65_536])
def test_invalid_filters(pattern: str) -> None:
    assert not is_valid_filter(pattern)


levels = st.sampled_from(["a", "b", "$SYS", "+", "#", ""])
words = st.sampled_from(["a", "b", "$SYS", ""])


@given(st.lists(levels, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=4))
def test_matches_as_the_reference_client_does(pattern: list[str], topic: list[str]) -> None:
    wanted, name = "/".join(pattern), "/".join(topic)
    if is_valid_filter(wanted) and name:
        assert (captured(wanted, name) is not None) == topic_matches_sub(wanted, name)


def test_captures_what_the_wildcards_stand_for() -> None:
    assert captured("home/+/sensor", "home/bedroom/sensor") == ["bedroom"]
    assert captured("+/x/#", "a/x/b/c") == ["a", "b", "c"]
    assert captured("garage/door", "garage/door") == ["garage", "door"]
    assert captured("zigbee2mqtt/#", "zigbee2mqtt") == ["zigbee2mqtt"]


@given(
    st.lists(levels, min_size=1, max_size=4),
    st.lists(levels, min_size=1, max_size=4),
    st.lists(words, min_size=1, max_size=4),
)
def test_what_covers_matches_all_that_the_other_does(
    wide: list[str], narrow: list[str], topic: list[str]
) -> None:
    wider, narrower, name = "/".join(wide), "/".join(narrow), "/".join(topic)
    if is_valid_filter(wider) and is_valid_filter(narrower) and covers(wider, narrower):
        assert captured(narrower, name) is None or captured(wider, name) is not None


@pytest.mark.parametrize(
    ("wider", "narrower", "so"),
    [
        ("a/#", "a/b/c", True),
        ("a/#", "a/+/c", True),
        ("a/#", "a", True),
        ("a/+", "a/+", True),
        ("+/b", "a/b", True),
        ("a/+", "a/#", False),
        ("a/+/#", "a/#", False),
        ("a/b", "a/+", False),
        ("#", "$SYS/x", False),
        ("a", "a/b", False),
    ],
)
def test_covers(wider: str, narrower: str, so: bool) -> None:
    assert covers(wider, narrower) == so


def test_only_the_widest_filters_are_left_whatever_their_order() -> None:
    assert without_overlap(["a/b", "c/+", "a/#", "c/d", "a/+", "c/+"]) == ("c/+", "a/#")
