import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.ports import EngineFailed
from models.providers import CPU, Provider, Sessions

ROOT = Path(__file__).parents[2]
NPU = Provider("OpenVINOExecutionProvider", {"device_type": "NPU"})
CUDA = Provider("CUDAExecutionProvider")


class Part:
    def __init__(self, ep_name: str, nodes: int) -> None:
        self.ep_name = ep_name
        self._nodes = nodes

    def get_nodes(self) -> list[int]:
        return [0] * self._nodes


class Settings:
    intra_op_num_threads = 0

    def add_session_config_entry(self, key: str, value: str) -> None:
        setattr(self, key, value)


class Runtime:
    """ONNX Runtime as `Sessions` sees it. `fails`, `drops`, `skips` name providers that do."""

    SessionOptions = Settings

    def __init__(self, fails: str = "", drops: str = "", skips: str = "") -> None:
        self.fails, self.drops, self.skips = fails, drops, skips
        self.asked: list[Any] = []

    def get_available_providers(self) -> list[str]:
        return [NPU.name, CUDA.name, CPU.name]

    def InferenceSession(  # noqa: N802 - ONNX Runtime's name
        self, model: str, settings: Settings, providers: Sequence[Any], *, enable_fallback: bool
    ) -> "FakeSession":
        assert not enable_fallback, "the runtime must not change the provider by itself"
        self.asked.append((providers[0], settings.intra_op_num_threads))
        name = providers[0][0]
        if name == self.fails:
            raise RuntimeError("pages of addresses\n\n  the device is asleep\n")
        return FakeSession(CPU.name if name == self.drops else name, name == self.skips)


class FakeSession:
    def __init__(self, provider: str, skips: bool) -> None:
        self._provider, self._skips = provider, skips

    def get_providers(self) -> list[str]:
        return list(dict.fromkeys([self._provider, CPU.name]))

    def get_provider_graph_assignment_info(self) -> list[Part]:
        mine = [] if self._skips else [Part(self._provider, 1), Part(self._provider, 4)]
        return [*mine, Part(CPU.name, 2)]

    def run(self, names: object, inputs: object) -> list[Any]:
        return []


def test_the_first_provider_that_works_is_used() -> None:
    runtime = Runtime()
    opened = Sessions([NPU, CUDA], runtime).open(Path("m.onnx"), 3)
    assert opened.provider == NPU
    assert dict(opened.nodes) == {NPU.name: 5, CPU.name: 2}
    assert not opened.refused
    assert runtime.asked == [((NPU.name, {"device_type": "NPU"}), 3)]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"fails": NPU.name}, "the device is asleep"),
        ({"drops": NPU.name}, "ONNX Runtime dropped it"),
        ({"skips": NPU.name}, "it supports none of the 2 nodes"),
    ],
)
def test_a_provider_that_does_not_work_is_named_once_and_the_cpu_works(
    fault: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    sessions = Sessions([NPU], Runtime(**fault))
    for _ in range(3):
        opened = sessions.open(Path("m.onnx"), 1)
        assert opened.provider == CPU
        assert reason in opened.refused["OpenVINO:device_type=NPU"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "OpenVINO:device_type=NPU cannot run m.onnx, the CPU does" in caplog.text
    assert reason in caplog.text
    assert len(sessions.opened) == 3


def test_a_provider_that_fails_at_its_first_run_is_not_used(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def first_run(session: Any) -> None:
        if session.get_providers()[0] == NPU.name:
            raise RuntimeError("unsupported shape")

    opened = Sessions([NPU, CUDA], Runtime()).open(Path("m.onnx"), 1, first_run)
    assert opened.provider == CUDA
    assert "unsupported shape" in caplog.text


def test_what_not_even_the_cpu_can_do_is_an_error() -> None:
    with pytest.raises(EngineFailed, match="the device is asleep"):
        Sessions([], Runtime(fails=CPU.name)).open(Path("m.onnx"), 1)


def test_names_are_read_as_people_write_them() -> None:
    assert Provider.parse("OpenVINOExecutionProvider") == Provider("OpenVINOExecutionProvider")
    parsed = Provider.parse("openvino:device_type=GPU, num_streams=2")
    assert parsed.options == {"device_type": "GPU", "num_streams": "2"}
    assert Provider.parse(str(parsed)) == parsed


# An ONNX model in 60 bytes (y = x + x), so that the real runtime is tested without any download.
def tiny_model(path: Path) -> Path:
    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    kind = field(1, bytes([1 << 3, 1]) + field(2, field(1, b"\x08\x02")))  # float, shape (2)
    value = field(2, kind)
    node = field(1, b"x") + field(1, b"x") + field(2, b"y") + field(4, b"Add")
    graph = field(1, node) + field(2, b"g")
    graph += field(11, field(1, b"x") + value) + field(12, field(1, b"y") + value)
    path.write_bytes(b"\x08\x08" + field(7, graph) + field(8, b"\x10\x0d"))
    return path


def test_the_real_runtime_says_that_a_provider_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sessions = Sessions([Provider.parse("rknpu")])
    opened = sessions.open(tiny_model(tmp_path / "m.onnx"), 1)
    assert opened.provider == CPU
    assert dict(opened.nodes) == {CPU.name: 1}
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "Rknpu cannot run m.onnx" in warnings[0].getMessage()
    (output,) = opened.session.run(None, {"x": np.array([1, 2], np.float32)})
    assert output.tolist() == [2, 4]


@pytest.mark.parametrize("content", [None, b"", b"this is no model"])
def test_the_real_runtime_cannot_open_what_is_no_model(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(EngineFailed, match=r"m\.onnx cannot be run"):
        Sessions([]).open(tmp_path / "m.onnx", 1)


@pytest.mark.slow
@pytest.mark.models
def test_a_second_real_provider_computes_the_same() -> None:
    python = os.environ.get("AURICLE_TEST_OPENVINO_PYTHON")
    store = os.environ.get("AURICLE_TEST_MODELS")
    if not python or not store:
        pytest.skip(
            "AURICLE_TEST_OPENVINO_PYTHON (a Python with onnxruntime-openvino, tokenizers, numpy)"
            " or AURICLE_TEST_MODELS (a model store) is not set"
        )
    command = ["-m", "tests.bench.providers", "--models", store, "--provider", "openvino"]
    said = subprocess.run([python, *command], cwd=ROOT, capture_output=True, text=True, check=True)
    report = json.loads(said.stdout)["models"]
    for model in ("minilm-l6-int8", "piper-en-us-joe"):
        assert report[model]["wanted"]["runs_on"] == "OpenVINO"
        assert report[model]["cosine"] > 0.9999
        assert report[model]["largest_difference"] < 1e-3
    # Silero's graph cannot be compiled by every version of OpenVINO; then it has to say so.
    vad = report["silero-vad"]["wanted"]
    assert vad["runs_on"] == "OpenVINO" or "OpenVINO cannot run silero_vad.onnx" in said.stderr
    assert report["silero-vad"]["cosine"] > 0.9999


def test_the_benchmark_and_the_product_share_one_python() -> None:
    # The benchmark is run by foreign Pythons: it may import only what such an environment has.
    code = "import sys; sys.modules['pydantic'] = None; import tests.bench.providers"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
