"""What is learned about pairs can be read: no pair is of a fact made of others, or of a number without ranges."""

from dataclasses import replace

import numpy as np
from msgspec.structs import replace as changed

from features.catalog import Source
from features.reference import Reader
from training.learn.learner import learn


def test_a_fact_that_is_made_of_others_is_in_no_pair(draw, quick) -> None:
    rng = np.random.default_rng(3)
    one, two = rng.integers(0, 2, 2000), rng.integers(0, 2, 2000)
    told = {"agreed": [5.0 * i for i in one.tolist()], "colour": [f"c{i}" for i in two]}
    data = draw(3, np.where(one ^ two, 1.0, -2.0), **told)
    assert list(learn(data, quick).findings.pairs) == ["agreed_x_colour"]
    agreed, colour = data.features
    made = changed(agreed, source=Source(points_of="fit"))
    assert list(learn(replace(data, features=(made, colour)), quick).findings.pairs) == []


def test_a_number_that_is_nearly_always_the_same_is_paired_in_ranges_or_not_at_all(draw, quick) -> None:
    """Whether it is known says much about one colour and the contrary about the other."""
    rng = np.random.default_rng(4)
    known, colour = rng.integers(0, 2, 4000), rng.integers(0, 2, 4000)
    size = np.where(rng.random(4000) < 0.02, rng.integers(0, 9, 4000), 9).tolist()
    told = {"size": [float(s) if k else None for s, k in zip(size, known, strict=True)]}
    data = draw(4, np.where(known ^ colour, 1.0, -2.0), **told, colour=[f"c{i}" for i in colour])
    assert Reader(learn(data, quick).features)
