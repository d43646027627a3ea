from pathlib import Path

import pytest

from audio.ports import AudioError
from audio.silero import Silero


def test_a_missing_or_broken_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="auricle models verify"):
        Silero(tmp_path / "missing.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"this is no model")
    with pytest.raises(AudioError, match=r"broken\.onnx"):
        Silero(broken)
