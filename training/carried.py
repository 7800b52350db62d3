"""A scorecard under another agreement, until the next training: the rules are new, what history taught stays.

Learned points belong to the values that they were learned for, so every table stays with the reading of its fact. The
learned part of a score is therefore what it was, in the new agreement's points:

    r = points_double_odds' / points_double_odds
    learned_base' + sum of learned'  =  r * (learned_base + sum of learned)
    scale_a' = scale_a,  scale_b' = scale_b / r

and the probability by history alone is unchanged. What is new counts as all that was agreed does, with ``1 - w``.
"""

from msgspec.structs import replace

from features.agreement import Agreement
from training.carried_facts import carried_facts
from training.scorecard import RULES, Scorecard, Table, rules_only


def trained_version(model_version: str) -> str:
    """The version that was trained, of one that is carried under another agreement.

    >>> trained_version("7+2026-11"), trained_version("7")
    ('7', '7')
    """
    return model_version.partition("+")[0]


def carried(card: Scorecard, agreement: Agreement) -> Scorecard:
    """The same history under another agreement; the card itself where it is the same agreement.

    A fact that left the agreement stays as a learned one, and so does the earlier reading of a fact that is now read
    otherwise, beside the new one. Only tables over agreed points that changed go. Where the agreement means another
    conversion, nothing that was learned holds for it, and the agreed points alone count.
    """
    if agreement.content_hash() == card.agreement_hash:
        return card
    if not _same_conversion(card.agreement, agreement) or _is_rules(card):
        return _without_history(card, agreement)
    r = agreement.points_double_odds / card.agreement.points_double_odds
    kept = carried_facts(card, agreement)
    return replace(
        card,
        model_version=_version(card, agreement),
        agreement=agreement,
        agreement_hash=agreement.content_hash(),
        features=kept.features,
        tables={name: _scaled(table, r) for name, table in kept.tables.items()},
        weight_of_history=min(card.weight_of_history, agreement.largest_weight_of_history),
        learned_base=card.learned_base * r,
        base_bags=_times(card.base_bags, r),
        scale_b=card.scale_b / r,
    )


def what_is_carried(card: Scorecard, agreement: Agreement) -> list[str]:
    """What becomes of the learned points under another agreement, one sentence each."""
    if _is_rules(card) or agreement.content_hash() == card.agreement_hash:
        return []
    if not _same_conversion(card.agreement, agreement):
        return ["history was learned for another conversion: agreed points alone count until the next training"]
    w, most = card.weight_of_history, agreement.largest_weight_of_history
    told = carried_facts(card, agreement).told
    if w > most:
        told.append(f"history counts {most:.0%} instead of {w:.0%}, the most that is agreed")
    if agreement.points_double_odds != card.agreement.points_double_odds:
        told.append("learned points are written in the new points; the probabilities by history are the same")
    return told


def _is_rules(card: Scorecard) -> bool:
    return card.history is None and not card.tables


def _same_conversion(before: Agreement, after: Agreement) -> bool:
    """Whether the outcome is the same one; its definition in words may change."""
    a, b = before.conversion, after.conversion
    return (a.stage, a.horizon_days) == (b.stage, b.horizon_days)


def _without_history(card: Scorecard, agreement: Agreement) -> Scorecard:
    version = RULES if card.model_version == RULES else _version(card, agreement)
    bare = rules_only(agreement, card.missing_values)
    columns = {"id_column": card.id_column, "account_column": card.account_column}
    return replace(bare, name=card.name, model_version=version, **columns)


def _version(card: Scorecard, agreement: Agreement) -> str:
    return f"{trained_version(card.model_version)}+{agreement.version}"


def _scaled(table: Table, r: float) -> Table:
    return replace(
        table,
        points=_times(table.points, r),
        missing=table.missing * r,
        other=table.other * r,
        bags=tuple(_times(bag, r) for bag in table.bags),
    )


def _times(points: tuple[float, ...], r: float) -> tuple[float, ...]:
    return tuple(p * r for p in points)
