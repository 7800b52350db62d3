"""``leadscore score`` writes of many leads what is answered for each, from a folder or a flat file, on each engine."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pandas as pd
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from features.agreement import Agreement, Bounds, Condition, Conversion, Exclusion, Fact, FastTrack, Points, Stage
from features.catalog import BOUNDS, Feature, Pair, Source
from features.moments import DAY, iso, moment
from features.tables import Event, Lead, ProfileVersion, StageChange
from serving.batch import read_leads
from serving.bulk.rows import FLAT
from serving.bulk.scoring import score_by_duckdb
from serving.bulk.tables import find_tables
from serving.scorer import Scorer
from training.scorecard import Scorecard, Table, rules_only

NOW = moment("2026-09-01T12:00:00Z")
INDUSTRIES = ("software", "Software ", "retail", "mining", None, "", "  ", "Select")
TITLES = ("Head of IT", "student", "IT Engineer", "Chief Executive Officer", None, "Select")
MAILS = ("kim@acme.example", "spy@rival.example", "a@gmail.com", None, " ")

SOFTWARE = Points(equals="software", points=10)
FIT = (
    Fact(fact="industry", field="industry", points=(SOFTWARE, Points(missing=True, points=-2))),
    Fact(fact="employees", field="employees", points=(Points(below=20, points=-5), Points(at_least=50, points=8))),
    Fact(fact="department", field="title", points=(Points(matches=("it", "engineer*"), points=6),)),
    Fact(fact="seniority", field="title", derive="seniority", points=(Points(equals="executive", points=12),)),
    Fact(fact="has_mail", field="email", points=(Points(missing=True, points=-4),)),
    Fact(fact="age", lead="age_days", points=(Points(below=30, points=3),)),
    Fact(fact="in_stage", lead="stage", points=(Points(equals="mql", points=5),)),
    Fact(fact="others", lead="colleagues", points_each=1.5, cap=3),
)  # fmt: skip
INTEREST = (
    Fact(fact="visits", event="visit", window_days=30, points_each=5, cap=15),
    Fact(fact="spent", label="'spent' events", event="order", measure="sum", property="n", points_each=0.1, cap=9),
    Fact(fact="last", event="any", measure="days_since_last", points=(Points(below=7, points=7),)),
    Fact(fact="plan", event="visit", measure="last", property="plan", points=(Points(equals="pro", points=4),)),
    Fact(fact="account_visits", event="visit", over="account", window_days=14, points_each=2, cap=10),
)
STAGES = (
    Stage(stage="Prospect", definition="a name", owner="marketing"),
    Stage(stage="Lead", definition="an address", owner="marketing", threshold=5, on="agreed", required=("email",)),
    Stage(stage="MQL", definition="fits", owner="marketing", threshold=8, on="fit", required=("title", "email")),
    Stage(stage="Warm", definition="keen", owner="marketing", threshold=9, on="interest", required=("budget",)),
    Stage(stage="SAL", definition="taken", owner="sales", threshold=40, gate="sales accepts"),
    Stage(stage="Customer", definition="signed", owner="sales", gate="sales decides"),
)
EXCLUSIONS = (
    Exclusion(name="rival", field="email", derive="email_domain", when=Condition(equals="rival.example"), reason="no"),
    Exclusion(name="student", field="title", when=Condition(matches=("student*",))),
    Exclusion(name="tiny", field="employees", when=Condition(below=2)),
)
TRACKS = (
    FastTrack(name="trial", event="trial", window_days=30, to="MQL"),
    FastTrack(name="demo", event="demo", window_days=30, to="SAL", reason="asked for it"),
)


@pytest.fixture(scope="module")
def wide() -> Scorecard:
    """A scorecard with facts of every kind, agreed and learned points, bags, and a range that scores are cut to."""
    agreement = Agreement(
        agreement="Acme",
        version="1",
        agreed_on=date(2026, 1, 1),
        conversion=Conversion(definition="signed", stage="Customer", horizon_days=90.0),
        points_double_odds=10.0,
        bounds=Bounds(low=-3.0, high=30.0),
        grades={"A": 25.0, "A+": 29.0, "B": 12.5},
        fit=FIT,
        interest=INTEREST,
        stages=STAGES,
        exclusions=EXCLUSIONS,
        fast_tracks=TRACKS,
    )
    of_visits = Feature(
        name="of_visits", label="of visits", kind="interest", type="number", source=Source(points_of="visits")
    )
    source = Feature(name="source", label="source", kind="fit", type="text", source=Source(field="source"))
    fields = pair("seniority", "source", "fit")
    doings = pair("source", "visits", "interest", second_cuts=(1.0, 4.0))
    late = pair("plan", "last", "interest", second_cuts=(7.0,))
    numbers_are_floats = msgspec.convert(msgspec.to_builtins(agreement), Agreement)
    card = rules_only(numbers_are_floats, missing_values=("Select",))
    tables = {
        "industry": Table(
            values=("software", "retail"), points=(4.25, -1.0), missing=0.0, other=-0.3,
            bags=((4.0, -1.0, 0.0, 0.0), (5.0, 0.0, 1.0, -1.0)),
        ),
        "visits": Table(cuts=(1.0, 4.0), points=(0.0, 3.3, 4.7), missing=0.0, other=0.0),
        "of_visits": Table(cuts=(5.0,), points=(0.0, 1.7), missing=0.0, other=0.0),
        "source": Table(values=("ads",), points=(-2.5,), missing=0.0, other=0.1),
        "seniority x source": Table(values=("executive × ads",), points=(6.5,), missing=0.3, other=0.0),
        "source x visits": Table(
            values=("ads × from 4", "unknown × below 1"), points=(11.0, -1.5), missing=0.0, other=-4.0,
            bags=((10.0, -1.0, 0.0, 0.0), (12.0, 0.0, 1.0, -1.0)),
        ),
        "plan x last": Table(values=("pro × below 7", "free × unknown"), points=(3.0, 1.0), missing=-0.2, other=0.0),
    }  # fmt: skip
    return replace(
        card, features=(doings, *card.features, of_visits, source, fields, late), tables=tables, weight_of_history=0.4,
        learned_base=2.0, base_bags=(1.5, 2.5), spread=1.2, account_column="company",
    )  # fmt: skip


def pair(first: str, second: str, kind: Any, **cuts: Any) -> Feature:
    source = Source(pair=Pair(first=first, second=second, **cuts))
    return Feature(name=f"{first} x {second}", label=f"{first} × {second}", kind=kind, type="text", source=source)


@pytest.fixture(scope="module")
def company() -> list[Lead]:
    """300 leads of 80 companies; some know nothing, some events and changes of stage are still to come."""
    random = Random(7)
    leads = [_lead(random, i) for i in range(300)]
    at = {lead.lead_id: lead.profile["company"] for lead in leads}
    return [
        Lead(x.lead_id, x.profile, x.events, x.created_at, x.stages, tuple(c for c in leads if _colleague(x, c, at)))
        for x in leads
    ]


def _colleague(lead: Lead, other: Lead, company: dict[str, Any]) -> bool:
    mine = company[lead.lead_id]
    return lead.lead_id != other.lead_id and mine is not None and company[other.lead_id] == mine


def _lead(random: Random, number: int) -> Lead:
    events = [_event(random, f"{number}-{k}") for k in range(random.choice([0, 0, 1, 3, 8]))]
    profile = {
        "company": random.choice([None, *(f"c{i}" for i in range(80))]),
        "industry": random.choice(INDUSTRIES),
        "employees": random.choice([None, 1, 10, 49, 50, 2000.5]),
        "title": random.choice(TITLES),
        "email": random.choice(MAILS),
        "budget": random.choice([None, "yes", "select"]),
        "source": random.choice([None, "ads", "fair, paid", 'the "web"']),
    }
    stages = [StageChange(NOW + random.randint(-60, 5) * DAY, s) for s in ("Lead", "MQL") if random.random() < 0.5]
    return Lead(f"L-{number:03}", profile, tuple(events), NOW + random.randint(-90, 5) * DAY, tuple(stages))


def _event(random: Random, event_id: str) -> Event:
    kind = random.choices(["visit", "order", "trial", "demo", "other"], [8, 3, 1, 1, 3])[0]
    properties = {"plan": random.choice([None, "Pro", "free"]), "n": random.choice([None, 10, 0.1, "7"])}
    return Event(kind, NOW - random.randint(-2 * 24, 20 * 24) * DAY // 24, properties, event_id)


@pytest.fixture(scope="module")
def folder(company: list[Lead], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company as files."""
    return _written(company, tmp_path_factory.mktemp("company"))


def _written(company: list[Lead], where: Path) -> Path:
    """Files of a company; with a row per version of a profile, and when events were known, if any lead has those."""
    versions = [(x, v) for x in company for v in x.versions]
    pd.DataFrame(
        {"lead_id": x.lead_id, "created_at": iso(x.created_at or 0), **profile, **more}
        for x, profile, more in (
            [(x, v.profile, {"valid_from": iso(v.valid_from), "account_from": iso(x.account_from or 0)})
             for x, v in versions] or [(x, x.profile, {}) for x in company]
        )
    ).to_csv(where / "leads.csv", index=False)  # fmt: skip
    pd.DataFrame(
        {"lead_id": x.lead_id, "event_id": e.event_id, "at": pd.Timestamp(e.at, unit="us", tz="UTC"), "type": e.type,
         "properties": json.dumps(e.properties),
         **({"known_from": pd.Timestamp(e.known_from or e.at, unit="us", tz="UTC")} if versions else {})}
        for x in company for e in x.events
    ).to_parquet(where / "events.parquet")  # fmt: skip
    pd.DataFrame({"lead_id": x.lead_id, "at": iso(s.at), "stage": s.stage} for x in company for s in x.stages).to_csv(
        where / "outcomes.csv.gz", index=False
    )
    return where


def one_by_one(card: Scorecard, leads: list[Lead], as_of: int) -> Iterator[dict[str, Any]]:
    """The rows that the answers for single leads make, with terms."""
    scorer = Scorer(card)
    for lead in leads:
        answer = scorer.answer(lead, as_of, with_moves=False)
        cut = {f"points.{BOUNDS}": 0.0} if card.agreement.bounds else {}
        yield {n: answer[n] for n in FLAT} | cut | {f"points.{t['fact']}": t["points"] for t in answer["terms"]}


def by_duckdb(card: Scorecard, source: Path, out: Path, *, terms: bool = True) -> list[dict[str, Any]]:
    tables = find_tables(card, source, None).tables
    n = score_by_duckdb(card, tables, out, as_of=NOW, terms=terms, memory=None, step=lambda *_: None)
    rows: list[dict[str, Any]] = pq.read_table(out).to_pylist()
    assert n == len(rows)
    return rows


def test_every_kind_of_fact_and_rule_comes_out_as_for_each_lead(
    wide: Scorecard, company: list[Lead], folder: Path, tmp_path: Path
) -> None:
    assert by_duckdb(wide, folder, tmp_path / "scores.parquet") == list(one_by_one(wide, company, NOW))


def _with_history(company: list[Lead]) -> list[Lead]:
    """The company with two versions of every profile, every third event known late, and accounts that begin."""
    changed = {}
    for i, lead in enumerate(company):
        other = company[(i + 1) % len(company)].profile | {"company": lead.profile["company"]}
        versions = (ProfileVersion(NOW - 50 * DAY, lead.profile), ProfileVersion(NOW - (i % 7 - 3) * DAY, other))
        events = [
            replace(e, known_from=NOW - (k % 5 - 1) * 3 * DAY) if k % 3 == 0 else e for k, e in enumerate(lead.events)
        ]
        repeats = [replace(e, at=e.at - DAY, known_from=NOW - 2 * DAY) for e in lead.events[:1]]
        joined = NOW - (i % 5 - 1) * DAY
        changed[lead.lead_id] = replace(
            lead, versions=versions, events=(*events, *repeats), account_from=joined, colleagues=()
        )
    return [replace(changed[x.lead_id], colleagues=tuple(changed[c.lead_id] for c in x.colleagues)) for x in company]


def test_history_comes_out_as_for_each_lead(wide: Scorecard, company: list[Lead], tmp_path: Path) -> None:
    """Profiles as they were, events as they were known, and the trend as both give it."""
    history = _with_history(company)
    scores = by_duckdb(wide, _written(history, tmp_path), tmp_path / "scores.parquet")
    assert scores == list(one_by_one(wide, history, NOW))
    assert scores != list(one_by_one(wide, company, NOW))


def test_leads_of_a_folder_are_read_one_by_one_with_their_history(
    wide: Scorecard, company: list[Lead], tmp_path: Path
) -> None:
    history = _with_history(company)
    tables = find_tables(wide, _written(history, tmp_path), None).tables
    assert list(one_by_one(wide, read_leads(wide, tables), NOW)) == list(one_by_one(wide, history, NOW))


def test_the_company_shows_whatever_can_be_said(wide: Scorecard, company: list[Lead]) -> None:
    rows = pd.DataFrame(one_by_one(wide, company, NOW))
    assert set(rows["trend"]) == {"unknown", "steady", "improving", "declining"}
    assert set(rows["grade"]) == {"A+", "A", "B", "C"}
    assert len(set(rows["exclusion"])) == 1 + len(EXCLUSIONS)
    assert len(set(rows["fast_track"])) == 1 + len(TRACKS)
    assert set(rows["stage"]) == {"Prospect", "Lead", "MQL", "Warm", "SAL"}
    assert len(set(rows["missing_for_next"])) > 3
    assert (rows["points.bounds"] > 0).any()
    assert (rows["points.bounds"] < 0).any()
    reasons = rows[[f"reason_{i}" for i in range(1, 6)]].stack()
    assert reasons.str.startswith("cut to the agreed range: ").any()
    assert reasons.str.contains("(not seen in history)", regex=False).any()
    assert reasons.str.startswith("source × visits: ads × from 4: +4.4").any()
    assert reasons.str.contains("× below 1 (not seen in history)", regex=False).any()
    assert rows["summary"].str.contains("missing for Warm: budget").any()


def test_a_flat_file_is_scored_as_leads_that_did_nothing(
    wide: Scorecard, company: list[Lead], folder: Path, tmp_path: Path
) -> None:
    quiet = [_without_doings(lead) for lead in company]
    assert by_duckdb(wide, folder / "leads.csv", tmp_path / "scores.parquet") == list(one_by_one(wide, quiet, NOW))


def _without_doings(lead: Lead) -> Lead:
    others = tuple(Lead(c.lead_id, c.profile, created_at=c.created_at) for c in lead.colleagues)
    return Lead(lead.lead_id, lead.profile, created_at=lead.created_at, colleagues=others)


def test_without_facts_over_events_there_is_no_trend(
    wide: Scorecard, company: list[Lead], folder: Path, tmp_path: Path
) -> None:
    card = replace(wide, features=tuple(f for f in wide.features if f.kind == "fit"))
    card = replace(card, tables={k: v for k, v in wide.tables.items() if k in {f.name for f in card.features}})
    rows = by_duckdb(card, folder, tmp_path / "scores.parquet")
    assert rows == list(one_by_one(card, company, NOW))
    assert {row["trend"] for row in rows} == {"unknown"}


def test_the_made_up_company_comes_out_as_lead_by_lead(
    card: Scorecard, leads: list[Lead], madeup_home: Path, tmp_path: Path
) -> None:
    rows = by_duckdb(card, madeup_home / "madeup", tmp_path / "scores.parquet")
    assert rows == list(one_by_one(card, leads, NOW))


def test_a_flat_file_of_the_made_up_company_has_the_same_bits(
    card: Scorecard, leads: list[Lead], madeup_home: Path, tmp_path: Path
) -> None:
    rows = by_duckdb(card, madeup_home / "madeup" / "leads.csv", tmp_path / "scores.parquet")
    assert rows == list(one_by_one(card, [Lead(lead.lead_id, lead.profile) for lead in leads], NOW))


def test_a_file_without_any_lead_gives_a_file_without_any_score(
    wide: Scorecard, company: list[Lead], folder: Path, tmp_path: Path
) -> None:
    pd.read_csv(folder / "leads.csv").head(0).to_csv(tmp_path / "leads.csv", index=False)
    assert by_duckdb(wide, tmp_path / "leads.csv", tmp_path / "scores.parquet") == []
    assert pq.read_schema(tmp_path / "scores.parquet").names[: len(FLAT)] == FLAT


@pytest.mark.spark
@pytest.mark.parametrize("source", [".", "leads.csv"])
def test_spark_gives_the_same_rows(spark: Any, wide: Scorecard, folder: Path, tmp_path: Path, source: str) -> None:
    from serving.bulk.spark import score_by_spark

    tables, out = find_tables(wide, folder / source, None).tables, tmp_path / "scores"
    n = score_by_spark(wide, tables, out, as_of=NOW, terms=True, session=spark)
    rows = pq.read_table(out).sort_by("lead_id").to_pylist()
    assert (n, rows) == (300, by_duckdb(wide, folder / source, tmp_path / "scores.parquet"))


@pytest.mark.spark
def test_spark_gives_the_same_rows_where_it_reads_nothing_but_fields(
    spark: Any, card: Scorecard, madeup_home: Path, tmp_path: Path
) -> None:
    from serving.bulk.spark import score_by_spark

    flat = madeup_home / "madeup" / "leads.csv"
    tables = find_tables(card, flat, None).tables
    score_by_spark(card, tables, tmp_path / "scores", as_of=NOW, terms=True, session=spark)
    rows = pq.read_table(tmp_path / "scores").sort_by("lead_id").to_pylist()
    assert rows == by_duckdb(card, flat, tmp_path / "scores.parquet")


@pytest.mark.spark
def test_a_lead_that_stands_twice_is_named_by_spark(
    spark: Any, card: Scorecard, madeup_home: Path, tmp_path: Path
) -> None:
    from features.errors import DataError
    from serving.bulk.spark import score_by_spark

    flat = pd.read_csv(madeup_home / "madeup" / "leads.csv").head(9)
    pd.concat([flat, flat.tail(1)]).to_csv(tmp_path / "leads.csv", index=False)
    tables = find_tables(card, tmp_path / "leads.csv", None).tables
    with pytest.raises(DataError, match=f"the lead '{flat['lead_id'][8]}' stands twice") as error:
        score_by_spark(card, tables, tmp_path / "scores", as_of=NOW, terms=True, session=spark)
    assert error.value.where == "leads.csv, row 10 and leads.csv, row 11"
    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]


@pytest.mark.spark
def test_a_value_that_spark_cannot_read_leaves_the_earlier_scores(
    spark: Any, wide: Scorecard, folder: Path, tmp_path: Path
) -> None:
    from features.errors import DataError
    from serving.bulk.spark import score_by_spark

    bad = pd.read_csv(folder / "leads.csv", dtype=str)
    bad.loc[200, "employees"] = "many"
    bad.to_csv(tmp_path / "leads.csv", index=False)
    out = tmp_path / "scores"
    good, wrong = (find_tables(wide, where / "leads.csv", None).tables for where in (folder, tmp_path))
    score_by_spark(wide, good, out, as_of=NOW, terms=False, session=spark)
    before = sorted(path.name for path in out.iterdir())
    with pytest.raises(DataError, match="'employees' cannot be read as a number") as error:
        score_by_spark(wide, wrong, out, as_of=NOW, terms=False, session=spark)
    assert error.value.where == "leads.csv, row 202, column 'employees'"
    assert sorted(path.name for path in out.iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leads.csv", "scores"]


def test_an_agreement_without_rules_scores_every_lead_zero(wide: Scorecard, tmp_path: Path) -> None:
    bare = rules_only(replace(wide.agreement, fit=(), interest=(), exclusions=(), fast_tracks=(), examples=()))
    (tmp_path / "leads.csv").write_text("lead_id,title\nL-1,it\nL-2,\n")
    rows = by_duckdb(bare, tmp_path / "leads.csv", tmp_path / "scores.parquet")
    assert [row["score"] for row in rows] == [0.0, 0.0]
