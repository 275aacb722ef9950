"""The gateway with a plug-in against one in Go that runs the same plug-in on wazero."""
import subprocess
import sys
from pathlib import Path

from .cases import QUESTION, faster, in_turn, middle
from .process import Server, load

SETUP = Path(__file__).resolve().parent.parent / "peers" / "setup"


def measure(stand, scale):
    """CPU a request at 16 connections. A text where the peer cannot be had."""
    print("setting up the peers (once)", file=sys.stderr, flush=True)
    done = subprocess.run([SETUP], stdout=subprocess.PIPE, text=True, check=True)
    program = Path(done.stdout.strip()) / "gateway"
    if not program.exists():
        return [], "the gateway in Go is not there"
    command = [program, "-upstream", f"127.0.0.1:{stand.mock.port}", "-plugin", stand.guardrail]
    # One thread for Go's code, as one of ours does the work; its collector has threads besides.
    peer = Server("wazero", command, 0, log=stand.folder / "wazero.log", environment={"GOMAXPROCS": "1"})
    requests = scale.requests // 2
    with peer.wait_for_port(r"listening on http://127\.0\.0\.1:(\d+)"), stand.guarded() as guarded:
        for server in (peer, guarded):
            load(stand.build, "plain", server, QUESTION, 16, 5_000)

        def run(server):
            before = server.cpu_seconds()
            figures = load(stand.build, "plain", server, QUESTION, 16, requests)
            figures["cpu_us"] = (server.cpu_seconds() - before) / requests * 1e6
            return figures

        found = in_turn([peer, guarded], scale.rounds, run)
    rows = [
        faster("CPU a request, the Rust guardrail in all phases", middle(found["wazero"], "cpu_us"),
               middle(found["sluice+guardrail"], "cpu_us"), 6, "µs"),
        faster("p99, 16 connections", middle(found["wazero"], "latency", "p99_us"),
               middle(found["sluice+guardrail"], "latency", "p99_us"), None, "µs"),
    ]
    return rows, found
