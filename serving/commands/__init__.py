"""The commands of ``leadscore``, a file for each family of them; ``serving.cli`` puts them together."""
