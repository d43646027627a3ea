"""Runs: order, failure, interruption. The gate is scripted, the journal is real."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from daemon.announcements import Announcement
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.workflows.definition import Workflow, load
from daemon.workflows.tool import workflow_tool
from daemon.workflows.workflows import Workflows
from memory import owner
from memory.runs import Run
from memory.store import Store
from models.ports import ToolCall
from tests.clock import run
from tests.doubles.gate import ScriptedGate

T = TypeVar("T")
NOW = 1_772_563_200.0
HI = Occasion("turn", "intent", "good night")
BROKEN = ToolResult("failed", {}, "The hall lamp has no power.")

ORDERED = """
name = "evening"
[[steps]]
id = "a"
tool = "A"
compensate = "undo"
[[steps]]
id = "b"
tool = "B"
compensate = { tool = "Back", arguments = { of = "{{ asked }}" } }
[[steps]]
id = "c"
tool = "C"
compensate = "undo"
[[steps]]
id = "bye"
say = "Bye. {{ steps.c.say }}"
"""
PARALLEL = ORDERED.replace('id = "b"', 'id = "b"\nafter = []').replace(
    'id = "c"', 'id = "c"\nafter = []'
)


def a_tool(name: str, question: str = "", plan: str = "") -> Tool:
    async def never(_: object, __: object) -> ToolResult:
        raise AssertionError("only the gate runs tools")

    return Tool(name, "", {}, never, confirm=lambda *_: question, plan=lambda *_: plan)


class House:
    """A folder of workflows and a store that outlives the processes that use it."""

    def __init__(self, folder: Path, text: str, gate: ScriptedGate) -> None:
        self.folder = folder / "w"
        self.folder.mkdir(exist_ok=True)
        (self.folder / "w.toml").write_text(text)
        self.path = folder / "m.db"
        self.gate = gate
        self.now = NOW
        self.said: list[str] = []
        self.asking: dict[str, str] = {}
        self.plan = "the front door"

    def post(self, announcement: Announcement) -> bool:
        self.said.append(announcement.text)
        return True

    def live(self, work: Callable[[Workflows, Store], Awaitable[T]]) -> T:
        """One life of a process."""

        async def main() -> T:
            async with Store.open(self.path) as store:
                names = ("A", "B", "C", "Back")
                workflows = Workflows(
                    [self.folder], store.runs, self.gate.call, self.gate.agree,
                    outcome=self.gate.outcome,
                    tools=lambda: [a_tool(n, self.asking.get(n, ""), self.plan) for n in names],
                    home=lambda: {"light": 1}, post=self.post, now=lambda: self.now,
                )  # fmt: skip
                workflows.load()
                try:
                    return await work(workflows, store)
                finally:
                    await workflows.close()

        return run(main())

    def run(self, key: str = "k") -> ToolResult:
        return self.live(lambda all_, _: all_.run(all_.all[0], HI, key))


def test_steps_follow_each_other_and_the_last_one_speaks(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())
    result = house.run()
    assert house.gate.done == ["A", "B", "C"]
    assert (result.status, result.say) == ("done", "Bye. C done.")
    assert {o.cause for o in house.gate.occasions} == {"workflow"}


def test_branches_run_beside_each_other(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"A": 1.0, "B": 2.0, "C": 0.5})
    house = House(tmp_path, PARALLEL, gate)

    async def timed(all_: Workflows, _: Store) -> float:
        began = asyncio.get_running_loop().time()
        await all_.run(all_.all[0], HI, "k")
        return asyncio.get_running_loop().time() - began

    assert house.live(timed) == pytest.approx(2.0, abs=0.1)
    assert gate.done == ["C", "A", "B"]


def test_a_failure_takes_back_what_was_done_in_reverse_and_says_so(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate({"C": BROKEN}))
    result = house.run()
    assert house.gate.done == ["A", "B", "C", "Back", "UnA"]
    assert result.status == "failed"
    said = "Evening was not completed: The hall lamp has no power. I took back the b and the a."
    assert result.say == said


def test_nothing_new_begins_after_a_failure_but_what_runs_is_waited_for(tmp_path: Path) -> None:
    gate = ScriptedGate({"A": BROKEN}, seconds={"A": 0.5, "B": 2.0})
    text = PARALLEL.replace('id = "c"\nafter = []', 'id = "c"\nafter = ["a"]')
    House(tmp_path, text, gate).run()
    assert gate.done == ["A", "B", "Back"]


def test_what_cannot_be_taken_back_is_said(tmp_path: Path) -> None:
    gate = ScriptedGate({"C": BROKEN, "Back": BROKEN})
    result = House(tmp_path, ORDERED, gate).run()
    assert gate.done == ["A", "B", "C", "Back", "UnA"]
    assert result.say.endswith("I took back the a. I could not take back the b.")


def test_nobody_has_agreed_to_what_a_tool_says_takes_a_step_back(tmp_path: Path) -> None:
    asks = ToolResult("ask", {"question": "Shall I open the garage?"}, "Shall I open the garage?")
    gate = ScriptedGate({"C": BROKEN, "UnA": asks})
    result = House(tmp_path, ORDERED, gate).run()
    confirmed = dict(zip(gate.done, [one.confirmed for one in gate.occasions], strict=True))
    assert (confirmed["Back"], confirmed["UnA"], gate.agreed) == (True, False, ["Back"])
    assert result.say.endswith("I took back the b. I could not take back the a.")


def test_what_its_tool_knows_no_way_back_for_is_said(tmp_path: Path) -> None:
    gate = ScriptedGate({"A": ToolResult("done"), "C": BROKEN})
    result = House(tmp_path, ORDERED, gate).run()
    assert result.say.endswith("I took back the b. I could not take back the a.")


UNKNOWN = ToolResult("failed", {"error": "no answer; it is unknown whether it happened"})


def test_what_may_have_happened_is_taken_back_by_what_was_written_for_that(tmp_path: Path) -> None:
    gate = ScriptedGate({"B": UNKNOWN})
    result = House(tmp_path, ORDERED, gate).run()
    assert gate.done == ["A", "B", "Back", "UnA"]
    assert result.say == (
        "Evening was not completed: it is unknown whether the b happened."
        " I took back the b and the a."
    )


def test_what_may_have_happened_and_cannot_be_taken_back_is_said(tmp_path: Path) -> None:
    gate = ScriptedGate({"A": UNKNOWN})
    house = House(tmp_path, ORDERED, gate)
    assert house.run().say == "Evening was not completed: it is unknown whether the a happened."
    gone = House(tmp_path, ORDERED.replace('id = "a"', 'id = "a"\non_failure = "go on"'), gate)
    assert gone.run("k2").say == "Bye. C done. I do not know whether the a happened."


def test_what_a_step_that_may_fail_did_is_taken_back_with_the_others(tmp_path: Path) -> None:
    partly = ToolResult("failed", {}, "Half of them.", (ToolCall("UnA", {}),))
    gate = ScriptedGate({"A": partly, "C": BROKEN})
    House(tmp_path, ORDERED.replace('id = "a"', 'id = "a"\non_failure = "go on"'), gate).run()
    assert gate.done == ["A", "B", "C", "Back", "UnA"]


def test_a_step_that_may_fail_does_not_stop_the_others(tmp_path: Path) -> None:
    text = ORDERED.replace('id = "b"', 'id = "b"\non_failure = "go on"')
    gate = ScriptedGate({"B": BROKEN})
    assert House(tmp_path, text, gate).run().status == "done"
    assert gate.done == ["A", "B", "C"]


def test_a_part_that_a_failed_step_did_is_taken_back_too(tmp_path: Path) -> None:
    partly = ToolResult("failed", {}, "Half of them.", (ToolCall("UnB", {}),))
    gate = ScriptedGate({"B": partly})
    House(
        tmp_path,
        ORDERED.replace('{ tool = "Back", arguments = { of = "{{ asked }}" } }', '"undo"'),
        gate,
    ).run()
    assert gate.done == ["A", "B", "UnB", "UnA"]


def test_a_condition_skips_and_later_steps_can_tell(tmp_path: Path) -> None:
    text = ORDERED.replace('id = "b"', 'id = "b"\nwhen = "home.lock"').replace(
        "{{ steps.c.say }}", "{{ steps.b.status }}"
    )
    house = House(tmp_path, text, ScriptedGate())
    assert house.run().say == "Bye. skipped"
    assert house.gate.done == ["A", "C"]


def test_what_was_sent_and_not_answered_is_said(tmp_path: Path) -> None:
    result = House(tmp_path, ORDERED, ScriptedGate({"A": ToolResult("sent")})).run()
    assert result.status == "sent"
    assert result.say == "Bye. C done. But I had no answer about the a."


def test_the_same_key_runs_once(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())
    assert house.run() == house.run()
    assert house.gate.done == ["A", "B", "C"]


def test_whoever_leaves_does_not_stop_it_and_it_is_told_later(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)

    async def impatient(all_: Workflows, _: Store) -> ToolResult:
        result = await all_.run(all_.all[0], HI, "k")
        await asyncio.sleep(100)
        return result

    assert house.live(impatient).say == "Evening is under way."
    assert house.said == ["Bye. C done."]


@pytest.mark.parametrize("at", [0.005, 0.5, 1.005, 1.5, 2.005, 2.5, 2.995])
def test_a_killed_run_is_finished_after_the_restart_and_nothing_is_done_twice(
    tmp_path: Path, at: float
) -> None:
    gate = ScriptedGate(seconds={"A": 1.0, "B": 1.0, "C": 1.0})
    house = House(tmp_path, ORDERED, gate)

    async def killed(all_: Workflows, _: Store) -> None:
        task = asyncio.create_task(all_.run(all_.all[0], HI, "k"))
        await asyncio.sleep(at)
        task.cancel()
        await asyncio.wait([task])
        await all_.close()
        await asyncio.sleep(5)  # What the gate had begun comes to its end, as its own shield says.

    house.live(killed)
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["A", "B", "C"]
    assert house.said == ["Evening was interrupted by a restart. I have finished it now."]
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["A", "B", "C"]


def test_an_old_interrupted_run_is_taken_back_instead(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"C": 60.0})
    house = House(tmp_path, ORDERED, gate)

    async def killed(all_: Workflows, _: Store) -> None:
        await all_.run(all_.all[0], HI, "k")

    house.live(killed)
    gate.done.clear()
    house.now += 3_600
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["Back", "UnA"]
    assert "I took back the b and the a" in house.said[-1]


def test_a_kill_while_taking_back_takes_back_the_rest(tmp_path: Path) -> None:
    gate = ScriptedGate({"C": BROKEN}, seconds={"UnA": 60.0})
    house = House(tmp_path, ORDERED, gate)
    house.live(lambda all_, _: all_.run(all_.all[0], HI, "k"))
    assert gate.done == ["A", "B", "C", "Back"]
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["A", "B", "C", "Back", "UnA"]


def test_a_run_keeps_its_definition_when_the_file_changes(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)
    house.live(lambda all_, _: all_.run(all_.all[0], HI, "k"))
    (house.folder / "w.toml").write_text('name = "evening"\n[[steps]]\nid = "x"\nsay = "no"\n')
    gate.seconds = {}
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["A", "B", "C"]


def test_a_record_that_cannot_be_read_any_more_is_given_up(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())

    async def odd(all_: Workflows, store: Store) -> list[Run]:
        await store.runs.begin(Run("r", "x", {"steps": 7}, {}, "running", NOW))
        await all_.resume()
        return await store.runs.unfinished()

    assert house.live(odd) == []


def test_a_yes_to_a_workflow_counts_for_the_steps_that_were_asked_about(tmp_path: Path) -> None:
    gate = ScriptedGate({"C": BROKEN})
    house = House(
        tmp_path,
        ORDERED.replace('tool = "A"', 'tool = "A"\narguments = { of = "{{ asked }}" }'),
        gate,
    )
    house.asking = {"A": "Shall I A?", "B": "Shall I B?"}
    yes = Occasion("turn", "intent", "good night", confirmed=True)
    house.live(lambda all_, _: all_.run(all_.all[0], yes, "k"))
    assert gate.agreed == ["B", "Back"], "what A would do was not known when it was asked"


def test_a_yes_counts_for_no_step_that_comes_to_something_else_now(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())
    house.asking = {"B": "Shall I?"}

    async def main(all_: Workflows, _: Store) -> tuple[str, str]:
        tool, named = workflow_tool(all_), {"workflow": "evening"}
        asked = tool.plan(named, HI)
        house.plan = "the front door and the safe"
        now = tool.plan(named, HI)
        await tool.run(named, replace(HI, confirmed=True, plan=asked))
        return asked, now

    asked, now = house.live(main)
    assert asked != now
    assert (house.gate.agreed, house.gate.occasions[1].confirmed) == ([], False)


def test_the_tool_knows_names_and_phrases_and_asks_for_what_its_steps_would_ask(
    tmp_path: Path,
) -> None:
    text = 'phrases = ["time for bed"]\n' + ORDERED
    house = House(tmp_path, text, ScriptedGate())

    async def main(all_: Workflows, _: Store) -> list[str]:
        tool = workflow_tool(all_)
        unknown = await tool.run({"workflow": "dinner"}, HI)
        known = await tool.run({"workflow": "Time for Bed"}, HI)
        return [unknown.say, known.say, tool.confirm({"workflow": "evening"}, HI)]

    assert house.live(main) == ["I know these: evening.", "Bye. C done.", ""]


def test_files_are_read_again_only_when_they_are_others(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())

    async def main(all_: Workflows, _: Store) -> list[bool]:
        again = all_.load()
        (house.folder / "other.toml").write_text(ORDERED.replace("evening", "morning"))
        new = all_.load()
        (house.folder / "other.toml").unlink()
        return [again, new, [w.name for w in all_.all] == ["evening", "morning"], all_.load()]

    assert house.live(main) == [False, True, True, True]


def test_no_interrupted_run_waits_for_what_is_said_of_another(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)
    house.live(lambda all_, _: all_.run(all_.all[0], HI, "k"))
    house.live(lambda all_, _: all_.run(all_.all[0], HI, "k2"))
    gate.seconds = {}
    house.live(lambda all_, _: all_.resume())
    assert gate.done.count("C") == len(house.said) == 2


def test_a_step_that_would_have_to_be_asked_about_in_the_middle_fails(tmp_path: Path) -> None:
    asks = ToolResult("ask", {"question": "Shall I?"}, "Shall I?")
    result = House(tmp_path, ORDERED, ScriptedGate({"C": asks})).run()
    assert result.status == "failed"
    assert result.say.startswith("Evening was not completed: somebody must be asked first.")


def test_a_mistake_in_one_file_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())

    def mistaken(path: Path) -> Workflow:
        if path.stem == "x":
            raise ZeroDivisionError
        return load(path)

    async def main(all_: Workflows, _: Store) -> tuple[list[str], list[str]]:
        monkeypatch.setattr("daemon.workflows.shelf.load", mistaken)
        (house.folder / "x.toml").write_text(ORDERED)
        all_.load()
        return [one.name for one in all_.all], [r for r in all_.refused if "x.toml" in r]

    names, refused = house.live(main)
    assert names == ["evening"]
    assert refused[0].endswith("x.toml: ZeroDivisionError")


def test_an_unforeseen_mistake_in_a_step_takes_back_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(ScriptedGate):
        async def call(self, call: ToolCall, occasion: Occasion) -> ToolResult:
            if call.name == "C":
                raise ZeroDivisionError
            return await super().call(call, occasion)

    house = House(tmp_path, ORDERED, Odd())
    said = "Evening was not completed: there is a mistake in the step c. I took back the b and"
    assert house.run().say.startswith(said)
    assert house.gate.done == ["A", "B", "Back", "UnA"]


def test_a_run_that_cannot_be_taken_up_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)
    for key in ("k", "k2"):
        house.live(lambda all_, _, key=key: all_.run(all_.all[0], HI, key))  # type: ignore[misc]
    gate.seconds = {}
    broken: list[str] = []

    def validate(definition: object) -> Workflow:
        if not broken:
            broken.append("first")
            raise ZeroDivisionError
        return Workflow(**cast("dict[str, Any]", definition))

    async def main(all_: Workflows, store: Store) -> list[str]:
        monkeypatch.setattr(Workflow, "model_validate", validate)
        await all_.resume()
        return [one.state for one in await store.runs.last(2)]

    assert house.live(main) == ["failed", "done"]
    assert gate.done.count("C") == 1


def test_what_this_process_has_begun_itself_is_not_taken_up(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 5.0})
    house = House(tmp_path, ORDERED, gate)

    async def main(all_: Workflows, _: Store) -> ToolResult:
        user = asyncio.create_task(all_.run(all_.all[0], HI, "k"))
        await asyncio.sleep(1)
        await all_.resume()
        return await user

    assert house.live(main).say == "Bye. C done."
    assert (gate.done, house.said) == (["A", "B", "C"], [])


def test_only_what_was_left_behind_is_taken_up(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)
    house.live(lambda all_, _: all_.run(all_.all[0], HI, "k"))
    gate.seconds = {}

    async def main(all_: Workflows, _: Store) -> None:
        left = await all_.remembered()
        # The one that was left behind is begun again by whoever said it, and comes to its end.
        await all_.run(all_.all[0], HI, "k")
        await all_.resume(left)

    house.live(main)
    assert (gate.done, house.said) == (["A", "B", "C"], [])


def test_a_run_that_is_taken_up_knows_where_and_in_what_language_it_was_said(
    tmp_path: Path,
) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)
    said = Occasion("turn", "intent", "guten abend", "Kitchen", language="de")
    house.live(lambda all_, _: all_.run(all_.all[0], said, "k"))
    gate.seconds = {}
    house.live(lambda all_, _: all_.resume())
    assert {(one.area, one.language) for one in gate.occasions} == {("Kitchen", "de")}


def test_a_run_of_a_process_that_lives_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        with monkeypatch.context() as there:
            there.setattr("daemon.workflows.workflows.own", lambda: owner.of(other.pid))
            house.live(lambda all_, _: all_.run(all_.all[0], HI, "k"))
        gate.seconds = {}
        house.live(lambda all_, _: all_.resume())
        assert (gate.done, house.said) == (["A"], [])
        other.kill()
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["A", "B", "C"]


def test_a_run_is_taken_up_by_one_alone(tmp_path: Path) -> None:
    house = House(tmp_path, ORDERED, ScriptedGate())

    async def main(_: Workflows, store: Store) -> list[bool]:
        await store.runs.begin(Run("r", "x", {}, {"owner": "dead"}, "running", NOW))
        return [await store.runs.claim("r", "dead", new) for new in ("first", "second")]

    assert house.live(main) == [True, False]


UNDO_THAT = Occasion("t2", "intent", "undo that")


def test_undoing_stops_what_is_under_way_and_takes_it_back(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 20.0})
    house = House(tmp_path, ORDERED, gate)

    async def main(all_: Workflows, _: Store) -> ToolResult | None:
        await all_.run(all_.all[0], HI, "k")
        await asyncio.sleep(10)
        gate.done.append("undo that")
        return await workflow_tool(all_).halt(UNDO_THAT, "", 0.0)

    result = house.live(main)
    assert result is not None
    assert result.say == "Evening was stopped. I took back the b and the a."
    assert gate.done == ["A", "undo that", "B", "Back", "UnA"]
    assert house.said == [], "whoever stopped it has heard it"


def test_what_takes_long_to_be_taken_back_is_told_when_it_is(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)

    async def main(all_: Workflows, store: Store) -> tuple[ToolResult | None, str]:
        result = await all_.run(all_.all[0], HI, "k")
        halted = await all_.halt(UNDO_THAT, "", 0.0)
        (run_,) = await store.runs.last(1)
        await all_.settled()
        assert result.status == "sent"
        return halted, run_.state

    halted, state = house.live(main)
    assert halted is not None
    assert (halted.say, state) == ("Evening is being taken back.", "undoing")
    assert house.said == ["Evening was stopped. I took back the b and the a."]


def test_undoing_something_later_does_not_stop_it_nor_does_its_own_step(tmp_path: Path) -> None:
    gate = ScriptedGate(seconds={"B": 20.0})
    house = House(tmp_path, ORDERED, gate)

    async def main(all_: Workflows, store: Store) -> list[ToolResult | None]:
        began = asyncio.get_running_loop().time()
        await all_.run(all_.all[0], HI, "k")
        (run_,) = await store.runs.last(1)
        results = [
            await all_.halt(UNDO_THAT, "another", began + 1),
            await all_.halt(replace(UNDO_THAT, turn=run_.id), run_.id, began + 1),
        ]
        await all_.settled()
        return [*results, await all_.halt(UNDO_THAT, run_.id, began)]

    assert house.live(main) == [None, None, None]
    assert gate.done == ["A", "B", "C"]


def test_what_a_run_takes_back_itself_is_an_undo(tmp_path: Path) -> None:
    gate = ScriptedGate({"C": BROKEN})
    House(tmp_path, ORDERED, gate).run()
    causes = dict(zip(gate.done, [one.cause for one in gate.occasions], strict=True))
    assert causes == {
        "A": "workflow", "B": "workflow", "C": "workflow", "Back": "undo", "UnA": "undo",
    }  # fmt: skip


def test_what_stays_as_it_is_is_said(tmp_path: Path) -> None:
    text = ORDERED.replace(
        'tool = "A"\ncompensate = "undo"',
        'tool = "A"\ncompensate = "nothing"\nbecause = "It does no harm."',
    )
    said = House(tmp_path, text, ScriptedGate({"B": BROKEN})).run().say
    assert said.endswith("The hall lamp has no power. I left the a as it is now.")


def test_what_was_sent_back_without_an_answer_is_not_said_to_be_back(tmp_path: Path) -> None:
    gate = ScriptedGate({"C": BROKEN, "Back": ToolResult("sent")})
    said = House(tmp_path, ORDERED, gate).run().say
    assert said.endswith("I took back the a. I sent the b back, but had no answer.")


@pytest.mark.parametrize("known", [UNKNOWN, ToolResult("done")])
def test_what_a_kill_cut_short_is_taken_back_as_the_file_says_and_told(
    tmp_path: Path, known: ToolResult
) -> None:
    gate = ScriptedGate(seconds={"B": 60.0})
    house = House(tmp_path, ORDERED, gate)

    async def killed(all_: Workflows, store: Store) -> str:
        await all_.run(all_.all[0], HI, "k")
        (run_,) = await store.runs.last(1)
        return run_.id

    run_id = house.live(killed)
    gate.kept[f"{run_id}/b"] = known
    house.now += 3_600
    house.live(lambda all_, _: all_.resume())
    assert gate.done == ["A", "Back", "UnA"]
    assert gate.calls[-2].arguments == {"of": "good night"}
    assert house.said[-1].endswith("could not be finished. I took back the b and the a.")


def test_a_branch_that_ended_beside_a_failure_and_a_kill_is_taken_back(tmp_path: Path) -> None:
    gate = ScriptedGate({"A": BROKEN}, seconds={"A": 0.5, "B": 1.0})
    house = House(tmp_path, PARALLEL, gate)

    async def killed(all_: Workflows, _: Store) -> None:
        task = asyncio.create_task(all_.run(all_.all[0], HI, "k"))
        await asyncio.sleep(0.8)
        task.cancel()
        await asyncio.wait([task])
        await all_.close()
        await asyncio.sleep(5)  # What the gate had begun comes to its end, and nobody notes it.

    house.live(killed)
    assert gate.done[:3] == ["C", "A", "B"]
    house.live(lambda all_, _: all_.resume())
    assert sorted(gate.done[3:]) == ["Back", "UnC"]
