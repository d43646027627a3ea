"""What is said after a call: the package's responses, made from the states that were observed.

`ToolResult.value` of the home's tools, and what of it is used here:

    matched     records of entities that are in the state that was asked for or brought about
    unmatched   records of the others that were meant
    outcomes    of commands: {"entity", "name", "status", "why"}; status is "confirmed",
                "unanswered", "sent" (has no state to tell), "contradicted", "unavailable", ...
    uncertain   ids of entities whose last state may be an old one
    slots       further values for the response: a time, how many timers were cancelled
    error       why nothing was done: a key of the package's errors, its values beside it
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from jinja2 import Template, TemplateError, Undefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from daemon.intents.grammar import UnknownLanguage, grammar
from daemon.intents.observed import Observed, Sayings, observed
from daemon.intents.phrases import Phrases
from daemon.tools.tool import ToolResult
from models.ports import ToolCall

log = logging.getLogger(__name__)

_UNFIT: Final = (
    *(TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError),
    *(RecursionError, MemoryError),
)
"""What a template may raise over values that it was not written for."""

_MOVED: Final = frozenset(("cover", "cover_device_class", "lock", "valve"))
"""Responses about what moves: the package's say what was wanted, ours what is."""

_WORST_FIRST: Final = ("contradicted", "unsent", "unavailable", "impossible")
"""Outcomes that are told before others."""


class _Absent(Undefined):
    """What a template asks for and nobody told: false, and nothing that can be said."""

    __slots__ = ()

    def __str__(self) -> str:
        raise UndefinedError("a value of the response is missing")


class Responses:
    """Words results in one language, English where the package has none for it."""

    def __init__(self, language: str = "en") -> None:
        """Compile the language's templates: some 0.1 s."""
        self._phrases = Phrases(language)
        try:
            package = grammar(language)
        except UnknownLanguage:
            package = grammar("en")
        self._sayings = Sayings(package, self._phrases.table("states"))
        # Spoken, not shown: nothing is escaped. The templates are the package's; what fills them
        # comes from devices, so they may call nothing and change nothing.
        environment = ImmutableSandboxedEnvironment(autoescape=False, undefined=_Absent)
        own = self._phrases.table("responses")
        templates = package.responses.get("intents", {})
        self._templates: dict[tuple[str, str], Template] = {
            (name, key): environment.from_string(str(text))
            for name in {*templates, *own}
            for key, text in {**templates.get(name, {}), **own.get(name, {})}.items()
        }
        self._errors: dict[str, Template] = {
            key: environment.from_string(str(text))
            for key, text in package.responses.get("errors", {}).items()
        }

    def worded(self, call: ToolCall, response: str, result: ToolResult) -> str:
        """What to say about a result that says nothing itself.

        Args:
            call: what was called.
            response: key of the package's response, `Intent.response`; "default" if there is none.
            result: what came of it.
        """
        match result.status:
            case "ask":
                return result.say or self.question(call, result)
            case "failed":
                return self._failed(result)
            case "sent":
                return self._sent(result)
            case _:
                return self._done(call, response, result)

    def question(self, call: ToolCall, result: ToolResult) -> str:
        """Ask before something is done: "Shall I unlock the front door?"."""
        things = observed(result.value, "matched", self._sayings)
        names = [one.name for one in things] or [str(call.arguments.get("name", ""))]
        asked = self._phrases.table("confirm")
        domain = things[0].domain if things else str(call.arguments.get("domain", ""))
        phrase = asked.get(f"{call.name}.{domain}") or asked.get(call.name)
        if phrase is None or not all(names):
            return str(asked["default"])
        listed = self._phrases.listed([self._phrases.the(name) for name in names])
        return self._phrases.filled(str(phrase), **{**call.arguments, "names": listed})

    def error(self, key: str, details: Mapping[str, Any]) -> str:
        """Why nothing was done.

        Args:
            key: of the package's errors: "no_entity", "no_area", "duplicate_entities", ...
            details: what it speaks of, by name: "entity", "area", "floor", "domain", ...
        """
        template = self._errors.get(key)
        said = self._rendered(template, dict(details)) if template else ""
        return said or self._phrases.say("nothing" if key.startswith("no_") else "failed")

    def _done(self, call: ToolCall, response: str, result: ToolResult) -> str:
        matched = observed(result.value, "matched", self._sayings)
        unmatched = observed(result.value, "unmatched", self._sayings)
        if response in _MOVED and (moved := self._reached(matched)):
            return moved
        silent = [one for one in (*matched, *unmatched) if not one.known]
        if silent and len(silent) == len(matched) + len(unmatched):
            return self._phrases.counted("unknown", [one.name for one in silent])
        said = self._response(call, response, result.value, matched, unmatched)
        if said and result.value.get("uncertain"):
            return self._phrases.say("uncertain", said=said)
        return said

    def _reached(self, matched: Sequence[Observed]) -> str:
        """Where things that move are now, "" when the language has no words of ours for it."""
        phrases = self._phrases.own("reached")
        states: dict[str, list[str]] = {}
        for one in matched:
            states.setdefault(one.raw, []).append(self._phrases.the(one.name))
        if not states or not states.keys() <= phrases.keys():
            return ""
        return " ".join(
            self._phrases.filled(str(phrases[state]), names=self._phrases.listed(names))
            for state, names in states.items()
        )

    def _response(
        self,
        call: ToolCall,
        response: str,
        value: Mapping[str, Any],
        matched: Sequence[Observed],
        unmatched: Sequence[Observed],
    ) -> str:
        template = self._templates.get((call.name, response)) or self._fitting(call)
        if template is None:
            return self._phrases.say("done")
        # The templates compare numbers as they were said: `slots.hours in ["1", "one"]`.
        slots = {name: str(slot) for name, slot in call.arguments.items()}
        if "state" in slots:
            kind = (slots.get("domain", ""), slots.get("device_class", ""))
            slots["state"] = self._sayings.of(*kind, slots["state"])
        attributes = {one.entity_id: one.attributes for one in matched}
        said = self._rendered(
            template,
            {
                "slots": {**slots, **value.get("slots", {})},
                "state": next(iter((*matched, *unmatched)), None),
                "query": {
                    "matched": matched,
                    "unmatched": unmatched,
                    "total_results": len(matched) + len(unmatched),
                },
                "state_attr": lambda entity, name: attributes.get(entity, {}).get(name),
            },
        )
        return self._phrases.say("done") if said is None else said

    def _fitting(self, call: ToolCall) -> Template | None:
        """The response to a call that no sentence led to: the only one, or that of an argument."""
        keys = [key for name, key in self._templates if name == call.name]
        fitting = keys if len(keys) == 1 else [key for key in keys if key in call.arguments]
        return self._templates[call.name, fitting[0]] if fitting else None

    def _sent(self, result: ToolResult) -> str:
        told: Sequence[Mapping[str, str]] = result.value.get("outcomes", ())
        silent = [str(one.get("name", "")) for one in told if one.get("status") == "unanswered"]
        if not silent:
            return self._phrases.say("sent")
        if len(silent) == len(told):
            return self._phrases.counted("sent", silent)
        done = len(told) - len(silent)
        return self._phrases.counted("partly", silent, done=done, all=len(told))

    def _failed(self, result: ToolResult) -> str:
        if error := result.value.get("error"):
            return self.error(str(error), result.value)
        told: Sequence[Mapping[str, str]] = result.value.get("outcomes", ())
        bad = [one for one in told if one.get("status") not in {"confirmed", "sent", "unanswered"}]
        if not bad:
            return self._phrases.say("failed")
        kinds = {str(one.get("status")) for one in bad}
        worst = next((kind for kind in _WORST_FIRST if kind in kinds), "failed")
        names = [str(one.get("name", "")) for one in bad if worst in {"failed", one.get("status")}]
        states = {one.name: one.state for one in observed(result.value, "unmatched", self._sayings)}
        state = states.get(names[0], "")
        if worst == "contradicted" and not state:
            worst = "failed"
        return self._phrases.counted(worst, names, state=state)

    def _rendered(self, template: Template, values: Mapping[str, Any]) -> str | None:
        """The rendered text on one line; None when the values do not fit it."""
        try:
            said = template.render(values)
        except _UNFIT as unfit:
            log.warning("a response cannot be worded: %s", type(unfit).__name__)
            return None
        words = said.replace(" ,", ",").split()
        # A template looks up what it calls a domain, and has no word for every one.
        return None if "None" in words else " ".join(words)
