import os
from pathlib import Path

import pytest

from daemon import paths
from models import catalogue
from models.ports import ModelError
from models.store import ModelStore


@pytest.fixture(scope="session")
def model_store() -> ModelStore:
    """The models that a fresh configuration uses, all of them verified."""
    store = ModelStore(paths.models(), catalogue.load(), ("wheel",))
    for model in store.catalogue.default:
        try:
            store.path(model.id)
        except ModelError as error:
            pytest.skip(f"no models: {error}; `auricle models pull` brings them")
    return store


@pytest.fixture(scope="session")
def whisper_dir(request: pytest.FixtureRequest) -> Path:
    """A Whisper model: the one that AURICLE_TEST_WHISPER names, else the configured one."""
    if folder := os.environ.get("AURICLE_TEST_WHISPER"):
        return Path(folder)
    store: ModelStore = request.getfixturevalue("model_store")
    return store.path(next(m.id for m in store.catalogue.default if m.role == "ear"))
