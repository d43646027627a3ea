"""Two halves of a model that do what the whole did."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.onnx_parts import NotCut, Parts, cut


def message(number: int, content: bytes) -> bytes:
    length, told = len(content), b""
    while length > 127:
        told += bytes([length & 127 | 128])
        length >>= 7
    return bytes([number << 3 | 2]) + told + bytes([length]) + content


def node(kind: str, name: str, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    told = b"".join(message(1, one.encode()) for one in inputs)
    told += b"".join(message(2, one.encode()) for one in outputs)
    return message(1, told + message(3, name.encode()) + message(4, kind.encode()))


def weight(name: str, value: float) -> bytes:
    raw = np.array([value], dtype="<f4").tobytes()
    return message(5, b"\x08\x01\x10\x01" + message(8, name.encode()) + message(9, raw))


def value(number: int, name: str) -> bytes:
    return message(number, message(1, name.encode()) + message(2, b"\x0a\x02\x08\x01"))


def model(*graph: bytes) -> bytes:
    # IR version 8, opset 15; the fixed-width field is one that readers must skip.
    head = b"\x08\x08" + message(8, b"\x0a\x00\x10\x0f")
    return head + message(7, message(2, b"g") + b"".join(graph))


NODES = (
    node("Mul", "/enc/Mul", ["x", "two"], ["a"]),
    node("Add", "/enc/Add", ["a", "one"], ["z"]),
    node("Mul", "/dec/Mul", ["z", "three"], ["b"]),
    node("Add", "/dec/Add", ["b", "one"], ["y"]),
)
WEIGHTS = (weight("one", 1), weight("two", 2), weight("three", 3), weight("unused", 9))
WHOLE = model(*NODES, *WEIGHTS, value(11, "x"), value(12, "y"))


def ran(serialised: bytes, name: str, given: float) -> float:
    session = onnxruntime.InferenceSession(serialised, providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == [name]
    return float(session.run(None, {name: np.array([given], dtype=np.float32)})[0][0])


def test_the_halves_do_what_the_whole_does() -> None:
    parts = cut(WHOLE, "/dec/Mul")
    assert parts.tensor == "z"
    assert ran(parts.front, "x", 5) == 11
    assert ran(parts.back, "z", 11) == ran(WHOLE, "x", 5) == 34


def test_each_half_has_only_its_own_weights() -> None:
    parts = cut(WHOLE, "/dec/Mul")
    assert b"three" not in parts.front
    assert b"two" not in parts.back
    assert b"unused" not in parts.front + parts.back
    assert b"one" in parts.front
    assert b"one" in parts.back


@pytest.mark.parametrize("place", ["/dec/Nowhere", ""])
def test_a_place_that_is_not_there_is_said(place: str) -> None:
    with pytest.raises(NotCut):
        cut(WHOLE, place)


def test_a_model_whose_second_half_needs_more_is_not_cut() -> None:
    # Its second half looks at the input again: with one tensor alone it cannot run.
    again = node("Add", "/dec/Add", ["b", "x"], ["y"])
    with pytest.raises(NotCut):
        cut(model(*NODES[:3], again, *WEIGHTS, value(11, "x"), value(12, "y")), "/dec/Mul")
    # The beginning is no place between two halves.
    with pytest.raises(NotCut):
        cut(WHOLE, "/enc/Mul")
    two = model(*NODES, *WEIGHTS, value(11, "x"), value(12, "y"), value(12, "b"))
    with pytest.raises(NotCut):
        cut(two, "/dec/Mul")


@pytest.mark.parametrize("length", range(0, len(WHOLE), 7))
def test_a_model_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(NotCut):
        cut(WHOLE[:length], "/dec/Mul")


@given(st.binary(max_size=80))
def test_no_bytes_break_it(told: bytes) -> None:
    for given_bytes in (told, message(7, told)):
        try:
            assert isinstance(cut(given_bytes, "/dec/Mul"), Parts)
        except NotCut:
            continue
