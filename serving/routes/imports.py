"""Routes that take in whole tables: CSV and Parquet, of any size, with a report of every refused row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryFile
from threading import Event
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Connection

from features.errors import LeadError
from serving.access import audit
from serving.access.caller import SYSTEM
from serving.access.guard import needs
from serving.imports.background import Background
from serving.imports.listing import every_import, import_of
from serving.imports.opening import Format
from serving.imports.reading import TableName
from serving.imports.run import Import, Order
from serving.programs.service import LEADS
from serving.routes.leads import Text
from serving.routes.problems import may
from serving.service import Service
from serving.store.database import StoreUnavailable

_CONTENT: dict[str, Format] = {
    "text/csv": "csv",
    "application/gzip": "csv.gz",
    "application/x-gzip": "csv.gz",
    "application/vnd.apache.parquet": "parquet",
}
_BODY = {"schema": {"type": "string", "format": "binary"}}
_BODIES = {"requestBody": {"required": True, "content": dict.fromkeys(_CONTENT, _BODY)}}
ImportId = Annotated[str, Path(pattern="^imp_[0-9a-f]{32}$")]


class RefusedRow(BaseModel):
    """A row that was not stored; ``row``: as people count, the first after the header is 2; ``about``: the lead."""

    row: int
    column: str
    what: str
    got: str
    allowed: str
    do: str
    about: str


class Fault(BaseModel):
    """Why an import ended early."""

    what: str
    where: str
    got: str
    allowed: str
    do: str


class ImportOut(BaseModel):
    """An import; ``share``: of the file that was read; ``repeated``: rows that had come before and changed nothing."""

    import_id: str
    state: Literal["running", "done", "failed", "broken off"]
    table: str
    program: str
    source: str
    by: str
    share: float
    read: int
    stored: int
    repeated: int
    refused: int
    begun_at: str
    ended_at: str
    faults: list[Fault]


class ReportOut(ImportOut):
    """An import with its first 1,000 refused rows; all are counted."""

    report: list[RefusedRow]


class ImportsOut(BaseModel):
    """The latest imports, the newest first."""

    imports: list[ImportOut]


def import_routes(service: Service) -> APIRouter:
    """``/v1/import/{table}`` and ``/v1/imports``."""
    background = Background()

    @asynccontextmanager
    async def living(_: Any) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(background.stop, float(service.settings.grace))

    router = APIRouter(prefix="/v1", tags=["imports"], dependencies=[Depends(needs("ingest"))], lifespan=living)
    _import_route(router, service, background)

    @router.get("/imports", summary="The latest imports")
    def list_imports() -> ImportsOut:
        found = service.store.read(lambda c: every_import(c, service.clock()))
        return ImportsOut(imports=[ImportOut(**one) for one in found])

    @router.get("/imports/{import_id}", responses=may(404, 422), summary="How far an import is, and what it refused")
    def get_import(import_id: ImportId) -> ReportOut:
        return ReportOut(**service.store.read(lambda c: import_of(c, import_id, service.clock())))

    return router


def _import_route(router: APIRouter, service: Service, background: Background) -> None:
    @router.post(
        "/import/{table}",
        status_code=202,
        response_model=ReportOut,
        responses={200: {"model": ReportOut, "description": "It has ended (`wait=true`)."}, **may(404, 413, 422)},
        openapi_extra=_BODIES,
        summary="Import a table of leads, events or outcomes",
    )
    async def import_table(
        table: TableName,
        request: Request,
        response: Response,
        program: Text = LEADS,
        id_column: Annotated[Text, Query(alias="id", description="The column that names the lead.")] = "lead_id",
        create: Annotated[bool, Query(description="Make leads of events and outcomes of unknown ones.")] = False,
        wait: Annotated[bool, Query(description="Answer when it has ended.")] = False,
    ) -> ReportOut:
        """The body is the file. Good rows are stored, the others reported; the same file again stores nothing twice."""
        kind = _kind(request)
        if background.is_full:
            raise HTTPException(503, "several imports are under way", {"Retry-After": "30"})
        by = getattr(request.state, "caller", SYSTEM)
        order = Order(table, kind, f"{table}.{kind}", by.name, program, id_column, create)
        file = await _saved(request, service)
        begun, done = await run_in_threadpool(_begin, service, background, file, order, by)
        if wait:
            await run_in_threadpool(done.wait)
        response.status_code = 200 if done.is_set() else 202
        found = await run_in_threadpool(service.store.read, lambda c: import_of(c, begun.import_id, service.clock()))
        return ReportOut(**found)


def _kind(request: Request) -> Format:
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = _CONTENT.get(told)
    if kind is None:
        what, allowed = "not a kind of file that can be imported", ", ".join(_CONTENT)
        raise LeadError(what, where="Content-Type", got=repr(told)[:80], allowed=allowed)
    is_packed = request.headers.get("content-encoding", "").strip().lower() == "gzip"
    return "csv.gz" if kind == "csv" and is_packed else kind


async def _saved(request: Request, service: Service) -> BinaryIO:
    """The body in a file without a name, which is gone when it is closed or the process dies."""
    try:
        service.settings.home.mkdir(parents=True, exist_ok=True)
        file = TemporaryFile(dir=service.settings.home)  # noqa: SIM115 - closed at the end of the import
    except OSError as error:
        raise _no_room(error) from None
    try:
        async for chunk in request.stream():
            await run_in_threadpool(file.write, chunk)
        file.seek(0)
    except OSError as error:
        file.close()
        raise _no_room(error) from None
    except BaseException:
        file.close()
        raise
    return file


def _no_room(error: OSError) -> StoreUnavailable:
    return StoreUnavailable("there is no room for the file", got=str(error.strerror), do="try again later")


def _begin(service: Service, background: Background, file: BinaryIO, order: Order, by: Any) -> tuple[Import, Event]:
    def begin(connection: Connection) -> None:
        one.begin(connection)
        told = {"table": order.table, "program": order.program}
        audit.note(connection, by, "import.begun", one.import_id, told, at=service.clock())

    try:
        one = Import(service.store, service.programs, file, order, clock=service.clock)
        service.store.write(begin)
        return one, background.start(one, file)
    except BaseException:
        file.close()
        raise
