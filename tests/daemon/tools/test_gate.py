"""The gate, with tools that misbehave in every way that tools do."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.tools.budget import Budget
from daemon.tools.gate import UNDO, Gate, record
from daemon.tools.tool import Occasion, Status, Tool, ToolResult
from memory import owner
from memory.audit import Audit, Entry, Unfinished, Why
from memory.records import MemoryFailed, StoreFull
from memory.store import Store
from models.ports import ToolCall
from tests.clock import run
from tests.memory.turns import NOW

MODEL = Occasion("t1", "model")
SAID = Occasion("t1", "intent", asked="secret words")

Run = Callable[[Mapping[str, Any], Occasion], Awaitable[ToolResult]]

NAMED: Mapping[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "brightness": {"type": "integer", "maximum": 100}},
    "additionalProperties": False,
}


class Lamp:
    """A tool that counts, and does what it is told to do."""

    def __init__(self, answer: Run | None = None) -> None:
        self.calls: list[Mapping[str, Any]] = []
        self.occasions: list[Occasion] = []
        self.started = asyncio.Event()
        self._answer = answer

    async def run(self, arguments: Mapping[str, Any], occasion: Occasion) -> ToolResult:
        self.calls.append(arguments)
        self.started.set()
        self.occasions.append(occasion)
        if self._answer is not None:
            return await self._answer(arguments, occasion)
        back = ToolCall("Off", dict(arguments))
        return ToolResult("done", {"matched": [{"name": "Lamp", "state": "on"}]}, undo=(back,))

    def tool(self, **changes: Any) -> Tool:
        return replace(Tool("On", "Turns on.", NAMED, self.run), **changes)


def gated(
    path: Path, tools: list[Tool], work: Callable[[Gate, Audit], Awaitable[None]], **options: Any
) -> None:
    async def main() -> None:
        async with Store.open(path / "m.db", clock=lambda: NOW) as store:
            await work(Gate(tools, store.audit, now=lambda: NOW, **options), store.audit)
            assert (await store.audit.verify()).broken == 0

    run(main())


async def trail(audit: Audit) -> list[tuple[str, str, str]]:
    return [(entry.kind, entry.tool, entry.status) for entry in await audit.last(999)]


def on(key: str = "", **arguments: Any) -> ToolCall:
    return ToolCall("On", arguments, key)


def test_a_call_is_checked_run_and_written_down(tmp_path: Path) -> None:
    lamp = Lamp()

    async def work(gate: Gate, audit: Audit) -> None:
        result = await gate.call(on(name="Lamp", brightness="fifty %"), SAID)
        assert result.ok
        assert lamp.calls == [{"name": "Lamp", "brightness": 50}]
        begun, ended = await audit.last(9)
        assert (begun.kind, begun.cause, begun.turn) == ("begun", "intent", "t1")
        assert begun.payload == {"name": "Lamp", "brightness": 50}
        assert ended.payload is not None
        assert ended.payload["status"] == "done"
        assert begun.key == ended.key == lamp.occasions[0].key != ""
        assert record(on(name="Lamp"), result) == {
            "name": "On",
            "arguments": {"name": "Lamp"},
            "result": {"status": "done", "matched": [{"name": "Lamp", "state": "on"}]},
            "ok": True,
        }

    gated(tmp_path, [lamp.tool()], work)


def test_it_is_on_record_before_it_runs(tmp_path: Path) -> None:
    seen: list[Entry] = []

    async def work(gate: Gate, audit: Audit) -> None:
        async def look(_: Mapping[str, Any], __: Occasion) -> ToolResult:
            seen.extend(await audit.unfinished())
            return ToolResult("done")

        gate.add(Tool("Look", "", {}, look))
        await gate.call(ToolCall("Look", {}), SAID)
        assert [entry.tool for entry in seen] == ["Look"]

    gated(tmp_path, [], work)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (ToolCall("Fly", {}), "there is no tool Fly"),
        (on(name=["a", "b"]), "name: ['a', 'b'] is not of type 'string'"),
        (on(brightness=200), "brightness: 200 is greater than the maximum of 100"),
        (on(**{"except": "kitchen"}), "'except' was unexpected"),
        (on(name=object()), "not JSON"),
        (on(name="x" * 99_999), "too long"),
        (on(name=float("nan")), "not JSON"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(
    tmp_path: Path, call: ToolCall, reason: str
) -> None:
    lamp = Lamp()

    async def work(gate: Gate, audit: Audit) -> None:
        result = await gate.call(call, MODEL)
        assert result.status == "failed"
        assert reason in result.value["error"]
        assert len(result.value["error"]) <= 200
        assert lamp.calls == []
        (entry,) = await audit.last(9)
        assert entry.kind == "refused"
        assert entry.tool in {"", "On"}, "a name that was made up may hold what somebody said"

    gated(tmp_path, [lamp.tool()], work)


async def _hangs(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    await asyncio.Event().wait()
    raise AssertionError


async def _never_ends(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    for _n in range(1000):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue
    return ToolResult("done")


async def _raises(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    raise RuntimeError("secret words")


async def _exits(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    raise SystemExit(3)


async def _cancels(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    raise asyncio.CancelledError


async def _floods(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    return ToolResult("done", {"text": "x" * 5_000_000})


async def _no_json(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    return ToolResult("done", {"thing": object()})


async def _circular(_: Mapping[str, Any], __: Occasion) -> ToolResult:
    value: dict[str, Any] = {}
    value["again"] = value
    return ToolResult("done", value)


async def _nothing(_: Mapping[str, Any], __: Occasion) -> Any:
    return None


async def _strange(_: Mapping[str, Any], __: Occasion) -> Any:
    return ToolResult("ok", [1])  # type: ignore[arg-type]


async def _list(_: Mapping[str, Any], __: Occasion) -> Any:
    return ToolResult("done", [1])  # type: ignore[arg-type]


BROKEN: list[tuple[Run, str]] = [
    (_hangs, "did not answer within 5 s"),
    (_raises, "failed with RuntimeError"),
    (_exits, "failed with SystemExit"),
    (_cancels, "gave up"),
    (_floods, "more than 64 KiB"),
    (_no_json, "not JSON"),
    (_circular, "Circular"),
    (_nothing, "no result"),
    (_strange, "no result"),
    (_list, "not JSON"),
]


@pytest.mark.parametrize(("answer", "reason"), BROKEN)
def test_whatever_a_tool_does_the_daemon_lives_and_it_is_on_record(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, answer: Run, reason: str
) -> None:
    async def work(gate: Gate, audit: Audit) -> None:
        result = await gate.call(on(name="Lamp"), SAID)
        assert result.status == "failed"
        assert reason in result.value["error"]
        assert result.value["error"].endswith("it is unknown whether it happened")
        assert await trail(audit) == [("begun", "On", ""), ("ended", "On", "failed")]

    with caplog.at_level(logging.DEBUG):
        gated(tmp_path, [Lamp(answer).tool()], work)
    assert "secret" not in caplog.text
    assert "Lamp" not in caplog.text


def test_a_tool_that_will_not_end_is_left_behind(tmp_path: Path) -> None:
    async def work(gate: Gate, _: Audit) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        result = await gate.call(on(), SAID)
        assert "did not answer" in result.value["error"]
        assert clock() - began == pytest.approx(6.0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            for _n in range(1000):
                task.cancel()
                await asyncio.sleep(0)

    gated(tmp_path, [Lamp(_never_ends).tool()], work)


def test_two_calls_with_one_key_are_one(tmp_path: Path) -> None:
    lamp = Lamp()

    async def work(gate: Gate, audit: Audit) -> None:
        one = await gate.call(on("k", name="Lamp"), SAID)
        assert await gate.call(on("k", name="Lamp"), SAID) == one
        assert len(lamp.calls) == 1
        assert len(await audit.last(9)) == 2
        assert await gate.outcome("k") == one
        assert await gate.outcome("other") is None
        other = await gate.call(on("k", name="Hall"), SAID)
        assert other.value["error"] == "the key belongs to another call"
        assert len(lamp.calls) == 1

    gated(tmp_path, [lamp.tool()], work)


def test_two_calls_with_one_key_at_once_are_one(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def wait(_: Mapping[str, Any], __: Occasion) -> ToolResult:
        await go_on.wait()
        return ToolResult("done")

    lamp = Lamp(wait)

    async def work(gate: Gate, _: Audit) -> None:
        calls = [asyncio.create_task(gate.call(on("k"), SAID)) for _ in range(3)]
        await lamp.started.wait()
        other = await gate.call(on("k", name="Hall"), SAID)
        assert other.value["error"] == "the key belongs to another call"
        go_on.set()
        assert [(await call).status for call in calls] == ["done"] * 3
        assert len(lamp.calls) == 1

    gated(tmp_path, [lamp.tool()], work)


def test_a_finished_call_is_told_again_after_a_restart(tmp_path: Path) -> None:
    lamp = Lamp()

    async def first(gate: Gate, _: Audit) -> None:
        await gate.call(on("k"), SAID)

    async def second(gate: Gate, _: Audit) -> None:
        result = await gate.call(on("k"), SAID)
        assert result.undo == (ToolCall("Off", {}),)
        assert len(lamp.calls) == 1

    gated(tmp_path, [lamp.tool()], first)
    gated(tmp_path, [lamp.tool()], second)


@pytest.mark.parametrize(
    ("happened", "idempotent", "effect", "status", "runs"),
    [
        (True, False, "write", "done", 0),
        (True, True, "write", "done", 0),
        (False, True, "write", "done", 1),
        (False, False, "write", "failed", 0),
        (None, True, "write", "failed", 0),
        (None, False, "read", "done", 1),
        (KeyError, False, "write", "failed", 0),
    ],
)
def test_a_call_that_a_crash_cut_short_is_never_silently_repeated(
    tmp_path: Path, *, happened: Any, idempotent: bool, effect: Any, status: Status, runs: int
) -> None:
    lamp = Lamp()

    def seen(_: Mapping[str, Any]) -> bool | None:
        if happened is KeyError:
            raise KeyError
        return bool(happened) if happened is not None else None

    async def work(gate: Gate, audit: Audit) -> None:
        await audit.begin(on("k", name="Lamp"), Why("workflow", "r1"))
        for _ in range(2):
            result = await gate.call(on("k", name="Lamp"), SAID)
            assert result.status == status
        assert len(lamp.calls) == runs
        if status == "failed":
            assert result.value["error"] == "it is unknown whether it happened"
        kinds = [kind for kind, _, _ in await trail(audit)]
        assert kinds == ["begun", *["again"] * runs, "ended"]

    gated(tmp_path, [lamp.tool(happened=seen, idempotent=idempotent, effect=effect)], work)


def test_what_a_process_that_lives_has_begun_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = Lamp()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:

        async def begun(_: Gate, audit: Audit) -> None:
            await audit.begin(on("k"), Why("intent", "t1"))

        async def taken(gate: Gate, _: Audit) -> None:
            result = await gate.call(on("k"), SAID)
            assert (result.status, len(lamp.calls)) == ("failed", 0)
            assert result.value["error"] == "it is under way elsewhere"

        with monkeypatch.context() as there:
            there.setattr("memory.audit.own", lambda: owner.of(other.pid))
            gated(tmp_path, [], begun)
        tool = lamp.tool(happened=lambda _: False, idempotent=True)
        gated(tmp_path, [tool], taken)
        other.kill()

    async def left(gate: Gate, audit: Audit) -> None:
        assert (await gate.call(on("k"), SAID)).ok
        assert [entry.kind for entry in await audit.last(9)] == ["begun", "again", "ended"]

    gated(tmp_path, [tool], left)


def test_of_what_a_crash_cut_short_nobody_knows_the_outcome(tmp_path: Path) -> None:
    lamp = Lamp(_hangs)

    async def work(gate: Gate, audit: Audit) -> None:
        await audit.begin(on("k"), Why("intent", "t1"))
        cut = await gate.outcome("k")
        assert cut is not None
        assert cut.value == {"error": "it is unknown whether it happened"}
        running = asyncio.create_task(gate.call(on("k2"), SAID))
        await lamp.started.wait()
        assert await gate.outcome("k2") is None, "it is still under way"
        await running

    gated(tmp_path, [lamp.tool()], work)


def test_only_one_takes_up_what_was_cut_short(tmp_path: Path) -> None:
    async def work(_: Gate, audit: Audit) -> None:
        await audit.begin(on("k"), Why("intent", "t1"))
        found = await audit.outcome("k")
        assert isinstance(found, Unfinished)
        assert not await audit.again(on("k"), Why("", ""), replace(found, owner="another"))
        assert await audit.again(on("k"), Why("", ""), found)

    gated(tmp_path, [], work)


def test_what_another_process_has_ended_is_as_it_told(tmp_path: Path) -> None:
    async def work(gate: Gate, audit: Audit) -> None:
        task = asyncio.create_task(gate.call(on("k"), SAID))
        await lamp.started.wait()
        value = {"status": "failed", "value": {"error": "unknown"}, "say": "", "undo": []}
        await audit.end(on("k"), Why("intent", "t1"), "failed", value)
        assert (await task).value == {"error": "unknown"}

    async def wait(_: Mapping[str, Any], __: Occasion) -> ToolResult:
        await asyncio.sleep(1)
        return ToolResult("done")

    lamp = Lamp(wait)
    gated(tmp_path, [lamp.tool()], work)


def test_a_key_of_another_call_is_refused_on_a_full_disk_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(gate: Gate, audit: Audit) -> None:
        await gate.call(on("k", name="Lamp"), SAID)
        monkeypatch.setattr(audit, "note", _full)
        refused = await gate.call(on("k", name="Door"), SAID)
        assert refused.value["error"] == "the key belongs to another call"

    gated(tmp_path, [Lamp().tool()], work)


def test_a_call_that_ends_unforeseen_leaves_its_tool_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = Lamp(_raises)

    async def work(gate: Gate, audit: Audit) -> None:
        for _ in range(3):
            await gate.call(on(), SAID)
        await asyncio.sleep(31)
        with monkeypatch.context() as odd:
            odd.setattr(audit, "begin", _odd)
            with pytest.raises(ZeroDivisionError):
                await gate.call(on(), SAID)
        await gate.call(on(), SAID)
        assert len(lamp.calls) == 4

    gated(tmp_path, [lamp.tool()], work)


def _odd(*_: Any) -> Any:
    raise ZeroDivisionError


def test_a_begun_call_is_finished_although_its_caller_is_cancelled(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def wait(_: Mapping[str, Any], __: Occasion) -> ToolResult:
        await go_on.wait()
        return ToolResult("done", {"x": 1})

    lamp = Lamp(wait)

    async def work(gate: Gate, audit: Audit) -> None:
        calling = asyncio.create_task(gate.call(on("k"), SAID))
        await lamp.started.wait()
        for _ in range(3):
            calling.cancel()
            await asyncio.sleep(0.1)
        assert not calling.done(), "whoever cancels waits"
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert await trail(audit) == [("begun", "On", ""), ("ended", "On", "done")]
        assert await gate.outcome("k") == ToolResult("done", {"x": 1})

    gated(tmp_path, [lamp.tool()], work)


def test_a_tool_that_reads_ends_with_its_caller(tmp_path: Path) -> None:
    lamp = Lamp(_hangs)

    async def work(gate: Gate, audit: Audit) -> None:
        calling = asyncio.create_task(gate.call(on(), SAID))
        await lamp.started.wait()
        began = asyncio.get_running_loop().time()
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert asyncio.get_running_loop().time() - began < 0.1
        assert await trail(audit) == [("begun", "On", ""), ("ended", "On", "failed")]

    gated(tmp_path, [lamp.tool(effect="read")], work)


def test_a_tool_that_reads_goes_on_while_somebody_else_waits(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    async def wait(_: Mapping[str, Any], __: Occasion) -> ToolResult:
        await go_on.wait()
        return ToolResult("done")

    lamp = Lamp(wait)

    async def work(gate: Gate, _: Audit) -> None:
        one, other = (asyncio.create_task(gate.call(on("k"), SAID)) for _ in range(2))
        await lamp.started.wait()
        await asyncio.sleep(0.1)
        one.cancel()
        await asyncio.sleep(0.1)
        go_on.set()
        assert (await other).ok
        with pytest.raises(asyncio.CancelledError):
            await one

    gated(tmp_path, [lamp.tool(effect="read")], work)


def _asks(arguments: Mapping[str, Any], _: Occasion) -> str:
    return f"Really open {arguments['name']}?"


def test_a_yes_counts_for_exactly_what_was_asked_and_once(tmp_path: Path) -> None:
    lamp = Lamp()
    yes = replace(SAID, turn="t2", confirmed=True)

    async def work(gate: Gate, audit: Audit) -> None:
        asked = await gate.call(on(name="Door"), MODEL)
        assert (asked.status, asked.say) == ("ask", "Really open Door?")
        assert asked.value["call"]["arguments"] == {"name": "Door"}
        other = await gate.call(on(name="Garage"), yes)
        assert (other.status, lamp.calls) == ("ask", [])
        assert (await gate.call(on(name="Door"), yes)).ok
        assert lamp.occasions[0].confirmed
        assert (await gate.call(on(name="Door"), yes)).status == "ask"
        assert len(lamp.calls) == 1
        kinds = [kind for kind, _, _ in await trail(audit)]
        assert kinds == ["asked", "asked", "confirmed", "begun", "ended", "asked"]

    gated(tmp_path, [lamp.tool(confirm=_asks)], work)


def test_a_yes_counts_only_while_the_call_comes_to_the_same(tmp_path: Path) -> None:
    lamp = Lamp()
    yes = replace(SAID, confirmed=True)
    would = ["the front door"]

    async def work(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on(name="Door"), SAID)).status == "ask"
        would[0] = "the front door and the safe"
        assert (await gate.call(on(name="Door"), yes)).status == "ask"
        assert (await gate.call(on(name="Door"), yes)).ok
        assert lamp.occasions[0].plan == would[0]

    def plan(_: Mapping[str, Any], __: Occasion) -> str:
        return would[0]

    gated(tmp_path, [lamp.tool(confirm=_asks, plan=plan)], work)


def test_a_yes_to_a_run_counts_for_what_its_calls_came_to_then(tmp_path: Path) -> None:
    lamp = Lamp()
    step = Occasion("run-1", "workflow", confirmed=True)
    would = ["the front door"]

    async def work(gate: Gate, _: Audit) -> None:
        await gate.confirm(on(name="Door"), step)
        would[0] = "the safe"
        assert (await gate.call(on(name="Door"), step)).status == "ask"
        would[0] = "the front door"
        assert (await gate.call(on(name="Door"), step)).ok

    def plan(_: Mapping[str, Any], __: Occasion) -> str:
        return would[0]

    gated(tmp_path, [lamp.tool(confirm=_asks, plan=plan)], work)


def test_a_yes_to_undoing_counts_only_while_that_comes_to_the_same(tmp_path: Path) -> None:
    lamp, off = Lamp(), Lamp()
    would = ["the front door"]

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(name="Door"), SAID)
        assert (await gate.call(ToolCall(UNDO, {}), undo())).status == "ask"
        would[0] = "the safe"
        yes = replace(undo(), confirmed=True)
        assert (await gate.call(ToolCall(UNDO, {}), yes)).status == "ask"
        assert off.calls == []
        assert (await gate.call(ToolCall(UNDO, {}), yes)).ok

    def plan(_: Mapping[str, Any], __: Occasion) -> str:
        return would[0]

    gated(tmp_path, [lamp.tool(), off.tool(name="Off", confirm=_asks, plan=plan)], work)


def test_nobody_can_say_yes_before_being_asked_or_long_after(tmp_path: Path) -> None:
    lamp = Lamp()
    yes = replace(SAID, confirmed=True)

    async def work(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on(name="Door"), yes)).status == "ask"
        await asyncio.sleep(121)
        assert (await gate.call(on(name="Door"), yes)).status == "ask"
        assert lamp.calls == []
        await asyncio.sleep(119)
        assert (await gate.call(on(name="Door"), yes)).ok

    gated(tmp_path, [lamp.tool(confirm=_asks)], work)


def test_what_needs_no_question_is_told_that_nobody_said_yes(tmp_path: Path) -> None:
    lamp = Lamp()

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(), replace(SAID, confirmed=True))
        assert not lamp.occasions[0].confirmed

    gated(tmp_path, [lamp.tool()], work)


def test_a_yes_to_a_run_counts_for_its_calls_and_survives_a_restart(tmp_path: Path) -> None:
    lamp = Lamp()
    step = Occasion("run-1", "workflow", confirmed=True)

    async def first(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on("k0", name="Door"), step)).status == "ask"
        await gate.confirm(on(name="Back Door"), step)

    async def second(gate: Gate, _: Audit) -> None:
        door = on("k1", name="Back Door")
        assert (await gate.call(door, replace(step, turn="run-2"))).status == "ask"
        assert (await gate.call(on(name="Cellar"), step)).status == "ask"
        assert (await gate.call(door, replace(step, confirmed=False))).status == "ask"
        assert (await gate.call(door, step)).ok

    async def third(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on(name="Back Door"), replace(step, cause="model"))).status == "ask"

    for work in (first, second, third):
        gated(tmp_path, [lamp.tool(confirm=_asks)], work)


@pytest.mark.parametrize("part", ["confirm", "plan"])
def test_a_tool_that_cannot_say_whether_to_ask_does_not_run(tmp_path: Path, part: str) -> None:
    lamp = Lamp()

    async def work(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on(), SAID)).status == "failed"
        assert lamp.calls == []

    gated(tmp_path, [lamp.tool(**{part: _asks})], work)


def test_while_somebody_may_still_be_speaking_only_reading_tools_run(tmp_path: Path) -> None:
    lamp, look = Lamp(), Lamp()

    async def work(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on(), MODEL, speculative=True)).status == "failed"
        assert lamp.calls == []
        assert (await gate.call(ToolCall("Look", {}), MODEL, speculative=True)).ok

    gated(tmp_path, [lamp.tool(), look.tool(name="Look", effect="read")], work)


def test_a_model_that_goes_in_circles_is_stopped(tmp_path: Path) -> None:
    lamp = Lamp()

    async def work(gate: Gate, _: Audit) -> None:
        wrong = [await gate.call(ToolCall("Fly", {}), MODEL) for _ in range(2)]
        assert all("no tool" in result.value["error"] for result in wrong)
        results = [await gate.call(on(), MODEL) for _ in range(3)]
        assert [result.ok for result in results] == [True, True, False]
        assert results[-1].value["error"] == "that is too much for one answer"
        assert (await gate.call(on(), SAID)).ok, "a sentence is no circle"
        assert (await gate.call(on(), replace(MODEL, turn="t2"))).ok

    gated(tmp_path, [lamp.tool()], work)


def test_an_answer_that_costs_too_much_is_stopped(tmp_path: Path) -> None:
    async def slow(_: Mapping[str, Any], __: Occasion) -> ToolResult:
        await asyncio.sleep(2)
        return ToolResult("done")

    lamp = Lamp(slow)

    async def dear(gate: Gate, _: Audit) -> None:
        oks = [(await gate.call(on(), MODEL)).ok for _ in range(3)]
        assert oks == [True, True, False]

    gated(tmp_path, [lamp.tool(cost=2.0)], dear, budget=Budget(cost=5.0))
    gated(tmp_path, [lamp.tool(cost=0.0)], dear, budget=Budget(seconds=3.0))


def test_a_tool_that_keeps_breaking_rests_longer_and_longer(tmp_path: Path) -> None:
    lamp = Lamp(_raises)

    async def tried(gate: Gate) -> bool:
        before = len(lamp.calls)
        result = await gate.call(on(), SAID)
        assert ("rests for" in result.value["error"]) == (len(lamp.calls) == before)
        return len(lamp.calls) > before

    async def work(gate: Gate, _: Audit) -> None:
        assert [await tried(gate) for _ in range(4)] == [True, True, True, False]
        for rest in (30, 60, 120, 240, 480, 600, 600):
            await asyncio.sleep(rest - 1)
            assert not await tried(gate)
            await asyncio.sleep(1)
            assert await tried(gate), "one try after each rest"
            assert not await tried(gate)

    gated(tmp_path, [lamp.tool()], work)


def test_a_tool_that_works_again_is_as_good_as_new(tmp_path: Path) -> None:
    broken = [True] * 3

    async def answer(_: Mapping[str, Any], __: Occasion) -> ToolResult:
        if broken and broken.pop():
            raise RuntimeError
        return ToolResult("failed")

    lamp = Lamp(answer)

    async def work(gate: Gate, _: Audit) -> None:
        for _n in range(3):
            await gate.call(on(), SAID)
        await asyncio.sleep(30)
        for _n in range(9):
            assert (await gate.call(on(), SAID)).value == {}, (
                "an answer that says no breaks nothing"
            )
        broken.extend([True] * 2)
        for _n in range(2):
            await gate.call(on(), SAID)
        assert (await gate.call(on(), SAID)).value == {}, "twice is not three times"

    gated(tmp_path, [lamp.tool()], work)


def _full(*_: Any) -> Any:
    raise StoreFull("no space left")


def _unwell(*_: Any) -> Any:
    raise MemoryFailed("cannot write")


def test_nothing_acts_that_cannot_be_written_down_but_looking_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp, look = Lamp(), Lamp()

    async def work(gate: Gate, audit: Audit) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(audit._database, "write", _full)
            result = await gate.call(on("k"), SAID)
            assert "could not be written down" in result.value["error"]
            said = "I did nothing, because I could not write it down: the disk is full."
            assert result.say == said
            german = await gate.call(on("k"), replace(SAID, language="de"))
            assert german.say.endswith("aufschreiben konnte: Der Speicher ist voll.")
            yes = replace(SAID, confirmed=True)
            assert (await gate.call(on("k"), yes)).say == said
            broken.setattr(audit._database, "write", _unwell)
            assert (await gate.call(on("k"), SAID)).say == f"{said.partition(':')[0]}."
            assert lamp.calls == []
            assert (await gate.call(ToolCall("Look", {}), SAID)).ok
            assert (await gate.call(ToolCall("Fly", {}), SAID)).status == "failed"
        assert await audit.last(9) == []
        assert (await gate.call(on("k"), SAID)).ok

    gated(tmp_path, [lamp.tool(), look.tool(name="Look", effect="read")], work)


def test_what_happened_is_told_although_its_end_cannot_be_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(gate: Gate, audit: Audit) -> None:
        async def answer(_: Mapping[str, Any], __: Occasion) -> ToolResult:
            monkeypatch.setattr(audit._database, "write", _full)
            return ToolResult("done")

        gate.add(Lamp(answer).tool())
        assert (await gate.call(on("k"), SAID)).ok
        monkeypatch.undo()
        assert [entry.key for entry in await audit.unfinished()] == ["k"]

    gated(tmp_path, [], work)


def test_tools_come_and_go(tmp_path: Path) -> None:
    async def work(gate: Gate, _: Audit) -> None:
        assert [tool.name for tool in gate.tools()] == ["On", UNDO]
        with pytest.raises(ValueError, match="already"):
            gate.add(Lamp().tool())
        with pytest.raises(ValueError, match="JSON Schema"):
            gate.add(Lamp().tool(name="Bad", schema={"type": "lamp"}))
        gate.remove("On")
        gate.remove("On")
        assert (await gate.call(on(), SAID)).value["error"] == "there is no tool On"

    gated(tmp_path, [Lamp().tool()], work)


def undo(turn: str = "u") -> Occasion:
    return Occasion(turn, "intent")


def test_the_last_turn_is_taken_back_as_one_and_only_once(tmp_path: Path) -> None:
    lamp, off = Lamp(), Lamp()

    async def work(gate: Gate, audit: Audit) -> None:
        await gate.call(on(name="First"), replace(SAID, turn="t0"))
        await gate.call(on(name="A"), SAID)
        await gate.call(on(name="B"), SAID)
        result = await gate.call(ToolCall(UNDO, {}), undo())
        assert result.ok
        assert off.calls == [{"name": "B"}, {"name": "A"}]
        assert [call["arguments"]["name"] for call in result.value["undone"]] == ["A", "B"]
        assert len(result.value["matched"]) == 2
        assert {occasion.cause for occasion in off.occasions} == {"undo"}
        await gate.call(ToolCall(UNDO, {}), undo())
        assert off.calls[2:] == [{"name": "First"}]
        nothing = await gate.call(ToolCall(UNDO, {}), undo())
        assert (nothing.status, nothing.say) == ("failed", "There is nothing to undo.")
        assert len(off.calls) == 3

    gated(tmp_path, [lamp.tool(), off.tool(name="Off")], work)


def test_what_is_still_under_way_is_stopped_instead(tmp_path: Path) -> None:
    told: list[tuple[str, str, float]] = []

    async def halt(occasion: Occasion, turn: str, at: float) -> ToolResult | None:
        told.append((occasion.turn, turn, at))
        return ToolResult("done", say="Stopped.") if len(told) == 1 else None

    off, lamp = Lamp(), Lamp()

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(name="Lamp"), SAID)
        assert (await gate.call(ToolCall(UNDO, {}), undo())).say == "Stopped."
        assert off.calls == []
        assert (await gate.call(ToolCall(UNDO, {}), undo())).ok
        assert len(off.calls) == 1
        assert [(turn, at) for _, turn, at in told] == [("t1", 0.0)] * 2

    gated(tmp_path, [lamp.tool(halt=halt), off.tool(name="Off")], work)


def test_only_what_was_done_lately_can_be_taken_back(tmp_path: Path) -> None:
    lamp, off = Lamp(), Lamp()

    async def work(gate: Gate, _: Audit) -> None:
        for n in range(12):
            await gate.call(on(name=str(n)), replace(SAID, turn=f"t{n}"))
        for _n in range(12):
            await gate.undo(undo())
        assert [call["name"] for call in off.calls] == [str(n) for n in range(11, 1, -1)]
        await gate.call(on(name="old"), SAID)
        await asyncio.sleep(3601)
        assert (await gate.undo(undo())).status == "failed"

    gated(tmp_path, [lamp.tool(), off.tool(name="Off")], work)


def test_undoing_asks_what_is_asked_otherwise(tmp_path: Path) -> None:
    lamp, off = Lamp(), Lamp()
    yes = replace(undo(), confirmed=True)

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(name="Old"), replace(SAID, turn="t0"))
        await gate.call(on(name="Door"), SAID)
        asked = await gate.call(ToolCall(UNDO, {}), undo())
        assert (asked.status, asked.say, off.calls) == ("ask", "Really open Door?", [])
        assert (await gate.call(ToolCall(UNDO, {}), yes)).ok
        assert off.calls == [{"name": "Door"}]

    gated(tmp_path, [lamp.tool(), off.tool(name="Off", confirm=_asks)], work)


def test_a_yes_to_undoing_one_thing_undoes_no_other(tmp_path: Path) -> None:
    lamp, off = Lamp(), Lamp()
    yes = replace(undo(), confirmed=True)

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(name="Door"), SAID)
        assert (await gate.call(ToolCall(UNDO, {}), undo())).status == "ask"
        await gate.call(on(name="Garage"), replace(SAID, turn="t2"))
        other = await gate.call(ToolCall(UNDO, {}), yes)
        assert (other.status, other.say, off.calls) == ("ask", "Really open Garage?", [])
        assert (await gate.call(ToolCall(UNDO, {}), yes)).ok
        assert (await gate.call(ToolCall(UNDO, {}), yes)).say == "Really open Door?"
        assert off.calls == [{"name": "Garage"}]

    gated(tmp_path, [lamp.tool(), off.tool(name="Off", confirm=_asks)], work)


def test_what_is_asked_only_while_it_runs_can_be_answered(tmp_path: Path) -> None:
    async def asks(_: Mapping[str, Any], occasion: Occasion) -> ToolResult:
        return ToolResult("done") if occasion.confirmed else ToolResult("ask", say="Sure?")

    async def work(gate: Gate, _: Audit) -> None:
        assert (await gate.call(on(), SAID)).say == "Sure?"
        assert (await gate.call(on(), replace(SAID, confirmed=True))).ok
        assert (await gate.call(on(), replace(SAID, confirmed=True))).say == "Sure?"

    gated(tmp_path, [Lamp(asks).tool()], work)


def test_what_could_not_be_taken_back_can_be_tried_again(tmp_path: Path) -> None:
    lamp, broken = Lamp(), [True]

    async def answer(arguments: Mapping[str, Any], _: Occasion) -> ToolResult:
        if arguments["name"] == "A" and broken:
            broken.pop()
            return ToolResult("failed")
        return ToolResult("done")

    off = Lamp(answer)

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(name="A"), SAID)
        await gate.call(on(name="B"), SAID)
        result = await gate.undo(undo())
        assert (result.status, result.value["failed"]) == ("failed", ["Off"])
        assert (await gate.undo(undo())).ok
        assert [call["name"] for call in off.calls] == ["B", "A", "A"]
        assert (await gate.undo(undo())).status == "failed"

    gated(tmp_path, [lamp.tool(), off.tool(name="Off")], work)


def test_what_a_workflow_took_back_itself_is_not_taken_back_again(tmp_path: Path) -> None:
    lamp, off = Lamp(), Lamp()
    step = Occasion("run-1", "workflow")

    async def work(gate: Gate, _: Audit) -> None:
        await gate.call(on(name="A"), step)
        await gate.call(on(name="other"), SAID)
        await gate.call(on(name="B"), step)
        await gate.call(ToolCall("Off", {"name": "B"}), replace(step, cause="undo"))
        await gate.undo(undo())
        assert [call["name"] for call in off.calls] == ["B", "A"]

    gated(tmp_path, [lamp.tool(), off.tool(name="Off")], work)
