"""Features in bulk: the reference's own functions where texts are read, SQL where events are counted.

``plan`` says what a list of features asks of the tables; ``rows`` reads profiles, times, properties and stages with
the reference's functions, over batches; ``sql`` is the one definition of everything measured over events; ``duck``
runs it on one machine, ``spark`` on a cluster. ``sources`` opens files, frames and databases.
"""
