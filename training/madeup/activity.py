"""What the made-up leads do: events before the review, which the truth reads, and after it, which know the outcome."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.madeup.clock import DAY, EXPORTED_AT, Floats, Ints, days, times
from training.madeup.sales import Course
from training.madeup.truth import INTEREST, Counted
from training.madeup.vocabulary import ACTIVITIES

BEFORE_CREATION_DAYS = 45  # visits before the form was filled in, known by their cookie
BEFORE_CREATION_SHARE = 0.3
USUAL_EVENTS = 12.8  # rows a lead in the events table
AFTER_DAYS = 60
AFTER_MEAN = 2.0
AFTER_MEAN_CONVERTING = 8.0
JUNIORS_AND_CAREERS = 20.0  # so many times the careers pages that others see
DELIVERED_TWICE = 0.02
KINDS = tuple(ACTIVITIES)


@dataclass(frozen=True)
class Acts:
    """Events as three arrays of one length: row of the lead, index into ``KINDS``, seconds since 1970."""

    lead: Ints
    kind: Ints
    at: Ints


def acts_before(
    rng: np.random.Generator, people: pd.DataFrame, as_of: Ints, engagement: Floats, busy: float = 1.0
) -> Acts:
    """What each lead did up to its review; ``busy`` multiplies every mean, ``engagement`` those of its interest."""
    lead, kind = [], []
    careers = np.where(people["seniority"] == "junior", JUNIORS_AND_CAREERS, 1.0)
    for code, (name, activity) in enumerate(ACTIVITIES.items()):
        mean = activity.mean * busy * (careers if name == "careers" else engagement)
        number = rng.poisson(mean)
        lead.append(np.repeat(np.arange(len(people)), number))
        kind.append(np.full(number.sum(), code))
    who, what = np.concatenate(lead), np.concatenate(kind)
    return Acts(who, what, _moments_before(rng, people["created"].to_numpy()[who], as_of[who]))


def _moments_before(rng: np.random.Generator, created: Ints, as_of: Ints) -> Ints:
    early = rng.random(len(created)) < BEFORE_CREATION_SHARE
    before = created - days(rng.random(len(created)) * BEFORE_CREATION_DAYS)
    since = created + np.floor(rng.random(len(created)) * (as_of - created + 1)).astype(np.int64)
    return np.where(early, before, since)


def acts_after(rng: np.random.Generator, as_of: Ints, course: Course, engagement: Floats, busy: float = 1.0) -> Acts:
    """What each lead did after its review, until it was closed: much more where it will convert."""
    converted, closed_at = course.converted, course.closed_at
    mean = np.where(converted, AFTER_MEAN_CONVERTING, AFTER_MEAN) * np.where(converted, 1.0, engagement)
    number = rng.poisson(np.where(closed_at > as_of, mean * busy, 0.0))
    who = np.repeat(np.arange(len(as_of)), number)
    shares = np.array([a.mean for a in ACTIVITIES.values()])
    kind = rng.choice(len(KINDS), len(who), p=shares / shares.sum())
    span = (np.minimum(closed_at, as_of + AFTER_DAYS * DAY) - as_of)[who]
    return Acts(who, kind, as_of[who] + 1 + np.floor(rng.random(len(who)) * span).astype(np.int64))


def counts(acts: Acts, as_of: Ints) -> pd.DataFrame:
    """The counted facts of each lead at its review, columns as ``truth.INTEREST``."""
    return pd.DataFrame({name: _count(acts, as_of, counted) for name, counted in INTEREST.items()})


def _count(acts: Acts, as_of: Ints, counted: Counted) -> Floats:
    age = as_of[acts.lead] - acts.at
    chosen = (acts.kind == KINDS.index(counted.events)) & (age >= 0) & (age < counted.window_days * DAY)
    half_life = counted.half_life_days
    weight = None if half_life is None else 0.5 ** (age[chosen] / (half_life * DAY))
    return np.bincount(acts.lead[chosen], weight, minlength=len(as_of)).astype(np.float64)


def event_table(rng: np.random.Generator, acts: list[Acts], lead_ids: pd.Series, mark: str = "") -> pd.DataFrame:
    """The events table up to the export, oldest first, ``mark`` before their numbers; some rows are there twice."""
    at = np.concatenate([a.at for a in acts])
    order = np.argsort(at, kind="stable")
    order = order[at[order] <= EXPORTED_AT]
    lead = np.concatenate([a.lead for a in acts])[order]
    kind = np.concatenate([a.kind for a in acts])[order]
    rows = pd.DataFrame({"event": np.arange(1, len(order) + 1), "lead": lead, "at": at[order]})
    rows["type"] = np.array([a.type for a in ACTIVITIES.values()], dtype=object)[kind]
    rows["properties"] = _properties(rng, kind)
    rows = _delivered_twice(rng, rows)
    return pd.DataFrame(
        {
            "event_id": f"sim-event-{mark}" + rows["event"].astype("str"),
            "lead_id": lead_ids.iloc[rows["lead"].to_numpy()].reset_index(drop=True),
            "at": times(rows["at"].to_numpy()),
            "type": rows["type"].astype("str"),
            "properties": rows["properties"].astype("str"),
        }
    )


def _delivered_twice(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Repeat some rows with the same id: half of them as they were, half stamped up to two hours later."""
    again = rows[rng.random(len(rows)) < DELIVERED_TWICE]
    late = rng.integers(0, 7_200, len(again)) * rng.integers(0, 2, len(again))
    again = again.assign(at=np.minimum(again["at"] + late, EXPORTED_AT))
    return pd.concat([rows, again]).sort_values("at", kind="stable", ignore_index=True)


def _properties(rng: np.random.Generator, kind: Ints) -> npt.NDArray[np.object_]:
    texts = np.array([p for a in ACTIVITIES.values() for p in a.properties], dtype=object)
    choices = np.array([len(a.properties) for a in ACTIVITIES.values()])
    first = np.cumsum(choices) - choices
    # Squared, so that the first page of a kind is seen most.
    chosen = np.floor(rng.random(len(kind)) ** 2 * choices[kind]).astype(np.int64)
    chosen_texts: npt.NDArray[np.object_] = texts[first[kind] + chosen]
    return chosen_texts
