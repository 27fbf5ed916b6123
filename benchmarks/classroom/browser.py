"""HTTP requests of one visitor: a cookie jar and connections that stay open, on asyncio alone to cost little CPU."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http.cookies import SimpleCookie
from itertools import count

from benchmarks.classroom.record import Record

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Response:
    """The answer to a GET. The keys of `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Browser:
    """One visitor's HTTP client.

    Args:
        port: the server's, on 127.0.0.1.
        record: counts the requests and how long they take.
    """

    def __init__(self, port: int, record: Record) -> None:
        self.port, self.record = port, record
        self.cookies: SimpleCookie = SimpleCookie()
        self._idle: list[Connection] = []
        self._numbers = count()

    @property
    def cookie_header(self) -> dict[str, str]:
        text = "; ".join(f"{name}={morsel.coded_value}" for name, morsel in self.cookies.items())
        return {"Cookie": text} if text else {}

    async def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        """Request `path`; raises OSError if the server cannot be reached or breaks off."""
        key = f"GET {next(self._numbers)}"
        self.record.ask(key)
        try:
            response = await self._get(path, headers or {})
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            raise ConnectionError(f"broken answer: {type(error).__name__}") from error
        except asyncio.CancelledError:
            self.record.withdraw(key)
            raise
        self.record.http_answered(key)
        return response

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _get(self, path: str, headers: dict[str, str]) -> Response:
        fields = {"Host": f"127.0.0.1:{self.port}", **self.cookie_header, **headers}
        request = f"GET {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._exchange(connection, request)
            except (OSError, asyncio.IncompleteReadError):
                continue  # the server closed it while it was idle
        return await self._exchange(await asyncio.open_connection("127.0.0.1", self.port), request)

    async def _exchange(self, connection: Connection, request: str) -> Response:
        reader, writer = connection
        complete = False
        try:
            writer.write(f"{request}\r\n".encode())
            await writer.drain()
            response = await self._read(reader)
            complete = True
        finally:
            # A connection with an answer that nobody read, such as after a cancellation, is of no more use.
            if complete and response.headers.get("connection") != "close":
                self._idle.append(connection)
            else:
                writer.close()
        return response

    async def _read(self, reader: asyncio.StreamReader) -> Response:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        status, headers = int(first.split()[1]), {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
            if name.lower() == "set-cookie":
                self.cookies.load(value.strip())
        if headers.get("transfer-encoding") == "chunked":
            return Response(status, headers, await _read_chunks(reader))
        return Response(status, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    chunks = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return b"".join(chunks)
