import logging
from collections.abc import Iterator

import pytest


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    """Lets a test set up logging as a process does; afterwards everything is as it was."""
    root = logging.getLogger()
    rooms = ("audio", "daemon", "memory", "models", "sensors", "sync")
    names = ("", *rooms, "asyncio", "piper", "faster_whisper", "httpx")
    before = {name: logging.getLogger(name).level for name in names}
    handlers, root.handlers = root.handlers, []
    yield
    root.handlers = handlers
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
