"""Secrets: named where they are kept, read when they are used, never shown."""

import os
from pathlib import Path

from features.catalog import Strict
from serving.crm.errors import Unauthorized


class Secret(Strict, frozen=True, kw_only=True):
    """Where a secret is kept: one of both.

    env: the name of an environment variable
    file: the path of a file that holds nothing else
    """

    env: str = ""
    file: str = ""

    @property
    def where(self) -> str:
        """Where it is kept, in words."""
        return f"the environment variable {self.env}" if self.env else f"the file {self.file}"

    def read(self) -> str:
        """The secret as it is now; raises Unauthorized where there is none."""
        try:
            found = os.environ.get(self.env, "") if self.env else Path(self.file).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            found = ""
        text = found.strip()
        if not text or not text.isascii() or not text.isprintable():
            do = "put it there" if not text else "it is to be one line of plain characters"
            raise Unauthorized(
                "a credential cannot be read", where=self.where, got="nothing" if not text else "", do=do
            )
        return text
