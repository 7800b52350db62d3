"""The learner: history as one additive model, each fact a table "value -> log-odds"."""
