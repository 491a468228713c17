"""Eight clients at once over kept connections, in a process beside the server."""

import http.client
import multiprocessing
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Call:
    """One request to send.

    Attributes:
        form: what to post; None makes it a GET.
        expects: the status that counts as done.
    """

    path: str
    form: Sequence[tuple[str, str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    expects: int = 200


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of requests took.

    Attributes:
        per_second: requests that were answered, per second of the whole run.
        p50_ms: half of them were quicker than this.
        p95_ms: 19 of 20 were quicker than this.
    """

    requests: int
    per_second: float
    p50_ms: float
    p95_ms: float


def run(address: str, shares: Sequence[Sequence[Call]]) -> Load:
    """Send every client's share in order, all clients at once.

    Raises:
        RuntimeError: a request was answered otherwise than it expects.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        seconds, latencies = pool.apply(_send_all, (address, shares))
    cuts = statistics.quantiles(latencies, n=20)
    return Load(
        requests=len(latencies),
        per_second=len(latencies) / seconds,
        p50_ms=statistics.median(latencies) * 1000,
        p95_ms=cuts[18] * 1000,
    )


def deal(calls: Sequence[Call]) -> list[list[Call]]:
    """Divide requests over the clients."""
    return [list(calls[number::CLIENTS]) for number in range(CLIENTS)]


def _send_all(address: str, shares: Sequence[Sequence[Call]]) -> tuple[float, list[float]]:
    with ThreadPoolExecutor(len(shares)) as threads:
        started = time.perf_counter()
        latencies = list(threads.map(lambda share: list(_send(address, share)), shares))
        seconds = time.perf_counter() - started
    return seconds, [latency for one in latencies for latency in one]


def _send(address: str, calls: Sequence[Call]) -> Iterator[float]:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    for call in calls:
        body = None if call.form is None else urlencode(call.form)
        headers = dict(call.headers)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        connection.request("GET" if body is None else "POST", call.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        yield time.perf_counter() - started
        if answer.status != call.expects:
            raise RuntimeError(f"{call.path} answered {answer.status}, not {call.expects}")
    connection.close()
