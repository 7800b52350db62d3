"""Every kind of fault in an agreement is refused, with its line, what came, what is allowed and what to do."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from features.errors import AgreementError
from features.loading import agreement_from_text, load_agreement

HERE = Path(__file__).parent
ACCEPTED = HERE / "accepted.yaml"
CASES = [case for path in sorted(HERE.glob("refused_*.yaml")) for case in YAML(typ="safe").load(path)]


def source_of(case: dict[str, Any]) -> str:
    if "text" in case:
        return str(case["text"])
    accepted = ACCEPTED.read_text("utf-8")
    assert case["replace"] in accepted, "the case changes nothing"
    return accepted.replace(case["replace"], case["by"], 1)


def expected_line(case: dict[str, Any], source: str) -> int:
    """The line in ``case``, or that of its ``occurrence`` of ``at``; the first line without either."""
    if "at" not in case:
        return int(case.get("line", 1))
    lines = [i for i, line in enumerate(source.splitlines(), 1) if case["at"] in line]
    return lines[case.get("occurrence", 1) - 1]


@pytest.mark.parametrize("case", CASES, ids=[c["refuses"].replace(" ", "_") for c in CASES])
def test_refuses(case: dict[str, Any]) -> None:
    source = source_of(case)
    with pytest.raises(AgreementError) as refused:
        agreement_from_text(source, "acme.yaml")
    parts = refused.value.parts()
    where = parts.pop("where").partition(" (")[0]
    assert parts == {part: case.get(part, "") for part in ("what", "got", "allowed", "do")}
    assert where == f"acme.yaml, line {expected_line(case, source)}"


def test_the_agreement_that_the_cases_change_is_accepted() -> None:
    assert load_agreement(ACCEPTED).agreement == "Nordwind Software"


def test_a_path_stands_beside_the_line() -> None:
    source = ACCEPTED.read_text("utf-8").replace("threshold: 40", "threshold: forty")
    with pytest.raises(AgreementError) as refused:
        agreement_from_text(source)
    assert refused.value.where.endswith("(stages[2].threshold)")


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("agreement: Acme\nversion: für\n".encode("latin-1"))
    with pytest.raises(AgreementError, match="not UTF-8") as refused:
        load_agreement(path)
    assert refused.value.where == "latin.yaml, line 2"


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "mark.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + ACCEPTED.read_bytes())
    assert load_agreement(path) == load_agreement(ACCEPTED)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgreementError, match="cannot read the file") as refused:
        load_agreement(tmp_path / "none.yaml")
    assert refused.value.got == "No such file or directory"


def test_a_file_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(AgreementError, match="nested too deeply"):
        agreement_from_text("fit: " + "[" * 100_000)


@pytest.mark.parametrize(
    ("replace", "by"),
    [
        ("{starts_with: /pricing}", "{in: [/a, /PRICING/b], starts_with: /pricing}"),
        ("{starts_with: /pricing}", "{}"),
        ("window_days: 60", "window_days: 36500"),
        ("industry: software, employees: 320", "industry: software, employees: 320, budget: 9"),
        ("grades:", "process: {recycle_to: MQL}\ngrades:"),
        ("grades:", "process: {business_hours: {opens: 00:00, closes: 24:00}}\ngrades:"),
        ("{hours: 48, do", "{hours: 20800, do"),
        ("grades:", "quadrant: {fit: 45, interest: 57}\ngrades:"),
        ("grades:", "segments: {phases: [{name: new, event: seen}]}\ngrades:"),
    ],
    ids=[
        "one value of a test passes",
        "a known property",
        "a century",
        "a field that a stage requires",
        "back to the last stage before a person decides",
        "round the clock",
        "ten years",
        "the most that the rules can give",
        "a phase of any such event",
    ],
)
def test_accepts_what_is_close_to_a_refusal(replace: str, by: str, tmp_path: Path) -> None:
    accepted = ACCEPTED.read_text("utf-8")
    assert replace in accepted
    path = tmp_path / "acme.yaml"
    path.write_text(accepted.replace(replace, by, 1), "utf-8")
    load_agreement(path, examples=False)


def test_where_any_event_is_measured_a_worked_example_may_have_events_of_every_type() -> None:
    accepted = ACCEPTED.read_text("utf-8").replace("event: webinar_attended", "event: any\n    where: {webinar: {}}")
    accepted = accepted.replace("{type: page_view, days_ago: 3", "{type: newly_seen, days_ago: 3")
    assert agreement_from_text(accepted.replace("score: -28", "score: -16")).examples


def test_a_stage_behind_the_one_where_a_person_decides_is_none_to_go_back_to() -> None:
    accepted = ACCEPTED.read_text("utf-8").replace("    gate: sales qualifies\n", "")
    with pytest.raises(AgreementError, match="cannot be sent back to 'SQL'"):
        agreement_from_text(accepted.replace("grades:", "process: {recycle_to: SQL}\ngrades:"))


def test_a_worked_example_may_have_a_field_that_only_a_persona_reads() -> None:
    segments = "segments: {personas: [{name: buyer, field: role, when: {equals: buyer}}]}\ngrades:"
    accepted = ACCEPTED.read_text("utf-8").replace("grades:", segments)
    assert agreement_from_text(accepted.replace("industry: null,", "industry: null, role: buyer,", 1)).examples
