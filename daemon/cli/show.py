"""How turns and times look in a terminal."""

from datetime import datetime

from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from memory.records import Step, Turn


class _Console(Console):
    """Leaves it to `main` to decide what it means that nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """Raise what rich would turn into a failure."""
        raise BrokenPipeError


console = _Console(highlight=False)

_WIDTH = 48
"""Characters of a waterfall."""


def turn_view(turn: Turn) -> Group:
    """A turn with its waterfall of milliseconds."""
    started = datetime.fromtimestamp(turn.started_at).astimezone()
    head = f"[bold]{started:%Y-%m-%d %H:%M:%S}[/]  {turn.channel}  {turn.route}  {turn.model}"
    if turn.interrupted:
        head += "  [yellow]interrupted[/]"
    if turn.error:
        head += f"  [red]{escape(turn.error)}[/]"
    lines = [Text.from_markup(head), _line("asked", turn.asked), _line("heard", turn.heard)]
    if turn.interrupted:
        lines.append(_line("(unheard)", turn.answered.removeprefix(turn.heard).strip()))
    lines += [_line("source", f"{s.text} ({s.origin})") for s in turn.sources]
    if turn.prompt_tokens:
        share = turn.kv_reused / turn.prompt_tokens
        lines.append(_line("prompt", f"{turn.prompt_tokens} tokens, {share:.0%} from the cache"))
    return Group(*lines, _waterfall(turn), Text())


def ago(at: float) -> str:
    """A moment in local time, without a date when it was today."""
    moment = datetime.fromtimestamp(at).astimezone()
    today = datetime.now().astimezone().date()
    return f"{moment:%H:%M:%S}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M}"


def _line(name: str, text: str) -> Text:
    return Text.from_markup(f"  [cyan]{name:<10}[/]{escape(text)}")


def _waterfall(turn: Turn) -> Table:
    table = Table.grid(padding=(0, 1))
    for justify in ("left", "right", "right", "left"):
        table.add_column(justify=justify)
    if turn.trace:
        begin = min(0.0, *(step.start for step in turn.trace))
        span = max(step.end for step in turn.trace) - begin or 1.0
        for step in turn.trace:
            bar = _bar(step, begin, span)
            table.add_row(
                f"  {step.name}", f"{step.start:,.0f}", f"{step.end - step.start:,.0f} ms", bar
            )
    for name in ("first_token", "first_audio", "total"):
        if name in turn.latency_ms:
            table.add_row(f"  {name}", f"{turn.latency_ms[name]:,.0f}", "", "")
    return table


def _bar(step: Step, begin: float, span: float) -> Text:
    before = round((step.start - begin) / span * _WIDTH)
    length = max(1, round((step.end - step.start) / span * _WIDTH))
    return Text(" " * before + "█" * length, style="green")
