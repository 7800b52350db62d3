"""Who may: keys and their scopes, limits, the audit, and requests that count once."""
