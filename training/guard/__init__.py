"""The leakage guard: what knows the future, or looks as if it did, stops the run and is named.

guard       every column and fact looked at, the unanswered ones refused
report      what was seen and what was answered, to be kept with the model
values      one column as the detectors read it
evidence    how much a grouping tells, and how sure that is
known       the training leads' outcomes, and their order in time
strength    values that alone tell too much, the words of texts (texts) among them
encoded     numbers computed from the outcomes
presence    columns that are filled only once the outcome is known
dates       dates after the moment at which the lead is read
ids         ids, running numbers and row order that follow the outcome
clocks      columns that tell when a lead came rather than who it is
names       names that speak of a judgement, a result or a later state
"""
