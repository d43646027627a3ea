import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def whisper_dir() -> Path:
    folder = os.environ.get("AURICLE_TEST_WHISPER")
    if not folder:
        pytest.skip("no Whisper model: AURICLE_TEST_WHISPER names no folder")
    return Path(folder)
