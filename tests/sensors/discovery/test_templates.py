import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.discovery import templates
from sensors.discovery.sandbox import MAX_TEXT
from sensors.discovery.templates import BrokenTemplate, Message, compiled, message

NAMES = {"entity_id": "sensor.it", "this": {"entity_id": "sensor.it"}}


def made(source: str, payload: object = None) -> str | None:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return compiled(source).read(Message(text), NAMES)


@pytest.mark.parametrize(
    ("source", "payload", "text"),
    [
        ("{{ value }}", "21.5", "21.5"),
        ("{{value_json.temperature}}", {"temperature": 21.5}, "21.5"),
        ("{{ value_json['temperature'] }}", {"temperature": 21}, "21"),
        ('{{ value_json["a b"].c[1] }}', {"a b": {"c": [1, 2]}}, "2"),
        (
            "{{ value_json.ENERGY['Today'] | float | round(1) }}",
            {"ENERGY": {"Today": "1.26"}},
            "1.3",
        ),
        ("{{ value_json.tempc | is_defined }}", {"tempc": 5}, "5"),
        ("{{ value_json.tempc | is_defined }}", {"hum": 5}, None),
        ("{{ value_json.occupancy }}", {"occupancy": True}, "True"),
        ("{{ value_json.a.b }}", {}, None),
        ("{{ value_json.a }}", {}, ""),
        ("{{ value_json.a }}", "no json", None),
        ("{{ value | int }}", "21.9", "21"),
        ("{{ value | float(0) }}", "unavailable", "0"),
        ("{{ value | float }}", "unavailable", None),
        ("{{ value_json.x | round }}", {"x": 2.6}, "3"),
    ],
)
def test_lookups_never_see_jinja(source: str, payload: object, text: str | None) -> None:
    assert type(compiled(source)).__name__ == "_Path"
    assert made(source, payload) == text


@pytest.mark.parametrize(
    ("source", "payload", "text"),
    [
        ("{{ value_json.items }}", {"items": 3}, None),
        ("{% if value == 'OPEN' %}open{% else %}closed{% endif %}", "OPEN", "open"),
        ("{{ value_json.a if value_json.a is defined else 'none' }}", {}, "none"),
        ("{{ value_json.Color.split(',')[0:3] | join(',') }}", {"Color": "1,2,3,4"}, "1,2,3"),
        ("{{ value[1:3] | int(base=16) }},{{ value[3:5] | int(base=16) }}", "#ff10", "255,16"),
        ("{{ '%.1f' | format(value_json.t) }}", {"t": 2.25}, "2.2"),
        ("{{ (value_json.mv | float / 1000) | round(2) }}", {"mv": 3312}, "3.31"),
        ("{{ iif(value_json.on, 'ON', 'OFF') }}", {"on": False}, "OFF"),
        ("{{ value_json.flags | bitwise_and(4) > 0 }}", {"flags": 6}, "True"),
        ("{{ value | regex_replace('[^0-9]', '') }}", "a1b2", "12"),
        ("{{ value is match('on') }}", "online", "True"),
        ("{{ value_json | tojson }}", {"a": "ä"}, '{"a": "ä"}'),
        ("{{ ('{\"a\": 1}' | from_json).a }}", "", "1"),
        ("{{ value_json.ts | timestamp_utc }}", {"ts": 0}, "1970-01-01T00:00:00+00:00"),
        ("{{ as_timestamp(value) }}", "1970-01-01T00:01:00+00:00", "60.0"),
        ("{% set m = {'0': 'off', '1': 'heat'} %}{{ m[value] | default('auto') }}", "1", "heat"),
        (("{% set ns = namespace(n=0) %}{% for x in value_json %}{% set ns.n = ns.n + x %}"
         "{% endfor %}{{ ns.n }}"), [1, 2, 3], "6"),
        ("{{ value_json.values() | sum }}", {"a": 1, "b": 2}, "3"),
        ("{{ value_json | selectattr('on') | map(attribute='n') | join(' ') }}",
         [{"on": True, "n": "a"}, {"on": False, "n": "b"}, {"on": True, "n": "c"}], "a c"),
        ("{{ [value_json.a, 3] | max }} {{ min(4, value_json.a) }}", {"a": 2}, "3 2"),
        ("{{ entity_id }} {{ this.entity_id }}", "", "sensor.it sensor.it"),
        ("{{ states('sensor.other') }}", "", None),
        ("{{ value_json.a ~ 1 ~ none }}", {"a": "x"}, "x1None"),
        ("{{ value_json.d | multiply(0.1) | round(1) }}", {"d": 215}, "21.5"),
    ],
)  # fmt: skip
def test_everything_else_is_jinja_with_the_filters_of_home_assistant(
    source: str, payload: object, text: str | None
) -> None:
    assert type(compiled(source)).__name__ == "_Jinja"
    assert made(source, payload) == text


keys = st.sampled_from(["a", "b", "state", "0"])
scalars = st.none() | st.booleans() | st.integers(-300, 300) | st.floats(-1e6, 1e6) | st.text()
documents = st.recursive(
    scalars | st.sampled_from(["ON", "21.5", "-3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
)
paths = st.lists(st.sampled_from([".a", ".b", "['state']", '["0"]', "[0]", "[1]"]), max_size=3)
chains = st.lists(
    st.sampled_from([" | float", " | int", " | int(0)", " | float(-1.5)", " | round(1)",
                     " | round", " | is_defined"]), max_size=2,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(documents, st.sampled_from(["value", "value_json"]), paths, chains)
def test_a_lookup_does_what_jinja_would(
    document: object, start: str, path: list[str], chain: list[str]
) -> None:
    source = "{{ " + start + "".join(path + chain) + " }}"
    slow = source.replace("{{ ", "{{- ").replace(start, f"({start})", 1)
    quick, jinja = compiled(source), compiled(slow)
    assert (type(quick).__name__, type(jinja).__name__) == ("_Path", "_Jinja")
    of = Message(json.dumps(document))
    assert quick.read(of, {}) == jinja.read(of, {})


@pytest.mark.parametrize(
    "source",
    [
        "{{ ",
        "{% if %}",
        "{{ value | no_such_filter }}",
        "{{ value is no_such_test }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'a' %}",
        "{% for x in [1] recursive %}{{ loop([x]) }}{% endfor %}",
        "{% set x %}{{ value }}{% endset %}",
        "{% filter upper %}a{% endfilter %}",
        "{% block a %}{% endblock %}",
        "{{ _steps([1], -1000) }}",
        "{{ __class__ }}",
        "{{ " + "(" * 1_500 + "1" + ")" * 1_500 + " }}",
        "{{ " + "not " * 900 + "1 }}",
        "x" * (templates.MAX_SOURCE + 1),
        "{{ value | attr('__class__') }}",
        "{{ value | center(1000000000) }}",
    ],
)
def test_a_broken_template_says_so_without_quoting_itself(source: str) -> None:
    with pytest.raises(BrokenTemplate) as refused:
        compiled(source)
    assert "passwd" not in str(refused.value)
    assert len(str(refused.value)) < 80


LOOPS = "{% for i in value %}{% for j in value %}{% for k in value %}"

BOMBS = [
    LOOPS + "{% set x = i %}" + "{% endfor %}" * 3,
    "{{ 'a' * 10**9 }}",
    "{{ ['a'] * 10**9 }}",
    "{{ 10**9 * 'a' }}",
    "{{ 9**9**9 }}",
    "{{ 9**(9**9) }}",
    "{{ (9**80) * (9**80) }}",
    "{{ 2.0 ** 100000 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%999999999f' % 1.5 }}",
    "{{ '%999999999d' | format(1) }}",
    "{{ '%*d' | format(99999999, 1) }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ 'a'.ljust(999999999) }}",
    "{{ 'a'.center(999999999) }}",
    "{{ 'a'.zfill(999999999) }}",
    "{{ range(10**9) | list }}",
    "{{ range(10**9) | sum }}",
    "{{ value | replace('', value) }}",
    "{{ value | join(value) }}",
    "{{ value.join(value_json.l) }}",
    ("{% for i in range(999) %}{% for j in range(999) %}{% for k in range(999) %}x{% endfor %}"
    "{% endfor %}{% endfor %}"),
    "{% for i in range(999) %}{{ value }}{% endfor %}",
    "{% for i in range(999) %}{% if value in value_json.s %}{% endif %}{% endfor %}",
    ("{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}"
    "{{ n.s }}"),
    ("{% set n = namespace(s='ab') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}"
    "{{ n.s }}"),
    ("{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}"
    "{{ n.s }}"),
    ("{% set n = namespace(s={}) %}{% for i in range(99) %}{% set n.s = {'a': n.s, 'b': n.s} %}"
    "{% endfor %}{{ n.s | tojson }}"),
    ("{% set n = namespace(s=(1,)) %}{% for i in range(99) %}{% set n.s = n.s + (n.s, n.s) %}"
    "{% endfor %}{{ n.s == n.s }}"),
    "{% set a = namespace() %}{% set a.a = a %}{{ a }}",
    "".join(f"{{% set x{i + 1} = [x{i}, x{i}] %}}" for i in range(120)) + "{{ x120 }}",
    "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | regex_match('(a+)+$') }}",
    "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' | regex_match('(a|a)*$') }}",
    "{{ value | regex_search('a*a*a*a*a*b') }}",
    "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa' | regex_match('" + "a?" * 28 + "a" * 28 + "') }}",
    "{{ value | regex_search('.*.*!') }}",
    "{{ 0 | timestamp_custom('%999999999Y') }}",
    "{{ [0, 1] | sum(start=[1]) }}",
    "{{ 1 / 0 }}",
    "{{ -(-(-1)) ** 0.5 }}",
]  # fmt: skip


def test_no_template_makes_long_texts_of_short_ones() -> None:
    repeat = "{% for i in range(N) %}{{ value }}{% endfor %}"
    of = Message("a" * 2_000)
    short = compiled(repeat.replace("N", "8")).read(of, {})
    assert short is not None
    assert len(short) == 16_000
    assert compiled(repeat.replace("N", "9")).read(of, {}) is None


def test_a_replacement_does_not_multiply() -> None:
    source = "{{ value_json.a | replace('a', value_json.b) | length }}"
    assert made(source, {"a": "aaa", "b": "bc"}) == "6"
    assert made(source, {"a": "a" * 200, "b": "b" * 200}) is None


def test_regular_expressions_are_tried_on_short_texts_only() -> None:
    source = "{{ value | regex_search('.*.*!') }}"
    assert made(source, "a" * 128) == "False"
    assert made(source, "a" * 129) is None


@pytest.mark.parametrize("source", BOMBS)
def test_no_template_uses_up_the_machine(source: str) -> None:
    payload = json.dumps({"l": ["a" * 500] * 60, "s": "a" * 20_000})
    started = time.thread_time()
    text = compiled(source).read(Message(payload), {})
    assert time.thread_time() - started < 0.5  # milliseconds; the rest is for a busy machine
    assert text is None or len(text) <= MAX_TEXT


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ value_json.__class__ }}",
        "{{ value_json['__init__']['__globals__'] }}",
        "{{ range.__globals__ }}",
        "{{ float.__wrapped__.__globals__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ value_json.update({'a': 2}) }}",
        "{{ value_json.l.append(1) }}",
        "{{ cycler }}{{ lipsum() }}",
        "{{ self.__init__ }}",
        "{{ [1] | map('attr', '__class__') | list }}",
        "{{ [[]] | map(attribute='__class__') | list }}",
        "{{ value.format_map(value_json) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ value_json.keys }}",
        "{{ loop }}{% for x in [1] %}{{ loop }}{% endfor %}",
        "{{ namespace }}",
        "{{ dict(a=1) }}",
        "{{ 'a'.ljust(3) }}",
        "{{ '{:>3}'.format(1) }}",
        "{% for x in [1] %}{{ loop.cycle('a') }}{% endfor %}",
    ],
)
def test_nothing_of_python_is_within_reach(source: str) -> None:
    payload = Message('{"l": [], "a": 1}')
    text = compiled(source).read(payload, {})
    assert text in (None, "", "[Undefined]")
    assert payload.json == {"l": [], "a": 1}


def test_a_message_is_text_within_bounds() -> None:
    assert message(b"\xff\xfe") is None
    assert message(b"x" * (templates.MAX_MESSAGE + 1)) is None
    found = message(b'\xef\xbb\xbf {"a": NaN} ')
    assert found is not None
    assert (found.text, found.json) == ('{"a": NaN}', {"a": None})


@pytest.mark.parametrize("text", ["[" * 50_000, "9" * 5_000, '{"a": ' * 9_000])
def test_json_that_nobody_can_read_is_no_json(text: str) -> None:
    assert made("{{ value_json is defined }}", text) == "False"
    assert made("{{ value_json.a }}", text) is None


def test_deep_json_that_can_be_read_is_not_printed_endlessly() -> None:
    deep = "[" * 900 + "]" * 900
    assert made("{{ value_json }}", deep) in (None, deep)
    assert made("{{ value_json | tojson }}", deep) in (None, deep)


def test_a_command_template_writes_values() -> None:
    template = compiled('{ "position": {{ position }} }')
    assert template.write({"value": 40, "position": 40}) == '{ "position": 40 }'
    assert compiled("{{ value }}").write({"value": "LOCK"}) == "LOCK"
    assert compiled("{{ value_json.a }}").write({"value": 1}) is None
    assert compiled("{{ 1 / value }}").write({"value": 0}) is None


def test_equal_templates_are_compiled_once() -> None:
    source = "{{ value_json.a + 1 }}"
    assert compiled(source) is compiled(source)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="{}%|value_json.[]'\"() ~+*1afor in", max_size=60), documents)
def test_any_text_is_a_template_or_broken(source: str, document: Any) -> None:
    try:
        template = compiled("{{ value" + source)
    except BrokenTemplate:
        return
    template.read(Message(json.dumps(document)), {})
