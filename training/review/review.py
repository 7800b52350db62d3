"""The review: every rule against history, and the facts that have no rule; readable top to bottom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, nan

from msgspec.structs import replace

from features.agreement import Agreement, Fact
from features.catalog import Kind
from features.errors import DataError
from training.dataset import Dataset
from training.review.forms import against_nothing, forms_of, only
from training.review.joint import Joint, fit_joint
from training.review.missing import Proved, Search, find_missing
from training.review.prepared import Prepared, prepare
from training.review.rules import Rule, rules_of, rules_of_fact
from training.review.verdicts import AGAINST, Reviewed, review_rules

Step = Callable[[str, int, int], None]

FEWEST_OUTCOMES = 30  # leads that converted, and leads that did not


@dataclass(frozen=True)
class Missing:
    """A fact that matters and has no rule.

    fact: the rule that it would have; rules: what history gives for each condition, or for each of what it counts
    gain: nats a row that the fact gains on held-out rows; error: the gain's standard error
    """

    fact: Fact
    rules: tuple[Reviewed, ...]
    gain: float
    error: float


@dataclass(frozen=True)
class Review:
    """An agreement held against history.

    rules: in the order of the file; missing: the one with the most evidence first
    leads, converted: how many leads it was held against, and how many of them converted
    """

    agreement: Agreement
    rules: tuple[Reviewed, ...]
    missing: tuple[Missing, ...]
    leads: int
    converted: int

    @property
    def against(self) -> list[Reviewed]:
        """The rules that history speaks against."""
        return [rule for rule in self.rules if rule.verdict in AGAINST]


def review(data: Dataset, agreement: Agreement, step: Step = lambda *_: None) -> Review:
    """Hold an agreement against n rows of history that have its facts.

    ``step(what, done, of)`` is told how far it is. Raises DataError where too few leads converted, or did not.
    """
    once = data.once()
    won = int(once.converted.sum())
    if min(won, len(once) - won) < FEWEST_OUTCOMES:
        got, allowed = f"{won} of {len(once)} leads converted", f"at least {FEWEST_OUTCOMES} of either kind"
        raise DataError("history is too thin to review the agreement", got=got, allowed=allowed, do="bring more of it")
    rows, rules = prepare(data, agreement), rules_of(agreement)
    search = find_missing(rows.inputs(rules), rows.candidates, rows.whose, rows.fold, step)
    step("measuring the rules", 0, 1)
    missing = _missing(rows, rules, search)
    model = _joint(rows, rules, search, missing)
    reviewed = review_rules(rules, [rows.counts(r) for r in rules], model, 1, agreement)
    step("measuring the rules", 1, 1)
    return Review(agreement, tuple(reviewed), tuple(_stated(m) for m in missing), len(once), won)


def _joint(rows: Prepared, rules: Sequence[Rule], search: Search, missing: Sequence[Missing]) -> Joint:
    """All rules and those of the missing facts together, adjusted for the other facts with some evidence."""
    taken = {m.fact.fact for m in missing}
    others = [c for c in (*(p.candidate for p in search.proved), *search.unproved) if c.feature.name not in taken]
    return fit_joint(rows.inputs([*rules, *(r.rule for m in missing for r in m.rules)], others))


def _missing(rows: Prepared, rules: list[Rule], search: Search) -> list[Missing]:
    """What history would give for each fact that was found; only what is surely beyond the margin stays."""
    found = [m for p in search.proved if (m := _in_its_form(rows, rules, search, p)) is not None]
    for _ in range(2):  # with what is left, measured anew
        found = _measured(rows, rules, search, found)
    return found


def _stated(missing: Missing) -> Missing:
    """With the points that history gives, in place of the 1 that measured them."""
    first, fact = missing.rules[0], missing.fact
    if fact.points_each is not None:
        cap = None if first.rule.most is None else first.proposed * first.rule.most
        fact = replace(fact, points_each=first.proposed, cap=cap)
    else:
        points = (replace(p, points=rule.proposed) for p, rule in zip(fact.points, missing.rules, strict=True))
        fact = replace(fact, points=tuple(points))
    rules = zip(_unagreed(first.rule.kind, fact), missing.rules, strict=True)
    return Missing(fact, tuple(found._replace(rule=rule) for rule, found in rules), missing.gain, missing.error)


def _in_its_form(rows: Prepared, rules: list[Rule], search: Search, proved: Proved) -> Missing | None:
    """The form of the rule that fits best what all other facts leave over."""
    feature = proved.candidate.feature
    found = [p.candidate for p in search.proved if p is not proved]
    rest = fit_joint(rows.inputs(rules, [*found, *search.unproved]))
    left_over, column = rest.log_odds(rest.inputs), rows.columns[feature.name]
    best, most = None, -inf
    for fact in forms_of(feature, column):
        form = _unagreed(feature.kind, fact)
        fitted = fit_joint(rows.inputs(form, offset=left_over)._replace(blocks=[]))
        if (value := fitted.objective(fitted.coefficients)) > most:
            best, most = against_nothing(fact, fitted.coefficients[1:], fitted.inputs.sizes), value
    if best is None:
        return None
    measured = tuple(map(_unmeasured, _unagreed(feature.kind, best)))
    return Missing(best, measured, proved.gain, proved.error)


def _unagreed(kind: Kind, fact: Fact) -> list[Rule]:
    return [rule._replace(agreed=0.0) for rule in rules_of_fact(kind, fact)]


def _unmeasured(rule: Rule) -> Reviewed:
    return Reviewed(rule, 0, 0, 0, nan, nan, nan, nan, "not enough leads")


def _measured(rows: Prepared, rules: list[Rule], search: Search, found: list[Missing]) -> list[Missing]:
    model = _joint(rows, rules, search, found)
    measured = []
    places = [rule.rule for m in found for rule in m.rules]
    reviewed = review_rules(places, [rows.counts(r) for r in places], model, 1 + len(rules), rows.agreement)
    left = iter(reviewed)
    for m in found:
        of_fact = [next(left) for _ in m.rules]
        kept = [i for i, r in enumerate(of_fact) if r.verdict in AGAINST]
        if kept:
            fact = only(m.fact, kept)
            again = _unagreed(of_fact[0].rule.kind, fact)
            rules_ = [of_fact[i]._replace(rule=rule) for i, rule in zip(kept, again, strict=True)]
            measured.append(Missing(fact, tuple(rules_), m.gain, m.error))
    return measured
