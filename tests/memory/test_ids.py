import uuid

from hypothesis import given
from hypothesis import strategies as st

from memory.ids import new_id


@given(st.floats(0, 4e9), st.floats(2e-6, 4e9))
def test_ids_sort_like_their_times(early: float, later: float) -> None:
    assert new_id(early) < new_id(early + later)


def test_an_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    made = uuid.UUID(new_id(1_800_000_000.125))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == 1_800_000_000_125


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(5.0) for _ in range(1000)}) == 1000


def test_a_clock_before_1970_is_no_reason_to_fail() -> None:
    assert uuid.UUID(new_id(-1.0)).version == 7
