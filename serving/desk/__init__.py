"""What the desk shows both teams: the prioritised list, the figures they agreed on, the plan, fit and interest."""
