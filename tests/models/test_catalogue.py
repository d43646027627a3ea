import tomllib
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalogue import CatalogueError, Model, WheelSource, load, parse

CATALOGUE = load()
GOOD = """
[[models]]
id = "tiny"
role = "mind"
title = "Tiny"
licence = "MIT"
memory_mb = 1
default = true
upstream = "us/tiny@1"
languages = ["en"]
[[models.files]]
name = "weights.bin"
size = 3
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
[[models.files.sources]]
kind = "hub"
repository = "us/tiny"
revision = "1"
file = "weights.bin"
"""


@pytest.mark.parametrize("model", CATALOGUE.models, ids=lambda model: model.id)
def test_every_model_has_a_card_that_tells_what_it_must(model: Model) -> None:
    card = model.card
    assert card.startswith(f"# {model.title}\n")
    assert model.upstream in card
    for heading in ("Licence", "Provenance", "Limits", "Measured"):
        assert f"\n## {heading}\n" in card
    for file in model.files:
        assert file.name in card
        assert file.sha256 in card
        assert f"{file.size:,}" in card


def test_every_card_belongs_to_a_model() -> None:
    cards = {entry.name for entry in resources.files("models").joinpath("cards").iterdir()}
    assert cards == {f"{model.id}.md" for model in CATALOGUE.models}


def test_the_default_set_is_a_whole_assistant() -> None:
    roles = sorted(model.role for model in CATALOGUE.default)
    assert roles == ["ear", "embedder", "mind", "mouth", "turn", "vad"]


def test_every_model_can_be_had_without_a_hub() -> None:
    for model in CATALOGUE.models:
        for file in model.files:
            assert isinstance(file.sources[0], WheelSource), f"{model.id}/{file.name}"


def test_a_part_that_is_a_whole_file_has_its_hash() -> None:
    for model in CATALOGUE.models:
        for file in model.files:
            for source in file.sources:
                if isinstance(source, WheelSource) and len(source.parts) == 1:
                    assert source.parts[0].sha256 == file.sha256


def test_identity_names_the_weights() -> None:
    assert CATALOGUE.model("minilm-l6-int8").identity == "minilm-l6-int8@8199be6f699a"


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(CatalogueError, match="did you mean 'whisper-base'"):
        CATALOGUE.model("wisper-base")
    with pytest.raises(CatalogueError, match="known are whisper-base, "):
        CATALOGUE.model("zzz")


def test_the_good_one_is_good() -> None:
    assert parse(GOOD).model("tiny").size == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "tiny"', 'id = "../tiny"', "id"),
        ('name = "weights.bin"', 'name = "/etc/passwd"', "name"),
        ('name = "weights.bin"', 'name = ".verified.json"', "name"),
        ('file = "weights.bin"', 'file = "-o/weights.bin"', "file"),
        ("size = 3", 'size = "3"', "size"),
        ("size = 3", "size = 0", "size"),
        ("0000", "00zz", "sha256"),
        ('role = "mind"', 'role = "nose"', "role"),
        ('licence = "MIT"', "", "licence"),
        ("memory_mb = 1", "memory_mb = 1\nmemory_gb = 1", "memory_gb"),
        ('kind = "hub"', 'kind = "ftp"', "kind"),
        ("[[models]]", "spare = 1\n[[models]]", "spare"),
        ("[[models]]", "[[models", "line"),
    ],
)
def test_a_bad_catalogue_is_refused_and_the_field_named(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=said):
        parse(GOOD.replace(old, new, 1))


def test_names_may_not_repeat() -> None:
    with pytest.raises(CatalogueError, match="names a model twice"):
        parse(GOOD + GOOD)
    file = GOOD[GOOD.index("[[models.files]]") :]
    with pytest.raises(CatalogueError, match="names a file twice"):
        parse(GOOD + file)


def test_parts_must_make_up_the_file() -> None:
    source = GOOD[GOOD.index('kind = "hub"') :]
    part = '{ package = "p", version = "1", member = "m", size = 2, sha256 = "' + "0" * 64 + '" }'
    with pytest.raises(CatalogueError, match="parts hold 2 bytes, not 3"):
        parse(GOOD.replace(source, f'kind = "wheel"\nparts = [{part}]'))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(field=st.sampled_from(sorted(tomllib.loads(GOOD)["models"][0])), value=_VALUES)
def test_no_value_of_a_field_escapes_the_check(field: str, value: Any) -> None:
    try:
        text = GOOD.replace(f"{field} = ", f"{field} = {_toml(value)} #", 1)
        model = parse(text).models[0]
    except CatalogueError:
        return
    assert type(getattr(model, field)) is type(getattr(parse(GOOD).models[0], field))


def _toml(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | str():
            return repr(value)
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{k!r} = {_toml(v)}" for k, v in value.items()) + "}"
        case _:
            return "1979-05-27"
