"""Silero VAD v6: how likely a window of sound holds speech."""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from audio.frames import RATE, Pcm
from audio.ports import AudioError

WINDOW = 512
"""Samples that the model judges at once at 16 kHz: 32 ms; it accepts no other length."""

_CONTEXT = 64
"""Samples of the window before that the model wants in front (silero-vad, `OnnxWrapper`)."""

_STATE = (2, 1, 128)
"""Shape of the recurrent state: layers, batch, units."""


_UNUSABLE = (native.NoSuchFile, native.InvalidProtobuf, native.InvalidGraph, native.Fail)
"""What ONNX Runtime raises for a file that is missing, damaged or something else."""


class Silero:
    """Judges consecutive windows; its state carries over from one to the next until `reset`.

    Raises:
        AudioError: from the constructor, when the file is missing or not such a model.
    """

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        # A window is a fraction of a millisecond of work: a second thread costs more than it gives.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except _UNUSABLE as error:
            raise AudioError(
                f"{model}: not a usable Silero model; run: auricle models verify"
            ) from error
        self._rate = np.array(RATE, dtype=np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard: the next window begins a new stream."""
        self._state: NDArray[np.float32] = np.zeros(_STATE, dtype=np.float32)
        self._input: NDArray[np.float32] = np.zeros((1, _CONTEXT + WINDOW), dtype=np.float32)

    def probability(self, window: Pcm) -> float:
        """Probability that the window holds speech, 0..1.

        Args:
            window: mono int16 at 16 kHz, shape (WINDOW,).
        """
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = window
        self._input[0, _CONTEXT:] /= 32768.0
        output, self._state = self._session.run(
            None, {"input": self._input, "state": self._state, "sr": self._rate}
        )
        return float(output[0, 0])
