"""What people read in the terminal adds up as it is printed."""

import re
from decimal import Decimal
from typing import Any

import pytest

from features.moments import DAY
from features.tables import Lead
from serving.scorer import Scorer
from serving.terminal.output import SMALLEST, console, waterfall

NOW = 20_000 * DAY
ROW = re.compile(r"(?P<counts>[+-]?\d+\.\d) +(?P<total>-?\d+\.\d) *█* *$")
SCORE = re.compile(r"^score .* (?P<score>-?\d+\.\d) *$")


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    def lines(answer: dict[str, Any]) -> list[str]:
        console().print(waterfall(answer))
        return [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    return lines


def parts(lines: list[str]) -> tuple[list[Decimal], list[Decimal], Decimal]:
    """The parts, the running totals and the score of a printed waterfall."""
    start = next(i for i, line in enumerate(lines) if line.startswith("reason"))
    end = next(i for i, line in enumerate(lines) if SCORE.match(line))
    rows = [found for line in lines[start:end] if (found := ROW.search(line))]
    score = SCORE.match(lines[end])
    assert score
    return [Decimal(r["counts"]) for r in rows], [Decimal(r["total"]) for r in rows], Decimal(score["score"])


def test_the_printed_parts_add_up_to_the_printed_score(
    scorer: Scorer, leads: list[Lead], as_of: int, printed: Any
) -> None:
    for lead in leads[::15]:
        answer = scorer.answer(lead, as_of)
        counts, totals, score = parts(printed(answer))
        large = sum(abs(t["points"]) >= SMALLEST for t in answer["terms"])
        assert len(counts) - 1 - large in (0, 1)  # what is too small to show is one row, if it is not too small itself
        assert sum(counts) == score == totals[-1]


def test_a_lead_of_whom_nothing_is_known_has_the_base(scorer: Scorer, printed: Any) -> None:
    counts, _, score = parts(printed(scorer.answer(Lead("L-1"), NOW, with_moves=False)))
    assert counts[0] == Decimal(f"{scorer.answer(Lead('L-1'), NOW)['base']:.1f}")
    assert sum(counts) == score


def test_what_a_lead_sends_is_no_markup(scorer: Scorer, printed: Any) -> None:
    lines = printed(scorer.answer(Lead("L-1", {"industry": "[bold]x[/red]"}), NOW))
    assert any("industry: [bold]x[/red] (not seen in history)" in line for line in lines)


def test_the_stage_is_pointed_at(rules: Scorer, printed: Any) -> None:
    lead = Lead("L-1", {"email": "a@acme.example", "employees": 500})  # 14 + 3 points
    assert any(line.startswith("» Lead ") for line in printed(rules.answer(lead, NOW)))


def test_it_says_where_moves_do_not_suffice(rules: Scorer, printed: Any) -> None:
    lead = Lead("L-1", {"industry": "hospitality", "employees": 3, "job_title": "Student", "email": "a@mit.edu"})
    assert any("and more, for these do not suffice" in line for line in printed(rules.answer(lead, NOW)))
