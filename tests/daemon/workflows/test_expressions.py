"""References in workflow files."""

from typing import Any

import pytest

from daemon.workflows.expressions import Expression, ExpressionFailed, expressions_in, filled

CONTEXT: dict[str, Any] = {
    "asked": "good night in {{ 6 * 7 }} minutes",
    "home": {"light": 2, "lock": 0},
    "steps": {
        "doors": {"status": "done", "value": {"matched": ["front", "back"]}, "say": "Locked."}
    },
}


def test_a_text_that_is_one_reference_keeps_its_type() -> None:
    assert filled("{{ steps.doors.value.matched }}", CONTEXT) == ["front", "back"]
    assert filled({"n": ["{{ home.light }}"]}, CONTEXT) == {"n": [2]}
    assert filled("{{ home.light }} lights", CONTEXT) == "2 lights"
    assert filled(7, CONTEXT) == 7


def test_conditions_compare() -> None:
    assert Expression("home.light > 1 and not home.lock").value(CONTEXT) is True
    assert Expression("'front' in steps.doors.value.matched").value(CONTEXT) is True


def test_what_a_value_holds_is_never_read_as_an_expression() -> None:
    assert filled("{{ asked }}!", CONTEXT) == "good night in {{ 6 * 7 }} minutes!"
    assert filled("{{ asked }}", CONTEXT) == CONTEXT["asked"]


@pytest.mark.parametrize(
    "text", ["{{ steps.windows.say }}", "{{ steps.windows }}", "a {{ home.x }}"]
)
def test_what_is_not_there_is_said(text: str) -> None:
    with pytest.raises(ExpressionFailed):
        filled(text, CONTEXT)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}", "{{ asked.__class__.__mro__ }}", "{{ range(10**9) }}",
        "{{ lipsum() }}", "{{ cycler }}", "{{ secrets }}",
        "{% include 'x' %}", "{{", "{{ 1 / 0 }}",
        "{{ asked | nosuch }}", "{{ asked is nosuch }}", "x {{ '{0} {1}'.format(asked) }}",
        "x {{ {'a': 1}.pop('b') }}", "x {% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "x {{ '%(k)s' % {} }}", "{{ [1].index(1, 2, 3, 4) }}", "{{ asked | map('upper') }}",
        "{{ " + "(" * 900 + "1" + ")" * 900 + " }}",
    ],
)  # fmt: skip
def test_the_sandbox_holds(text: str) -> None:
    def use() -> Any:
        expressions_in(text)
        return filled(text, CONTEXT)

    with pytest.raises(ExpressionFailed):
        use()


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 10**12 }}", "x {{ 'a' * 10**12 }}", "{{ [asked] * 3000 }}", "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}", "{{ '%*d' % (10**9, 1) }}", "{{ asked | center(10**9) }}",
        "{{ asked.ljust(10**9) }}", "{{ '{:1000000000}'.format(1) }}", "{{ [1] | batch(9**9, 1) }}",
    ],
)  # fmt: skip
def test_endless_work_is_refused(text: str) -> None:
    with pytest.raises(ExpressionFailed):
        filled(text, CONTEXT)


def test_what_is_small_is_worked_out() -> None:
    assert filled("{{ 6 * 7 + 2 ** 10 }}", CONTEXT) == 1066
    assert filled("{{ '%.1f' % 21.55 ~ '-' * 3 }}", CONTEXT) == "21.6---"
    assert filled("{{ home.light * 1.5 }}", CONTEXT) == 3.0


def test_references_to_steps_are_found() -> None:
    assert expressions_in("{{ steps.a.say }} and {{ steps.b.value.x }}") == {"a", "b"}
    assert Expression("steps.c.status == 'done' or home.light").steps == {"c"}
