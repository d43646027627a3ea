"""Formats and regular expressions in templates: no larger and no slower than they need to be."""

import re
from typing import Any

from sensors.discovery.sandbox import MAX_TEXT, TemplateRefused

_MAX_PATTERN, _MAX_SUBJECT = 100, 128
"""Characters of a regular expression and of what it is tried on."""

_QUANTIFIERS = re.compile(r"[*+{]|(?<!\()\?")
_INERT = re.compile(r"\\.|\[\^?\]?[^\]]*\]")
_FORMAT = re.compile(r"%[-+ 0#]*\d{0,2}(\.\d{1,2})?[diouxXeEfFgGs%]")


def formatted(pattern: str, *values: Any) -> str:
    """`format`: printf-style, no wider than 99 characters a value."""
    if len(pattern) > MAX_TEXT // 64 or "%" in _FORMAT.sub("", pattern):
        raise TemplateRefused("not a format")
    return pattern % values


def _regex(pattern: str, ignorecase: bool = False) -> re.Pattern[str]:
    """A regular expression that cannot take for ever.

    Raises:
        TemplateRefused: it repeats groups, refers back, or repeats too often.
    """
    bare = _INERT.sub("x", pattern)
    endless = len(re.findall(r"[*+{]", bare))
    if len(pattern) > _MAX_PATTERN or endless > 2 or len(_QUANTIFIERS.findall(bare)) > 4:
        raise TemplateRefused("regular expression too complex")
    if re.search(r"\)[*+{?]", bare) or re.search(r"\\\d|\(\?P=", pattern):
        raise TemplateRefused("regular expression too complex")
    return re.compile(pattern, re.IGNORECASE if ignorecase else 0)


def _subject(value: Any) -> str:
    text = str(value)
    if len(text) > _MAX_SUBJECT:
        raise TemplateRefused("text too long for a regular expression")
    return text


def regex_match(value: Any, find: str = "", ignorecase: bool = False) -> bool:
    """`regex_match`: whether a text begins with a pattern."""
    return _regex(find, ignorecase).match(_subject(value)) is not None


def regex_search(value: Any, find: str = "", ignorecase: bool = False) -> bool:
    """`regex_search`: whether a text has a pattern in it."""
    return _regex(find, ignorecase).search(_subject(value)) is not None


def regex_replace(value: Any, find: str = "", replace: str = "", ignorecase: bool = False) -> str:
    """`regex_replace`: a text with a pattern replaced."""
    if len(replace) > _MAX_SUBJECT:
        raise TemplateRefused("text too long")
    return _regex(find, ignorecase).sub(replace, _subject(value))


def regex_findall(value: Any, find: str = "", ignorecase: bool = False) -> list[Any]:
    """`regex_findall`: all occurrences of a pattern."""
    return _regex(find, ignorecase).findall(_subject(value))


def regex_findall_index(value: Any, find: str = "", index: int = 0) -> Any:
    """`regex_findall_index`: one of them."""
    return regex_findall(value, find)[index]
