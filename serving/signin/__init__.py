"""Who is at the desk: people, their roles, their sessions and their links."""
