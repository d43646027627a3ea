"""The tools are read once, ahead; what is asked before that is not made to wait for it."""

from collections.abc import Sequence
from typing import Any

from daemon.prompt import Context
from daemon.tools.chooser import Chooser
from models.ports import Message, ToolCall
from tests.clock import run
from tests.daemon.tools.test_choosing import LOOK, ON
from tests.doubles.home import Home
from tests.doubles.models import ScriptedMind


class Gate:
    def __init__(self) -> None:
        self.all = [ON, LOOK]

    def tools(self) -> Any:
        return self.all


class Giving(ScriptedMind):
    """Gives way to somebody the first time."""

    async def warm_choosing(self, prompt: Sequence[Message], *, keep: bool = True) -> bool:
        await super().warm_choosing(prompt, keep=keep)
        return len(self.warmed_choosing) > 1


def chooser(mind: ScriptedMind) -> Chooser:
    return Chooser(mind, Gate(), Home(), "en")  # type: ignore[arg-type]


LOOKING = ToolCall("HassGetState", {})
ASKED = "is the lamp on?"


def test_a_question_does_not_wait_for_tools_that_nobody_has_read() -> None:
    mind = Giving([], choices=[LOOKING])

    async def main() -> list[Any]:
        choosing = chooser(mind)
        before = await choosing.choose(ASKED, Context())
        gave_way = await choosing.warm()
        still = await choosing.choose(ASKED, Context())
        return [
            before,
            gave_way,
            still,
            await choosing.warm(),
            await choosing.choose(ASKED, Context()),
        ]

    assert run(main()) == [None, False, None, True, LOOKING]


def test_an_order_waits_for_them() -> None:
    mind = ScriptedMind([], choices=[ToolCall("HassTurnOn", {})])
    assert run(chooser(mind).choose("turn on the lamp", Context())) == ToolCall("HassTurnOn", {})
    assert mind.warmed_choosing


def test_words_that_are_still_being_said_are_read_behind_the_tools_and_kept_nowhere() -> None:
    kept: list[bool] = []

    class Keeping(ScriptedMind):
        async def warm_choosing(self, prompt: Sequence[Message], *, keep: bool = True) -> bool:
            kept.append(keep)
            return await super().warm_choosing(prompt, keep=keep)

    mind = Keeping([])

    async def main() -> None:
        choosing = chooser(mind)
        await choosing.prepare("is the lamp", Context())
        await choosing.warm()
        await choosing.prepare("is the lamp", Context())

    run(main())
    assert kept == [True, False]
    assert mind.warmed_choosing[1][-1] == Message("user", "is the lamp")
    assert mind.warmed_choosing[1][:-1] == mind.warmed_choosing[0]


def test_a_question_about_nothing_in_the_house_is_not_given_to_it() -> None:
    mind = ScriptedMind([])

    async def main() -> ToolCall | None:
        choosing = chooser(mind)
        await choosing.warm()
        return await choosing.choose("what language do people speak in Brazil", Context())

    assert run(main()) is None
    assert mind.offered == []
