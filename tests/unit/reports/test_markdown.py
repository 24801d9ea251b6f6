import json
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from reclaim.model.outcome import Cause
from reclaim.reports.markdown import causes_table, escaped, summary_markdown
from reclaim.reports.model import Attention, CauseGroup, Example, RunReport

HOSTILE = "| a | <script>x</script> `b` [link](http://evil) **c**\n# d"


def test_the_summary_says_the_headline_the_balance_and_what_needs_a_person(report: Callable[..., RunReport]) -> None:
    text = summary_markdown(report())

    assert text.startswith("## 4,812 of 5,000 messages recovered; 97 need a person.")
    assert "| 5,000 | 4,812 | 91 | 97 | 0 | balanced |" in text
    assert "6,015.00 USD recovered (4,812 clients)" in text
    assert "`m-9`" in text
    assert "validation passed" in text


def test_hostile_text_stays_text(report: Callable[..., RunReport]) -> None:
    example = Example(message_id=HOSTILE, detail=HOSTILE)
    group = CauseGroup(cause=Cause.MALFORMED_JSON, count=1, examples=(example,))
    text = summary_markdown(
        report(
            queue=HOSTILE,
            explanation=HOSTILE,
            attention=Attention(quarantined=(group,), unfinished=(HOSTILE,)),
        )
    )

    assert "<script>" not in text
    assert "](http" not in text
    assert "\n# d" not in text
    assert "://" not in text


@given(st.text())
def test_escaped_text_is_one_line_without_bare_markup(text: str) -> None:
    shown = escaped(text)

    assert "<" not in shown
    assert "\n" not in shown
    assert shown.replace("\\|", "").count("|") == shown.replace("\\\\", "").replace("\\|", "").count("|")
    assert "|" not in shown.replace("\\\\", "").replace("\\|", "")


def test_the_table_of_causes_is_plain_rows_most_frequent_first(report: Callable[..., RunReport]) -> None:
    table = causes_table(report())

    assert [row["messages"] for row in table] == [4812, 97, 91]
    assert table[0] == {
        "outcome": "recovered",
        "cause": "missing_id",
        "messages": 4812,
        "share": "96.2%",
        "meaning": "The event had no tracking ID; it was regenerated and written.",
    }
    assert json.dumps(table)


def test_a_conflict_in_which_the_later_event_stands_is_marked(report: Callable[..., RunReport]) -> None:
    examples = (Example(message_id="m-1", later_stands=True), Example(message_id="m-2"))
    group = CauseGroup(cause=Cause.RECORD_CONFLICT, count=2, examples=examples)
    text = summary_markdown(report(attention=Attention(quarantined=(group,))))

    assert "- **the later stands** `m-1`" in text
    assert "- `m-2`" in text
