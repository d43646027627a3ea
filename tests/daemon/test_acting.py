"""What is done because of words: by the grammar, an answer, or the mind; through the real gate."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from daemon.acting import Acting
from daemon.intents.intent import Intent, Understood, Unsure
from daemon.obeying import Obeying
from daemon.pending import PATIENCE_S, Option
from daemon.placing import where
from daemon.prompt import Context
from daemon.tools.gate import Gate
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.records import Turn
from memory.store import Store
from memory.timers import Timer
from models.ports import ToolCall
from tests.clock import run

T = TypeVar("T")
LAMP = Intent("Switch", {"name": "lamp"})
DOOR = Intent("Unlock", {"name": "door"})
FAN = Intent("Switch", {"domain": "fan"}, unplaced=True)
ANY = {"type": "object"}
RAIN = ToolResult("done", {"text": "Rain at noon."})
PLACED = {"type": "object", "properties": {"brightness": {"type": "integer"}, "area": {}}}


def _result(result: ToolResult) -> Callable[[Mapping[str, Any], Occasion], Awaitable[ToolResult]]:
    async def give(_arguments: Mapping[str, Any], _occasion: Occasion) -> ToolResult:
        return result

    return give


class Scene:
    """A grammar of whole sentences, a gate with three tools, and somebody who talks."""

    def __init__(self, folder: Path, *, area: str = "", rooms: tuple[str, ...] = ()) -> None:
        self.path = folder / "m.db"
        self.area = area
        self.rooms = rooms
        self.now = 1_000.0
        self.done: list[tuple[str, Mapping[str, Any]]] = []
        self.occasions: list[Occasion] = []
        self.sentences: dict[str, Understood] = {
            "lamp on": LAMP,
            "unlock": DOOR,
            "lamp on and unlock and lamp on": (LAMP, DOOR, LAMP),
            "fan on": FAN,
            "lamb on": Unsure("Did you mean the lamp?", (LAMP,)),
        }
        self.chosen: ToolCall | None = None
        self.turns: list[Turn] = []

    def recognise(self, text: str, *, area: str = "", confidence: float = 1.0) -> Understood | None:
        assert confidence
        assert area == self.area
        return self.sentences.get(text)

    def worded(self, call: ToolCall, response: str, result: ToolResult) -> str:
        return f"{call.name} {result.status}"

    async def choose(self, asked: str, context: Context) -> ToolCall | None:
        return self.chosen

    def tool(self, name: str, *, asks: str = "", choices: bool = False) -> Tool:
        async def do(arguments: Mapping[str, Any], occasion: Occasion) -> ToolResult:
            await asyncio.sleep(1.0)
            if choices and "name" not in arguments:
                options = [{"label": one, "arguments": {"name": one}} for one in ("red", "blue")]
                return ToolResult("ask", {"choices": options}, "Which one: red or blue?")
            self.done.append((name, arguments))
            self.occasions.append(occasion)
            return ToolResult("done")

        return Tool(name, "", ANY, do, confirm=lambda _arguments, _occasion: asks)

    def play(self, script: Callable[["Talk"], Awaitable[T]]) -> T:
        async def main() -> T:
            async with Store.open(self.path) as store:
                tools = [
                    self.tool("Switch"),
                    self.tool("Unlock", asks="Shall I unlock the door?"),
                    self.tool("Pick", choices=True),
                    self.tool("AuricleStopRinging"),
                    replace(self.tool("Shine"), schema=PLACED),
                    Tool(
                        "weather.forecast",
                        "",
                        ANY,
                        _result(ToolResult("done", {"text": "Rain at noon."})),
                    ),
                    Tool("weather.now", "", ANY, _result(RAIN), effect="read"),
                    Tool("Lost", "", ANY, _result(ToolResult("failed")), effect="read"),
                    self.tool("AuricleSnooze"),
                ]
                gate = Gate(tools, store.audit)
                acting = Acting(
                    self, gate, self, self.choose,
                    area=self.area, rooms=lambda _: self.rooms, now=lambda: self.now,
                )  # fmt: skip
                obeying = Obeying(self, gate, self, lambda _: self.rooms)
                return await script(Talk(acting, obeying, self))

        return run(main())


class Talk:
    """Says things and is answered."""

    def __init__(self, acting: Acting, obeying: Obeying, scene: Scene) -> None:
        self.acting = acting
        self.obeying = obeying
        self.scene = scene

    async def say(self, asked: str, session: str = "s") -> str | None:
        turn = Turn(f"t{len(self.scene.turns)}", session, self.scene.now, "text", asked=asked)
        self.scene.turns.append(turn)
        return await self.acting.act(turn)

    async def chosen(self, turn: Turn) -> str | None:
        """What is said after the mind has chosen, as a turn does it."""
        call = await self.acting.choose(turn.asked, Context())
        return None if call is None else await self.acting.carry_out(call, turn)


def test_what_is_understood_is_done_told_and_recorded(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.play(lambda talk: talk.say("lamp on")) == "Switch done."
    assert scene.done == [("Switch", {"name": "lamp"})]
    (record,) = scene.turns[0].tools
    assert (record["name"], record["arguments"], record["ok"]) == ("Switch", {"name": "lamp"}, True)
    assert (scene.occasions[0].turn, scene.occasions[0].cause) == ("t0", "intent")


def test_what_is_not_understood_is_for_the_mind(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.play(lambda talk: talk.say("what is love")) is None
    assert scene.turns[0].tools == []


async def _two(talk: Talk, first: str, second: str) -> list[str | None]:
    return [await talk.say(first), await talk.say(second)]


def test_a_confirmation_is_asked_and_a_yes_does_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    said = scene.play(lambda talk: _two(talk, "unlock", "yes"))
    assert said == ["Shall I unlock the door?", "Unlock done."]
    assert scene.done == [("Unlock", {"name": "door"})]
    assert [turn.tools[0]["ok"] for turn in scene.turns] == [False, True]


def test_a_no_does_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.play(lambda talk: _two(talk, "unlock", "No.")) == [
        "Shall I unlock the door?",
        "Okay, I won't.",
    ]
    assert scene.done == []


def test_anything_else_drops_the_question(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def talk_past(talk: Talk) -> str | None:
        await talk.say("unlock")
        await talk.say("lamp on")
        return await talk.say("yes")

    assert scene.play(talk_past) == "There is nothing that I have asked."
    assert scene.done == [("Switch", {"name": "lamp"})]


def test_a_yes_that_comes_late_or_from_another_conversation_is_none(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def late(talk: Talk) -> list[str | None]:
        await talk.say("unlock")
        scene.now += PATIENCE_S + 1
        first = await talk.say("yes")
        await talk.say("unlock")
        return [first, await talk.say("yes", session="other")]

    assert scene.play(late) == ["There is nothing that I have asked."] * 2
    assert scene.done == []


def test_several_commands_are_done_in_order_and_a_question_among_them_is_waited_for(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    said = scene.play(lambda talk: _two(talk, "lamp on and unlock and lamp on", "yes"))
    assert said == ["Switch done. Shall I unlock the door?", "Unlock done. Switch done."]
    assert [name for name, _ in scene.done] == ["Switch", "Unlock", "Switch"]


def test_one_yes_confirms_one_call_and_not_what_follows(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.sentences["both"] = (DOOR, Intent("Unlock", {"name": "gate"}))
    said = scene.play(lambda talk: _two(talk, "both", "yes"))
    assert said[1] == "Unlock done. Shall I unlock the door?"
    assert scene.done == [("Unlock", {"name": "door"})]


def test_a_doubtful_sentence_is_asked_back_before_anything_is_done(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    said = scene.play(lambda talk: _two(talk, "lamb on", "yes"))
    assert said == ["Did you mean the lamp?", "Switch done."]


def test_a_yes_to_a_doubt_is_no_yes_to_danger(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.sentences["unlog"] = Unsure("Did you mean the door?", (DOOR,))
    said = scene.play(lambda talk: _two(talk, "unlog", "yes"))
    assert said[1] == "Shall I unlock the door?"
    assert scene.done == []


def test_one_of_several_is_picked(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.sentences["pick"] = Intent("Pick")
    said = scene.play(lambda talk: _two(talk, "pick", "the blue one"))
    assert said == ["Which one: red or blue?", "Pick done."]
    assert scene.done == [("Pick", {"name": "blue"})]


def test_a_command_for_this_room_asks_which_one_that_is(tmp_path: Path) -> None:
    scene = Scene(tmp_path, rooms=("attic", "den"))
    said = scene.play(lambda talk: _two(talk, "fan on", "in the den"))
    assert said == ["In which room: attic or den?", "Switch done."]
    assert scene.done == [("Switch", {"domain": "fan", "area": "den"})]
    assert scene.turns[0].tools[0]["arguments"] == {"domain": "fan"}
    assert not scene.turns[0].tools[0]["ok"]


def test_the_only_room_that_has_it_is_meant(tmp_path: Path) -> None:
    scene = Scene(tmp_path, rooms=("den",))
    assert scene.play(lambda talk: talk.say("fan on")) == "Switch done."
    assert scene.done == [("Switch", {"domain": "fan", "area": "den"})]


def test_every_part_of_a_sentence_asks_for_its_room(tmp_path: Path) -> None:
    scene = Scene(tmp_path, rooms=("attic", "den"))
    scene.sentences["both"] = (LAMP, FAN)
    scene.sentences["fun on"] = Unsure("Did you mean the fan?", (FAN,))

    async def talk_of(talk: Talk) -> list[str | None]:
        both = await talk.say("both")
        await talk.say("attic")
        return [both, await talk.say("fun on"), await talk.say("yes"), await talk.say("den")]

    assert scene.play(talk_of) == [
        "Switch done. In which room: attic or den?",
        "Did you mean the fan?",
        "In which room: attic or den?",
        "Switch done.",
    ]
    assert [arguments.get("area") for _, arguments in scene.done] == [None, "attic", "den"]


def test_what_was_put_off_for_no_room_is_done_in_none(tmp_path: Path) -> None:
    scene = Scene(tmp_path, rooms=("attic", "den"))
    timer = Timer("x", "timer", 0.0, command="fan on")
    assert "fan on" in scene.play(lambda talk: talk.obeying.obey(timer, "key"))
    assert scene.done == []


def test_a_strangers_answer_is_passed_on_as_that(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.chosen = ToolCall("weather.forecast", {})

    async def choose(talk: Talk) -> str | None:
        turn = Turn("t", "s", scene.now, "text", asked="will it rain")
        return await talk.chosen(turn)

    assert scene.play(choose) == "Weather says: Rain at noon."


def test_what_a_stranger_looked_up_is_a_note_for_the_mind(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.chosen = ToolCall("weather.now", {})
    turn = Turn("t", "s", scene.now, "text", asked="is it raining")

    async def choose(talk: Talk) -> str | None:
        return await talk.chosen(turn)

    assert scene.play(choose) is None
    (source,) = turn.sources
    assert (source.text, source.origin) == ("weather says: Rain at noon.", "tool:weather.now")


def test_what_cannot_be_looked_up_is_left_to_the_mind(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.chosen = ToolCall("Lost", {})

    async def choose(talk: Talk) -> str | None:
        turn = Turn("t", "s", scene.now, "text", asked="what is the capital of France")
        return await talk.chosen(turn)

    assert scene.play(choose) is None


def test_rooms_are_listed_as_far_as_anybody_listens() -> None:
    assert where(["a", "b"]) == "In which room: a or b?"
    assert where([str(n) for n in range(20)]) == where([]) == "In which room?"


def test_what_the_mind_chose_goes_through_the_same_gate(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def choose(talk: Talk) -> list[str | None]:
        turn = Turn("t", "s", scene.now, "text", asked="it is stuffy")
        nothing = await talk.chosen(turn)
        scene.chosen = ToolCall("Unlock", {"name": "door"})
        return [nothing, await talk.chosen(turn), await talk.say("yes")]

    assert scene.play(choose) == [None, "Shall I unlock the door?", "Unlock done."]


def test_a_choice_without_a_place_is_not_done_in_the_whole_house(tmp_path: Path) -> None:
    scene = Scene(tmp_path, rooms=("attic", "den"))
    scene.chosen = ToolCall("Shine", {"brightness": 100})

    async def choose(talk: Talk, asked: str) -> str | None:
        turn = Turn("t", "s", scene.now, "text", asked=asked)
        return await talk.chosen(turn)

    async def both(talk: Talk) -> list[str | None]:
        asked = await choose(talk, "it is too dark")
        return [asked, await talk.say("the den"), await choose(talk, "it's too dark everywhere")]

    assert scene.play(both) == ["In which room: attic or den?", "Shine done.", "Shine done."]
    assert [arguments.get("area") for _, arguments in scene.done] == ["den", None]


def test_whoever_talks_over_it_finds_it_done_and_recorded(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def interrupt(talk: Talk) -> bool:
        task = asyncio.ensure_future(talk.say("lamp on"))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert scene.play(interrupt)
    assert len(scene.done) == len(scene.turns[0].tools) == 1


def test_an_offer_waits_for_any_conversation_and_a_no_counts_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    yes, no = (Option("", ToolCall("Switch", {"on": on})) for on in (True, False))

    async def offer(talk: Talk) -> None:
        talk.acting.offer([yes], no)
        await talk.say("no", session="new")
        talk.acting.offer([yes], no)
        await talk.say("yes")

    scene.play(offer)
    assert [arguments["on"] for _, arguments in scene.done] == [False, True]


def test_nothing_is_prepared_for_what_will_be_acted_on(tmp_path: Path) -> None:
    async def understands(talk: Talk) -> list[bool]:
        before = [talk.acting.understands("lamp on"), talk.acting.understands("yes")]
        await talk.say("unlock")
        return [*before, talk.acting.understands("yes"), talk.acting.asks]

    assert Scene(tmp_path).play(understands) == [True, False, True, True]


def test_stop_and_snooze_mean_what_rings(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    async def ring(talk: Talk) -> list[str | None]:
        before = await talk.say("stop")
        talk.acting.rings = lambda: True
        return [
            before,
            await talk.say("Stop!"),
            await talk.say("Five more minutes."),
            await talk.say("lamp on"),
        ]

    assert scene.play(ring) == [
        None,
        "AuricleStopRinging done.",
        "AuricleSnooze done.",
        "Switch done.",
    ]


def test_a_timers_sentence_is_obeyed_once_for_its_key(tmp_path: Path) -> None:
    scene = Scene(tmp_path, area="den")
    timer = Timer("x", "timer", 0.0, command="lamp on", area="den")

    async def obey(talk: Talk) -> list[str]:
        said = [await talk.obeying.obey(timer, "key"), await talk.obeying.obey(timer, "key")]
        other = Timer("y", "timer", 0.0, command="what is love", area="den")
        return [*said, await talk.obeying.obey(other, "key2")]

    assert scene.play(obey) == ["Switch done.", "Switch done.", ""]
    assert len(scene.done) == 1


def test_what_a_timer_may_not_do_unasked_is_said_and_no_yes_does_it(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    timer = Timer("x", "timer", 0.0, command="unlock")

    async def obey(talk: Talk) -> tuple[str, str | None]:
        return await talk.obeying.obey(timer, "key"), await talk.say("yes")

    said, yes = scene.play(obey)
    assert said.endswith("only do it when somebody says so now: unlock.")
    assert yes is None
    assert scene.done == []
