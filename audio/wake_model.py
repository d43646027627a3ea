"""One microWakeWord model: the streaming network that knows one phrase.

Models and the TensorFlow Lite runtime come with pymicro-wakeword; only its declarations of the C
interface are used, because its own wrapper crashes on a damaged file and costs twice the time.
"""

import ctypes
import json
import weakref
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pymicro_wakeword
from numpy.typing import NDArray
from pymicro_wakeword.wakeword import TfLiteQuantizationParams, TfLiteWakeWord

from audio.ports import WakeModelError

FEATURES: Final = 40
"""Values per step of 10 ms that every microWakeWord model is given."""

_STEP_MS: Final = 10
"""Milliseconds between two features; models for another step cannot share ours."""

_TYPES: Final = {3: np.dtype(np.uint8), 9: np.dtype(np.int8)}
"""TfLiteType of a quantised tensor: kTfLiteUInt8, kTfLiteInt8."""

_FOLDER: Final = Path(pymicro_wakeword.__file__).parent


class WakeModel:
    """Takes features in their order; remembers those that its network still looks at.

    Args:
        config: microWakeWord's .json file; the .tflite that it names lies beside it.

    Attributes:
        cutoff: probability above which its makers count the phrase as said, 0..1.
        window: successive probabilities that are averaged.

    Raises:
        WakeModelError: from the constructor, when a file is missing, damaged or of another kind;
            says what to do.
    """

    def __init__(self, config: Path) -> None:
        told = _told(config)
        self.cutoff = float(told["probability_cutoff"])
        self.window = int(told["sliding_window_size"])
        self._file = Path(told["file"])
        self.reset()
        shape = (self._network.input.values.size // FEATURES, FEATURES)
        self._steps = np.zeros(shape, dtype=np.float32)

    def reset(self) -> None:
        """Forget what was heard; takes a third of a millisecond.

        The network is made anew: TensorFlow Lite has no other way to empty its memory.
        """
        self._network = _Network(self._file)
        self._filled = 0

    @property
    def stride(self) -> int:
        """Features that make one probability."""
        return len(self._steps)

    def hear(self, feature: NDArray[np.float64]) -> float | None:
        """Take the next feature, FEATURES values.

        Returns:
            With every `stride`th one, the probability that the phrase has just been said, 0..1.
        """
        self._steps[self._filled] = feature
        self._filled += 1
        if self._filled < self.stride:
            return None
        self._filled = 0
        return self._network.run(self._steps.ravel())


class _Network:
    """A network in memory, with what it remembers."""

    def __init__(self, file: Path) -> None:
        lib = _runtime()
        model = lib.TfLiteModelCreateFromFile(str(file).encode())
        interpreter = lib.TfLiteInterpreterCreate(model, None) if model else None
        if not interpreter or lib.TfLiteInterpreterAllocateTensors(interpreter):
            raise WakeModelError(f"{file}: not a usable wake word model; get it again")
        weakref.finalize(self, _freed, lib, model, interpreter)
        self._invoke = lib.TfLiteInterpreterInvoke
        self._interpreter = ctypes.c_void_p(interpreter)
        self.input = _Tensor(lib, lib.TfLiteInterpreterGetInputTensor(interpreter, 0))
        self._output = _Tensor(lib, lib.TfLiteInterpreterGetOutputTensor(interpreter, 0))
        if self.input.values.size % FEATURES or self._output.values.size != 1:
            raise WakeModelError(f"{file}: not a streaming model of one wake word")

    def run(self, steps: NDArray[np.float32]) -> float:
        """The probability after these further features."""
        self.input.write(steps)
        self._invoke(self._interpreter)
        return self._output.read()


class _Tensor:
    """A quantised tensor of an interpreter and a buffer of its size."""

    def __init__(self, lib: Any, handle: int) -> None:
        self._lib = lib
        self._handle = ctypes.c_void_p(handle)
        kind = _TYPES.get(lib.TfLiteTensorType(self._handle))
        if kind is None:
            raise WakeModelError("the wake word model is not quantised to 8 bits")
        quantised: TfLiteQuantizationParams = lib.TfLiteTensorQuantizationParams(self._handle)
        self._scale, self._zero = np.float32(quantised.scale), np.float32(quantised.zero_point)
        self.values = np.zeros(lib.TfLiteTensorByteSize(self._handle), dtype=kind)
        self._limits = np.iinfo(kind)
        self._at = self.values.ctypes.data_as(ctypes.c_void_p)

    def write(self, values: NDArray[np.float32]) -> None:
        steps = np.rint(values / self._scale + self._zero)
        self.values[:] = np.minimum(np.maximum(steps, self._limits.min), self._limits.max)
        self._lib.TfLiteTensorCopyFromBuffer(self._handle, self._at, self.values.nbytes)

    def read(self) -> float:
        self._lib.TfLiteTensorCopyToBuffer(self._handle, self._at, self.values.nbytes)
        return float((self.values[0] - self._zero) * self._scale)


def built_in() -> dict[str, Path]:
    """The phrases that come with the package, and their .json files."""
    return {path.stem: path for path in sorted((_FOLDER / "models").glob("*.json"))}


@cache
def _runtime() -> Any:
    libraries = sorted((_FOLDER / "lib").glob("*tensorflowlite_c.*"))
    if not libraries:
        raise WakeModelError(
            "pymicro-wakeword has no TensorFlow Lite for this kind of computer; "
            'set listening.mode = "open" or "push"'
        )
    return TfLiteWakeWord(libraries[0]).lib


def _freed(lib: Any, model: int, interpreter: int) -> None:
    lib.TfLiteInterpreterDelete(interpreter)
    lib.TfLiteModelDelete(model)


def _told(config: Path) -> dict[str, Any]:
    """What a .json file says of its model, "file" included."""
    try:
        told = json.loads(config.read_text("utf-8"))
        known: dict[str, Any] = {**told["micro"], "file": config.parent / told["model"]}
        cutoff, window = float(known["probability_cutoff"]), int(known["sliding_window_size"])
    except OSError as error:
        raise WakeModelError(f"{config}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise WakeModelError(f"{config}: does not describe a microWakeWord model") from error
    if not (0 < cutoff < 1 and window > 0):
        raise WakeModelError(f"{config}: its probability_cutoff or sliding_window_size is no use")
    if known.get("feature_step_size", _STEP_MS) != _STEP_MS:
        raise WakeModelError(f"{config}: its features are not made every {_STEP_MS} ms")
    if not known["file"].is_file():
        raise WakeModelError(f"{config}: {known['file'].name} does not lie beside it")
    return known
