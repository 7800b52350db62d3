"""Two scorecards beside each other, and what the second would change.

cards         what differs, in words: agreement, facts, points, weight, scale
points        values whose points changed by more than chance would
stage_moves   which leads stand in another stage
"""
