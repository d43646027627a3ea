"""Lines that machines can read, and that never hold what people say."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from daemon.knowledge import Knowledge
from daemon.logs import set_up
from daemon.sessions import Sessions
from memory.store import Store
from models.ports import EngineFailed, Transcript
from sensors.house import House
from sensors.registry import Registry
from sensors.telling import Telling
from tests.clock import run
from tests.daemon.stage import Stage, spoken
from tests.daemon.test_turn import BreakingMind, BreakingVoice
from tests.doubles.embedder import WordEmbedder
from tests.doubles.models import ScriptedEar, ScriptedMind


def records(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


@pytest.mark.usefixtures("quiet_logging")
def test_a_line_is_one_json_object_whatever_is_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    set_up("info", "auto")
    log = logging.getLogger("daemon.test")
    log.info('two\nlines and "quotes" of %s', "Grüße")
    try:
        int("no\nway")
    except ValueError:
        log.exception("it failed")
    log.log(25, "of a level without a name")
    first, second, third = records(capsys.readouterr().err)
    assert first["message"] == 'two\nlines and "quotes" of Grüße'
    assert (first["level"], first["from"]) == ("info", "daemon.test")
    assert first["at"].endswith("+00:00")
    assert "ValueError: invalid literal" in second["error"]
    assert third["message"] == "of a level without a name"


@pytest.mark.usefixtures("quiet_logging")
def test_the_journal_is_told_the_severity(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "9:1")
    set_up("debug", "json")
    log = logging.getLogger("daemon.test")
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, 25):
        log.log(level, "x")
    assert [line[:3] for line in capsys.readouterr().err.splitlines()] == [
        *("<7>", "<6>", "<4>", "<3>", "<6>")
    ]


@pytest.mark.usefixtures("quiet_logging")
def test_only_our_own_rooms_talk_and_only_from_their_level_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("info", "json")
    for name in ("daemon.turn", "memory.x", "piper.voice", "faster_whisper", "somebody", "asyncio"):
        logging.getLogger(name).debug("debug")
        logging.getLogger(name).info("info")
        logging.getLogger(name).warning("warning")
    told = [(record["from"], record["level"]) for record in records(capsys.readouterr().err)]
    assert [level for name, level in told if name in {"daemon.turn", "memory.x"}] == [
        *("info", "warning", "info", "warning")
    ]
    others = [level for name, level in told if name not in {"daemon.turn", "memory.x"}]
    assert set(others) == {"warning"}


@pytest.mark.usefixtures("quiet_logging")
def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", "text")
    logging.getLogger("daemon.test").warning("hello")
    assert capsys.readouterr().err.rstrip().endswith("WARNING hello")


ASKED = "remember my xylophone is in the attic"
ANSWERED = "Your quokka is fine. Then came a wombat, and it was large."


class Remembering(Stage):
    """Keeps its turns as the daemon does."""

    knowledge: Knowledge | None = None

    async def keep(self, turn: Any) -> None:
        assert self.knowledge is not None
        await self.knowledge.keep(turn)
        await super().keep(turn)

    async def recall(self, question: str, session: str) -> Any:
        assert self.knowledge is not None
        return await self.knowledge.recall(question, session)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"mind": BreakingMind([ANSWERED, ANSWERED], after=7)},
        {"voice": BreakingVoice(at=frozenset({1}))},
        {"transcriber": ScriptedEar([Transcript("", 0.1, "en", "xylophone again"), ASKED])},
        {"barge_in": False},
    ],
)
def test_what_people_say_never_enters_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, parts: dict[str, Any]
) -> None:
    caplog.set_level(logging.DEBUG)
    mind = parts.pop("mind", ScriptedMind([ANSWERED, ANSWERED]))
    ear = parts.pop("transcriber", ScriptedEar([ASKED, ASKED]))
    embedder = WordEmbedder()
    embedder.failing = True

    async def main() -> list[str]:
        stage = Remembering(spoken(0.5, 1.0, 3.0, 1.0, 0.3), mind=mind, transcriber=ear, **parts)
        async with Store.open(tmp_path / "m.db", embedder) as store:
            sessions = Sessions(store.journal, mind, list, 180, 100)
            house = House()
            telling = Telling(house, Registry(house))
            stage.knowledge = Knowledge(store, telling, sessions, passages=3, remember_speech=True)
            await stage.play()
            return [turn.asked + turn.answered for turn in await store.journal.last(9)]

    told = run(main())
    assert any("xylophone" in turn and "quokka" in turn for turn in told), "they did talk"
    text = "\n".join(
        f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records
    )
    assert caplog.records
    for word in ("xylophone", "attic", "quokka", "wombat"):
        assert word not in text


def test_an_engines_failure_is_told_without_the_words(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        stage = Stage(
            spoken(0.5, 1.0, 0.3),
            transcriber=ScriptedEar([ASKED]),
            mind=BreakingMind([ANSWERED], after=2),
        )
        run(stage.play())
    assert "EngineFailed: the mind gave up" in caplog.text
    assert isinstance(EngineFailed("x"), Exception)
