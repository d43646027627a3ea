"""Doing what was put off: "turn off the lights in ten minutes"."""

from dataclasses import dataclass, replace

from daemon.intents.intent import Intent
from daemon.pending import options_of
from daemon.placing import Rooms, placed
from daemon.telling import Grammar, Wording, sentence, told
from daemon.timers.local import SYSTEM
from daemon.timers.speech import speech
from daemon.tools.gate import Gate
from daemon.tools.tool import Occasion, ToolResult
from memory.timers import Timer


@dataclass(frozen=True, slots=True)
class Obeying:
    """Obeys timers that were given a sentence: see `daemon.timers.timekeeper.Obey`."""

    grammar: Grammar
    gate: Gate
    wording: Wording
    rooms: Rooms

    async def obey(self, timer: Timer, key: str) -> str:
        """Do it, once for a key; what to say of it, "" when nothing was understood."""
        understood = self.grammar.recognise(timer.command, area=timer.area)
        intents = (understood,) if isinstance(understood, Intent) else understood
        if not isinstance(intents, tuple):
            return ""
        said: list[str] = []
        for n, wanted in enumerate(options_of(intents)):
            places = [wanted] if timer.area else placed(wanted, self.rooms)
            option = places[0]
            occasion = Occasion(timer.turn, "routine", timer.command, timer.area)
            call = replace(option.call, key=f"{key}/{n}")
            clear = len(places) == 1
            result = await self.gate.call(call, occasion) if clear else ToolResult("ask")
            if result.status == "ask":
                # Nobody is being talked to whose answer could be one to the question.
                said.append(speech(timer.language, SYSTEM).say("asks_first", command=timer.command))
                break
            said.append(told(self.wording, option, result))
        return " ".join(map(sentence, said))
