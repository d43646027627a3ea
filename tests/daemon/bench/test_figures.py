import numpy as np

from daemon.bench.figures import lengths, middle, others, share, spread, waterfall


def a_step(name: str, start: float, end: float) -> dict[str, object]:
    return {"name": name, "start": start, "end": end}


def test_percentiles_of_what_there_is() -> None:
    assert spread([None, *map(float, range(101))]) == {"n": 101, "p50": 50, "p95": 95, "p99": 99}
    assert spread([7.0]) == {"n": 1, "p50": 7, "p95": 7, "p99": 7}
    assert spread([None]) == {"n": 0}
    assert isinstance(spread(np.arange(3.0))["p50"], float)


def test_medians_and_shares() -> None:
    assert middle([3, None, 1, 2]) == 2
    assert middle([None]) is None
    assert share(1, 3) == 0.333
    assert share(0, 0) is None


def test_every_figure_of_the_records_is_told() -> None:
    turns = [{"latency_ms": {"endpoint": 100}}, {"latency_ms": {"endpoint": 300, "saved": 5}}]
    assert lengths(turns) == {"endpoint": spread([100, 300]), "saved": spread([5])}


def test_steps_in_the_order_in_which_they_begin() -> None:
    spoken = [a_step("speak", 600, 700), a_step("speak", 800, 990)]
    turns = [
        {"trace": [a_step("speak", 500, 900), a_step("endpoint", 0, 200)]},
        {"trace": [a_step("endpoint", 0, 300), *spoken]},
    ]
    assert waterfall(turns) == {
        "endpoint": {"n": 2, "start": 0, "end": 250},
        "speak": {"n": 2, "start": 550, "end": 945},
    }


def test_numbers_that_nobody_has_heard_of_are_told_too() -> None:
    turns = [
        {"id": "a", "confidence": 0.5, "ahead": {"saved_ms": 300, "why": "x"}, "kv_reused": 3},
        {"id": "b", "confidence": 0.7, "ahead": {"saved_ms": 500}, "hit": True},
    ]
    assert others(turns) == {
        "confidence": spread([0.5, 0.7]),
        "ahead saved_ms": spread([300, 500]),
        "hit": spread([1]),
    }
