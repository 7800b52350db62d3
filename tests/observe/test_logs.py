"""What is logged, by us or by a library, is one line of JSON without the values that led to an error."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from serving.observe import logs, request_id

Lines = Callable[[], list[dict[str, Any]]]
SECRET = "kim@acme.example"


def test_libraries_log_as_we_do(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").info("listening on %s", "a socket")
    (line,) = lines()
    assert line.pop("at").endswith("Z")
    assert line == {"level": "info", "event": "listening on a socket", "logger": "uvicorn.error"}


def test_an_error_is_told_by_its_types_and_where_it_was(lines: Lines) -> None:
    try:
        with create_engine("sqlite://").connect() as connection:
            connection.execute(text("SELECT :name FROM nowhere"), {"name": SECRET})
    except OperationalError:
        logging.getLogger("leadscore").exception("it broke")
    (line,) = lines()
    assert line["error"] == "sqlalchemy.exc.OperationalError from sqlite3.OperationalError"
    assert line["calls"][0].endswith(" test_an_error_is_told_by_its_types_and_where_it_was")
    assert "acme" not in str(line)


def test_an_error_of_ours_to_structlog_is_told_alike(out: io.StringIO, lines: Lines) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        structlog.get_logger().error("it broke", exc_info=True)
    assert lines()[0]["error"] == "builtins.ValueError"
    assert "acme" not in out.getvalue()


def test_what_is_no_json_is_told_by_its_type(out: io.StringIO, lines: Lines) -> None:
    structlog.get_logger().info("odd", value=object())
    assert lines()[0]["value"] == "object"


def test_every_line_of_a_request_has_its_id(lines: Lines) -> None:
    before = request_id.current()
    request_id.start("r-17")
    logging.getLogger("leadscore").info("during")
    request_id.start(before)
    logging.getLogger("leadscore").info("after")
    assert [line.get("request_id") for line in lines()] == ["r-17", None]


def test_what_libraries_chat_about_is_left_out(lines: Lines) -> None:
    logging.getLogger("alembic.runtime.migration").info("Context impl SQLiteImpl.")
    logging.getLogger("leadscore").debug("details")
    assert lines() == []


@pytest.mark.usefixtures("out")
def test_on_a_terminal_it_is_readable() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    logs.configure(stream=terminal)
    logging.getLogger("leadscore").info("serving")
    with pytest.raises(json.JSONDecodeError):
        json.loads(terminal.getvalue())
    assert "serving" in terminal.getvalue()


def test_requests_are_not_logged_where_nobody_set_up_a_log() -> None:
    structlog.reset_defaults()
    assert logs.request_log() is None
