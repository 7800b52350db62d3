"""The agreement held against history: which rules agree, which do not, and which are missing.

points      agreed and learned points by value, as a scorecard has them
rules       the rules of an agreement one by one, each a column of its own
joint       the model that all rules share: each adjusted for the others, and for what has no rule
likelihood  how far a rule's points can move before the data speak against it
verdicts    what that means for each rule
missing     facts that matter and have no rule
forms       the rule that such a fact would have
review      all of it, readable top to bottom
proposal    the agreement with these findings written in, its comments and its order kept
effect      which leads would change stage by it
"""

from training.review.points import points_by_value

__all__ = ["points_by_value"]
