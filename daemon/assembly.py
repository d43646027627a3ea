"""Puts the engines together as the configuration and the hardware say."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from audio.silero import Silero
from audio.smart_turn import SmartTurn
from daemon import paths
from daemon.config import Config, ConfigError
from daemon.judging import Judging
from models import catalogue, hardware, plan
from models.catalogue import Model
from models.embedder import MiniLm
from models.hardware import Hardware
from models.llama import LlamaMind
from models.phrase_cache import PhraseCache
from models.piper import PiperMouth, manner
from models.plan import Plan, Wishes
from models.providers import Sessions
from models.store import ModelStore
from models.whisper import WhisperEar

_CONTEXT_MARGIN = 64
"""Tokens of the context that neither prompt nor answer may fill: template and rounding."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What engines are made from."""

    config: Config
    store: ModelStore
    hardware: Hardware
    plan: Plan
    sessions: Sessions

    def model(self, role: str) -> Model:
        """The model that is configured for a role."""
        chosen = self.config.settings.models
        names = {"mind": self.plan.mind, "ear": chosen.ear, "mouth": chosen.mouth}
        if role in names:
            return self.store.catalogue.model(names[role])
        return next(model for model in self.store.catalogue.default if model.role == role)

    def models(self) -> Iterator[Model]:
        """All models that this configuration needs."""
        for role in ("ear", "mind", "mouth", "vad", "turn", "embedder"):
            yield self.model(role)

    async def folder(self, role: str) -> Path:
        """Folder of a role's verified files.

        Raises:
            ModelMissing: says which command brings them.
            ModelCorrupt: likewise.
        """
        # The first use after a download hashes every file.
        return await asyncio.to_thread(self.store.path, self.model(role).id)

    async def weights(self, role: str) -> Path:
        """The largest of a role's files."""
        model = self.model(role)
        return await self.folder(role) / max(model.files, key=lambda file: file.size).name


def workshop(config: Config) -> Workshop:
    """Look at the machine and decide; loads nothing.

    Raises:
        ConfigError: a model, profile or provider that does not exist.
    """
    chosen = config.settings.models
    threads = chosen.threads or None
    wishes = Wishes(
        profile=None if chosen.profile == "auto" else chosen.profile,
        providers=chosen.providers or None,
        mind=None if chosen.mind == "auto" else chosen.mind,
        mind_gpu_layers=None if chosen.gpu_layers < 0 else chosen.gpu_layers,
        ear_threads=threads,
        mind_threads=threads,
        mind_prompt_threads=threads,
        mouth_threads=threads,
    )
    store = ModelStore(paths.models(), catalogue.load(), chosen.sources)
    found = hardware.probe()
    try:
        chosen_plan = plan.plan(found, wishes)
    except ValueError as error:
        raise ConfigError(f"models: {error}") from error
    made = Workshop(config, store, found, chosen_plan, Sessions(chosen_plan.providers))
    for role, key in (("mind", chosen_plan.mind), ("ear", chosen.ear), ("mouth", chosen.mouth)):
        _check(store, role, key)
    return made


def _check(store: ModelStore, role: str, name: str) -> None:
    try:
        model = store.catalogue.model(name)
    except catalogue.CatalogueError as error:
        raise ConfigError(f"models.{role}: {error}") from error
    if model.role != role:
        raise ConfigError(f"models.{role}: {name} is not for the {role} but for the {model.role}")


@asynccontextmanager
async def mind(shop: Workshop) -> AsyncIterator[LlamaMind]:
    """The language model, loaded."""
    settings = shop.config.settings.conversation
    engine = await LlamaMind.load(
        await shop.weights("mind"),
        threads=shop.plan.mind_threads,
        prompt_threads=shop.plan.mind_prompt_threads,
        context=settings.prompt_tokens + settings.answer_tokens + _CONTEXT_MARGIN,
        gpu_layers=shop.plan.mind_gpu_layers,
        prompts=paths.prompts(),
    )
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def ear(shop: Workshop) -> AsyncIterator[WhisperEar]:
    """The transcriber, loaded and warmed."""
    engine = await WhisperEar.load(await shop.folder("ear"), threads=shop.plan.ear_threads)
    try:
        await engine.warm()
        yield engine
    finally:
        engine.close()


@asynccontextmanager
async def mouth(shop: Workshop) -> AsyncIterator[PhraseCache]:
    """The voice, loaded and warmed, with what it says often."""
    engine = await PiperMouth.load(
        await shop.weights("mouth"), shop.sessions, shop.plan.mouth_threads
    )
    identity = f"{shop.model('mouth').identity} {manner()}"
    cache = PhraseCache(engine, paths.phrases(), identity)
    try:
        yield cache
    finally:
        await cache.close()
        engine.close()


@asynccontextmanager
async def judge(shop: Workshop) -> AsyncIterator[Judging]:
    """Who tells by the sound whether somebody has finished."""
    weights = await shop.weights("turn")
    engine = Judging(await asyncio.to_thread(SmartTurn, weights))
    try:
        yield engine
    finally:
        engine.close()


async def vad(shop: Workshop) -> Silero:
    """Who tells speech from other sounds."""
    return await asyncio.to_thread(Silero, await shop.weights("vad"))


@asynccontextmanager
async def embedder(shop: Workshop) -> AsyncIterator[MiniLm]:
    """The embedder, loaded and warmed."""
    engine = MiniLm(
        await shop.folder("embedder"),
        shop.model("embedder").identity,
        shop.sessions,
        shop.plan.embedder_threads,
    )
    try:
        await engine.warm()
        yield engine
    finally:
        engine.close()
