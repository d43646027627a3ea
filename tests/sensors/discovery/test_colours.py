import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.discovery import colours, homeassistant_tints
from sensors.entities import CannotDo

PART = st.integers(0, 255)


def test_names_and_digits() -> None:
    assert colours.rgb("Light Blue") == (173, 216, 230)
    assert colours.rgb("#FF8000") == colours.rgb("ff8000") == (255, 128, 0)
    assert colours.called((102, 51, 153)) == "rebeccapurple"
    assert colours.called((1, 2, 3)) == "#010203"
    for wrong in ("loud", "#12345", "#12345g", "", None):
        with pytest.raises(CannotDo):
            colours.rgb(wrong)


@given(PART, PART, PART)
def test_what_a_colour_is_called_is_the_colour(red: int, green: int, blue: int) -> None:
    assert colours.rgb(colours.called((red, green, blue))) == (red, green, blue)


@pytest.mark.parametrize("name", ["red", "lime", "blue", "yellow", "cyan", "magenta", "white"])
def test_a_bright_colour_survives_every_way_of_writing_it(name: str) -> None:
    rgb = colours.rgb(name)
    x, y = homeassistant_tints.chromaticity(rgb)
    hue, saturation, _ = colours.hsv(rgb)
    assert colours.components({"x": x, "y": y}) == colours.called(rgb)
    assert colours.components({"h": float(hue), "s": float(saturation)}) == colours.called(rgb)
    red, green, blue = map(float, rgb)
    assert colours.components({"r": red, "g": green, "b": blue}) == colours.called(rgb)


def test_what_is_no_colour() -> None:
    for wrong in (None, 5.0, {}, {"r": 1.0}, {"x": 0.0, "y": 0.0}, {"x": 2.0, "y": 0.5}):
        assert colours.components(wrong) is None
