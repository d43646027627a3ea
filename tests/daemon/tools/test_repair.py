"""What is mended in arguments, and what is left for the model to put right."""

import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.tools.fitting import Fitting, Misfit
from daemon.tools.repair import number, seconds

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "area": {"type": "string"},
        "brightness": {"type": "integer", "minimum": 0, "maximum": 100},
        "temperature": {"type": "number"},
        "color": {"type": "string", "format": "color"},
        "domain": {"type": "array", "items": {"enum": ["light", "media_player"]}},
        "mode": {"enum": ["heat", "Heat", "cool"]},
        "in": {"type": "number", "format": "seconds"},
        "loud": {"type": "boolean"},
        "level": {"anyOf": [{"type": "integer"}, {"enum": ["high", "low"]}]},
        "place": {"$ref": "#/$defs/Place"},
    },
    "$defs": {
        "Place": {
            "type": "object",
            "properties": {"floor": {"type": "integer"}},
            "required": ["floor"],
        }
    },
    "additionalProperties": False,
}

FITTING = Fitting(SCHEMA)


@pytest.mark.parametrize(
    ("given_", "mended"),
    [
        ({"brightness": "50"}, {"brightness": 50}),
        ({"brightness": "fifty percent"}, {"brightness": 50}),
        ({"brightness": " 50 % "}, {"brightness": 50}),
        ({"temperature": "twenty-one point five"}, {"temperature": 21.5}),
        ({"temperature": "minus three"}, {"temperature": -3}),
        ({"color": "Light Blue"}, {"color": "lightblue"}),
        ({"color": "#FF8000"}, {"color": "#ff8000"}),
        ({"domain": "Media Player"}, {"domain": ["media_player"]}),
        ({"domain": '["light"]'}, {"domain": ["light"]}),
        ({"area": ["Kitchen"]}, {"area": "Kitchen"}),
        ({"area": 5}, {"area": "5"}),
        ({"mode": "COOL "}, {"mode": "cool"}),
        ({"in": "five minutes"}, {"in": 300}),
        ({"in": "five"}, {"in": 5}),
        ({"loud": "Yes"}, {"loud": True}),
        ({"loud": "off"}, {"loud": False}),
        ({"level": "High"}, {"level": "high"}),
        ({"level": "three"}, {"level": 3}),
        ({"Area": "Hall", "BRIGHTNESS": 5}, {"area": "Hall", "brightness": 5}),
        ({"area": "Hall", "except": None, "name": ""}, {"area": "Hall"}),
        ({"area": "Hall", "brightness": None}, {"area": "Hall"}),
        ({"place": {"Floor": "two"}}, {"place": {"floor": 2}}),
        ({"place": '{"floor": 2}'}, {"place": {"floor": 2}}),
    ],
)
def test_what_has_one_meaning_is_mended(given_: dict[str, Any], mended: dict[str, Any]) -> None:
    found = FITTING.fit(given_)
    assert found == mended
    assert [type(value) for value in found.values()] == [type(v) for v in mended.values()]


@pytest.mark.parametrize(
    "given_",
    [
        {"brightness": "bright"},
        {"brightness": "150 %"},
        {"brightness": True},
        {"brightness": "50.5"},
        {"temperature": "21,5"},
        {"temperature": "50 %"},
        {"temperature": ""},
        {"color": "blurple"},
        {"color": "#12"},
        {"domain": ["light", "door"]},
        {"area": ["Kitchen", "Hall"]},
        {"area": {"name": "Hall"}},
        {"mode": "HEAT"},
        {"in": "soon"},
        {"loud": "maybe"},
        {"loud": 1},
        {"except": "Kitchen"},
        {"area": "Hall", "Area": "Kitchen"},
        {"place": {}},
        {"place": "{broken"},
    ],
)
def test_what_has_two_meanings_or_none_is_refused(given_: dict[str, Any]) -> None:
    with pytest.raises(Misfit):
        FITTING.fit(given_)


@settings(deadline=None, max_examples=60)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "area": st.text(max_size=9),
            "brightness": st.integers(0, 100),
            "temperature": st.floats(-1e6, 1e6),
            "domain": st.lists(st.sampled_from(["light", "media_player"]), max_size=3),
            "mode": st.sampled_from(["heat", "Heat", "cool"]),
            "loud": st.booleans(),
            "place": st.fixed_dictionaries({"floor": st.integers(-3, 90)}),
        },
    )
)
def test_what_fits_is_not_touched(arguments: dict[str, Any]) -> None:
    assert FITTING.fit(arguments) == arguments


@settings(deadline=None, max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([*SCHEMA["properties"], "Area", "other"]),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
            max_leaves=5,
        ),
        max_size=4,
    )
)
def test_what_comes_out_fits_and_stays_as_it_is(arguments: dict[str, Any]) -> None:
    try:
        mended = FITTING.fit(arguments)
    except Misfit:
        return
    assert FITTING.fit(mended) == mended


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21", 21),
        ("twenty one", 21),
        ("Twenty-One", 21),
        ("one hundred and five", 105),
        ("one hundred five", 105),
        ("-0.5", -0.5),
        ("zero point zero five", 0.05),
        ("1,500", None),
        ("1e9", None),
        ("", None),
        ("point five", None),
        ("twenty one point", None),
        ("a few", None),
        ("٣", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    assert number(text) == value


def test_numbers_in_another_language() -> None:
    assert number("einundzwanzig", "de") == 21
    assert number("vingt et un", "fr") == 21
    assert number("twenty one", "xx") == 21


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("five minutes", 300),
        ("1 h 30 min", 5400),
        ("1h30min", 5400),
        ("an hour and ten minutes", 4200),
        ("two hours, five minutes and 3 seconds", 7503),
        ("half an hour", 1800),
        ("1.5 hours", 5400),
        ("90s", 90),
        ("PT5M", 300),
        ("PT", None),
        ("five", None),
        ("soon", None),
        ("ten minutes ago", None),
        ("minutes", None),
        ("5 m", None),
    ],
)
def test_durations(text: str, value: float | None) -> None:
    assert seconds(text) == value


def test_a_schema_of_a_stranger_fetches_nothing_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[object] = []
    monkeypatch.setattr(urllib.request, "urlopen", fetched.append)
    far = Fitting({"properties": {"a": {"$ref": "http://127.0.0.1:1/schema"}}})
    with pytest.raises(Misfit, match="leads nowhere"):
        far.fit({"a": 1})
    assert fetched == []
    endless = Fitting({"allOf": [{"$ref": "#"}]})
    with pytest.raises(Misfit, match="leads nowhere"):
        endless.fit({"a": 1})


def test_arguments_are_plain_json_and_bounded() -> None:
    for arguments in ({"area": object()}, {"area": float("inf")}, {"area": "x" * 20_000}):
        with pytest.raises(Misfit):
            FITTING.fit(arguments)


def test_a_number_that_cannot_be_looked_at_does_not_fit() -> None:
    with pytest.raises(Misfit):
        Fitting({"properties": {"a": {"multipleOf": 1.5}}}).fit({"a": 10**400})
