"""The model page: what runs and how good it is, its versions, promoting and rolling back.

The registry is MLflow's, which the process that serves never imports: ``child`` reads and moves it in a process of its
own, ``asking`` starts that, ``kept`` keeps what came in the home for all workers.
"""
