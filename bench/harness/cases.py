"""What is measured. Each case returns rows for the table and raw figures for the JSON file."""
import threading
from statistics import median

from .process import load

WORDS = "Summarise the following text in one short sentence and keep every name that stands in it. "
QUESTION = {"model": "openai/gpt-test?body_bytes=951", "messages": [{"role": "user", "content": WORDS}]}


# The request log's page cache and the allocator's arenas are full after about 20,000 requests.
WARM_UP = 30_000


def stream_of(chunks, interval_ms, stamp=True):
    name = f"openai/gpt-test?chunks={chunks}&interval_ms={interval_ms}" + ("&stamp" if stamp else "")
    return {"model": name, "stream": True, "messages": [{"role": "user", "content": WORDS}]}


def row(what, peer, ours, limit, unit, ratio=True):
    """`limit` bounds ours / peer, or ours itself when `ratio` is false; None: only told."""
    value = ours / peer if ratio else ours
    return {"what": what, "peer": peer, "ours": ours, "unit": unit, "ratio": value if ratio else None,
            "target": limit, "passed": None if limit is None else value <= limit}


def faster(what, peer, ours, least, unit):
    """`least` bounds peer / ours: how many times faster we are at least. None: only told."""
    value = peer / ours
    return {"what": what, "peer": peer, "ours": ours, "unit": unit, "ratio": value, "target": least,
            "at_least": True, "passed": None if least is None else value >= least}


def middle(rounds, *path):
    values = []
    for figures in rounds:
        for key in path:
            figures = figures[key]
        values.append(figures)
    return median(values)


def in_turn(servers, rounds, run):
    """A/B/A/B: the machine's drift meets all of them alike."""
    found = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            found[server.name].append(run(server))
    return found


def plain(stand, scale):
    """CPU a request, and latency at 16 connections and at one."""
    with stand.nginx() as nginx, stand.sluice() as sluice, stand.guarded() as guarded:
        servers = [stand.mock, nginx, sluice, guarded]
        for server in servers:
            load(stand.build, "plain", server, QUESTION, 16, 2_000)

        def busy(server):
            before = server.cpu_seconds()
            figures = load(stand.build, "plain", server, QUESTION, 16, scale.requests)
            figures["cpu_us"] = (server.cpu_seconds() - before) / scale.requests * 1e6
            return figures

        at_16 = in_turn(servers, scale.rounds, busy)
        at_1 = in_turn(servers, scale.rounds,
                       lambda server: load(stand.build, "plain", server, QUESTION, 1, scale.requests // 5))

    def added(rounds, name, field):
        return max(0.1, middle(rounds[name], "latency", field) - middle(rounds["mock"], "latency", field))

    def cpu(name):
        return middle(at_16[name], "cpu_us")

    rows = [
        row("CPU a request, 16 connections", cpu("nginx"), cpu("sluice"), 1.3, "µs"),
        row("  with the Rust guardrail in all phases", cpu("nginx"), cpu("sluice+guardrail"), 2.5, "µs"),
        row("p99, 16 connections", middle(at_16["nginx"], "latency", "p99_us"),
            middle(at_16["sluice"], "latency", "p99_us"), None, "µs"),
        row("added p50, 1 connection", added(at_1, "nginx", "p50_us"), added(at_1, "sluice", "p50_us"), None, "µs"),
        row("added p99, 1 connection", added(at_1, "nginx", "p99_us"), added(at_1, "sluice", "p99_us"), 1.5, "µs"),
        row("added p99, 16 connections", added(at_16, "nginx", "p99_us"), added(at_16, "sluice", "p99_us"), 1.5,
            "µs"),
        row("  with the Rust guardrail", added(at_16, "nginx", "p99_us"),
            added(at_16, "sluice+guardrail", "p99_us"), None, "µs"),
        row("requests a second, 16 connections", middle(at_16["nginx"], "per_second"),
            middle(at_16["sluice"], "per_second"), None, "/s"),
    ]
    return rows, {"16_connections": at_16, "1_connection": at_1}


def streaming(stand, scale):
    """Time to the first event, lag of each later one, events that came together."""
    with stand.nginx() as nginx, stand.sluice() as sluice, stand.guarded() as guarded:
        servers = [stand.mock, nginx, sluice, guarded]
        body = stream_of(50, 20)
        for server in servers:
            load(stand.build, "streams", server, stream_of(5, 1), 64, 1)

        def run(server):
            before = server.cpu_seconds()
            figures = load(stand.build, "streams", server, body, 64, 1)
            figures["cpu_us_an_event"] = (server.cpu_seconds() - before) / figures["events"] * 1e6
            return figures

        found = in_turn(servers, scale.rounds, run)

    def figure(name, *path):
        return middle(found[name], *path)

    def compared(what, limit, *path, unit="µs", name="sluice"):
        return row(what, figure("nginx", *path), figure(name, *path), limit, unit)

    rows = [
        compared("first event p50, 64 streams of 50", 2.0, "first_event", "p50_us"),
        compared("first event p99", None, "first_event", "p99_us"),
        compared("lag of an event p50", None, "lag", "p50_us"),
        compared("lag of an event p99", None, "lag", "p99_us"),
        compared("CPU an event", None, "cpu_us_an_event"),
        compared("  with the Rust guardrail", None, "cpu_us_an_event", name="sluice+guardrail"),
        row("batched events beyond those sent directly", None,
            max(0, figure("sluice", "batched") - figure("mock", "batched")), 0, "", ratio=False),
    ]
    return rows, found


def peak_while(server, work):
    """The highest memory while `work` runs, read every 50 ms."""
    peak, done = [server.memory_mb()], threading.Event()

    def watch():
        while not done.wait(0.05):
            peak.append(server.memory_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return max(peak)


def memory(stand, scale):
    """Resident memory: idle, busy, with many streams, and after many requests."""
    peaks = {}
    with stand.sluice() as sluice:
        idle = sluice.memory_mb()
        busy = peak_while(sluice, lambda: load(stand.build, "plain", sluice, QUESTION, 256, scale.requests))
        load(stand.build, "plain", sluice, QUESTION, 16, WARM_UP)
        before = sluice.memory_mb()
        load(stand.build, "plain", sluice, QUESTION, 16, scale.growth)
        after = sluice.memory_mb()
    with stand.guarded() as guarded:
        guarded_idle = guarded.memory_mb()
        load(stand.build, "plain", guarded, QUESTION, 16, WARM_UP)
        guarded_before = guarded.memory_mb()
        load(stand.build, "plain", guarded, QUESTION, 16, scale.growth // 2)
        guarded_after = guarded.memory_mb()
    for start in (stand.nginx, stand.sluice, stand.guarded):
        with start() as server:
            peaks[server.name] = peak_while(
                server, lambda: load(stand.build, "streams", server, stream_of(30, 100), scale.streams, 1))
    rows = [
        row("RSS idle", None, idle, 30, "MB", ratio=False),
        row("RSS, 256 busy connections", None, busy, 80, "MB", ratio=False),
        row(f"RSS, {scale.streams:,} streams", peaks["nginx"], peaks["sluice"], 2.0, "MB"),
        row("  with the Rust guardrail", peaks["nginx"], peaks["sluice+guardrail"], None, "MB"),
        row(f"RSS growth over {scale.growth:,} requests", None, after - before, 1.0, "MB", ratio=False),
        row(f"  with the Rust guardrail, {scale.growth // 2:,}", None, guarded_after - guarded_before, 1.0, "MB",
            ratio=False),
    ]
    figures = {"idle": idle, "busy": busy, "before": before, "after": after, "streams": peaks,
               "guardrail": {"idle": guarded_idle, "before": guarded_before, "after": guarded_after}}
    return rows, figures
