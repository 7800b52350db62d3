"""The disk is full under a running service: what cannot be kept is not acknowledged, until there is room again."""

import resource
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from asking import Asking
from killable import Killable

LARGE = "x" * 20_000


def leaves_room(service: Killable, bytes_of_a_file: int) -> None:
    """No file of the service may grow larger than this; as a full disk, writing fails."""
    most = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (bytes_of_a_file, most))


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux limits the files of another process")
def test_what_there_is_no_room_for_is_refused_and_taken_when_there_is(
    serve: Callable[..., Killable], asks: Callable[[Killable], Asking], home: Path
) -> None:
    service = serve()
    ask = asks(service)
    assert ask.track("L-1", "m-0").status == 200
    leaves_room(service, (home / "store.db-wal").stat().st_size + 100_000)
    answers = [ask.track("L-1", f"m-{n}", note=LARGE) for n in range(1, 12)]
    kept = [f"m-{n}" for n, answered in enumerate(answers, 1) if answered.status == 200]
    refused = [answered for answered in answers if answered.status != 200]
    assert refused
    assert all(answered.not_now for answered in refused)
    assert [ask.score().status, ask.get("/healthz").status, ask.get("/v1/leads/L-1").status] == [200] * 3
    assert sorted(ask.events_of("L-1")) == sorted(["m-0", *kept])
    leaves_room(service, resource.RLIM_INFINITY)
    for n in range(1, 12):
        assert ask.patiently("POST", "/v1/track", {"userId": "L-1", "messageId": f"m-{n}", "event": "x"}).status == 200
    assert len(ask.events_of("L-1")) == 12
