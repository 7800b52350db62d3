"""Features in bulk: the reference's own functions where texts are read, SQL where events are counted.

sources     tables from wherever they are, as Arrow batches: files, databases, frames
places      where a row stands, for errors
rows        profiles, events and stages as read, by the reference's functions: cells, times, kinds
asked       which leads are read as of when
plan        what a list of features asks of the tables
sql         the one definition of everything measured over events; sql_known: of which events count
versions    leads with a row per version of their profile
duck        the engine on one machine: connection, native (files that DuckDB reads itself)
spark       the engine on a cluster; spark_rows: what it reads, cluster: the session
results     what an engine gives
"""
