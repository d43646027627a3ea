"""How much of a prompt is in the cache already: real mind, real memory, a house that changes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from daemon import assembly
from daemon import brain as thinking
from daemon.announcements import Announcements
from daemon.brain import Brain, brain
from daemon.config import load
from daemon.controls import Controls
from daemon.exchange import Exchange
from daemon.household import Outlets
from daemon.stopwatch import Stopwatch
from memory.records import Passage, Turn
from models.ports import Transcript
from models.store import ModelStore
from sensors.events import Reading

pytestmark = [pytest.mark.models, pytest.mark.slow]

SHARE, TYPED_SHARE = 0.9, 0.85
"""Of a prompt, that need not be read from the second turn of a session on. Who types gives no time
to look anything up before the question is whole."""

QUESTIONS = (
    "And why is the sky blue?",
    "Did the washing machine finish before the bedroom got colder?",
    "Why would the bathroom be so humid now?",
)


def _readings(turn: int) -> list[Reading]:
    now = time.time()
    return [
        Reading(f"{room}/{what}", room, what, value + turn, unit, now, f"home/{room}/sensor")
        for room, what, value, unit in (
            ("bedroom", "temperature", 20.5, "°C"),
            ("bathroom", "humidity", 55.0, "%"),
            ("kitchen", "temperature", 22.0, "°C"),
        )
    ]


@asynccontextmanager
async def _brain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Brain]:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    outlets = Outlets(Announcements(), Controls())
    # The policy holds for the whole process, which is that of other tests too.
    with patch.object(thinking, "egress"):
        config = load(environment={"AURICLE_MQTT__ENABLED": "false"})
        async with brain(assembly.workshop(config), None, outlets) as made:
            yield made


async def _take(made: Brain, question: str, *, spoken: bool) -> Turn:
    loop = asyncio.get_running_loop()

    async def words() -> Transcript:
        return Transcript(question, 1.0, "en")

    turn = await made.sessions.begin("text", time.time())
    if spoken:  # The first words are known before the last ones are spoken.
        await made.turns.thinking.read_ahead(question.rpartition(" ")[0], turn.session)
    await made.turns.take(Exchange(turn, Stopwatch(loop.time(), loop.time), words()))
    await made.sessions.rest(turn.session)
    assert not turn.error
    return turn


def _shares(turns: Sequence[Turn]) -> list[float]:
    assert all(turn.prompt_tokens for turn in turns), "some were answered without thinking"
    return [turn.kv_reused / turn.prompt_tokens for turn in turns]


def test_from_the_second_turn_on_nearly_all_of_a_prompt_is_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_store: ModelStore
) -> None:
    async def scenario() -> tuple[list[Turn], list[Turn]]:
        typed, spoken = list[Turn](), list[Turn]()
        async with _brain(tmp_path, monkeypatch) as made:
            household = made.household
            house, registry = household.house, household.registry
            house.apply(registry.observe(_readings(0)))
            told = "The washing machine finished.", "The bedroom window was opened."
            passages = [Passage(0, text, "mqtt:x", time.time() - 3600) for text in told]
            await household.store.passages.remember(passages)
            await made.sessions.prepare()
            await _take(made, "Good morning, who are you?", spoken=False)
            for number, question in enumerate(QUESTIONS):
                house.apply(registry.observe(_readings(number)))
                typed.append(await _take(made, question, spoken=False))
                house.apply(registry.observe(_readings(number + 1)))
                spoken.append(await _take(made, question, spoken=True))
        return typed, spoken

    typed, spoken = asyncio.run(scenario())
    turns = [*typed, *spoken]
    assert len({turn.session for turn in turns}) == 1
    origins = {source.origin for turn in turns for source in turn.sources}
    assert "mqtt:x" in origins, "something was recalled"
    assert any(origin.startswith("mqtt:home/") for origin in origins), "the house was asked"
    assert min(_shares(spoken)) >= SHARE
    assert min(_shares(typed)) >= TYPED_SHARE
