"""Where the marks of a chart lie. Templates draw them as SVG, with the same numbers beside them as text."""
