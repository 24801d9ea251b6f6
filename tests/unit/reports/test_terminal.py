import io
from collections.abc import Callable

from rich.console import Console

from reclaim.model.outcome import Counts
from reclaim.model.run import RunState
from reclaim.reports.model import Attention, RunReport
from reclaim.reports.terminal import final_balance


def shown(report: RunReport) -> str:
    screen = io.StringIO()
    Console(file=screen, width=110, force_terminal=False).print(final_balance(report))
    return screen.getvalue()


def test_the_last_lines_are_the_headline_and_the_counts(report: Callable[..., RunReport]) -> None:
    text = shown(report())

    assert "4,812 of 5,000 messages recovered; 97 need a person." in text
    assert "malformed_json" in text
    assert "6,015.00 USD" in text
    assert "balanced" in text


def test_nothing_can_drive_the_terminal(report: Callable[..., RunReport]) -> None:
    text = shown(
        report(
            state=RunState.HALTED,
            explanation="\x1b]0;owned\x07 [bold red]markup[/] \r over",
            attention=Attention(unfinished=("[link=http://evil]x[/link] \x1b[2J",)),
        )
    )

    assert "\x1b" not in text
    assert "\r" not in text
    assert "[bold red]markup[/]" in text
    assert "[link=http://evil]x[/link]" in text


def test_an_empty_run_has_its_counts_too(report: Callable[..., RunReport]) -> None:
    text = shown(report(counts=Counts(), causes={}, money={}, attention=Attention()))

    assert "The queue was empty" in text
    assert "received" in text
