import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.store import Store
from sensors.events import Reading, Value
from tests.clock import run

LAMP = Reading("lamp/state", "lamp", "state", True, "", 100.0, "zigbee2mqtt/lamp")

readings = st.builds(
    replace,
    st.just(LAMP),
    entity=st.sampled_from(["lamp/state", "bedroom/temperature", "Küche/größe"]),
    value=st.one_of(st.booleans(), st.floats(allow_nan=False), st.text(max_size=8)),
    at=st.one_of(st.sampled_from([100.0, 101.0]), st.floats(0, 4e9)),
    late=st.booleans(),
)


LATER = 5e9
"""Unix seconds after every stamp here."""


async def kept(path: Path, batches: list[list[Reading]], now: float = LATER) -> list[Reading]:
    async with Store.open(path, clock=lambda: now) as store:
        for batch in batches:
            await store.house.save(batch)
    async with Store.open(path) as store:
        return await store.house.load()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.lists(readings, max_size=5), max_size=6))
def test_of_each_entity_the_latest_reading_stays_and_of_equal_stamps_the_first(
    batches: list[list[Reading]],
) -> None:
    expected: dict[str, Reading] = {}
    for reading in (r for batch in batches for r in batch):
        known = expected.get(reading.entity)
        if known is None or reading.at > known.at:
            expected[reading.entity] = reading
    with tempfile.TemporaryDirectory() as folder:
        loaded = run(kept(Path(folder) / "m.db", batches))
    assert {r.entity: r for r in loaded} == expected
    assert len(loaded) == len(expected)


def test_a_stamp_from_the_future_gives_way(tmp_path: Path) -> None:
    ahead = replace(LAMP, at=7_300.0)
    after = replace(LAMP, value=False, at=200.0)
    assert run(kept(tmp_path / "m.db", [[ahead], [after]], now=210.0)) == [after]


def test_truth_number_and_text_stay_what_they_are(tmp_path: Path) -> None:
    values: dict[str, Value] = {"a": True, "b": 1.0, "c": "1", "d": False, "e": 21.5}
    saved = [replace(LAMP, entity=entity, value=value) for entity, value in values.items()]
    loaded = run(kept(tmp_path / "m.db", [saved]))
    assert [(r.value, type(r.value)) for r in loaded] == [(v, type(v)) for v in values.values()]
