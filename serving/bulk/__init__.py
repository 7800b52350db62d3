"""Many leads at once, from tables into tables, on DuckDB or Spark."""
