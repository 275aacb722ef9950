"""Starts the programs that the client tests talk to: `sluice serve` and the mock upstream."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")


class Process:
    """A server that says on its standard output where it listens."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if found := LISTENING.search(line):
                self.url = found.group(1)
                return
        raise RuntimeError(f"{command[0]} ended before it listened:\n{''.join(seen)}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        finally:
            self.process.kill()
            self.process.stdout.close()


class Gateway:
    """`sluice serve` before the mock provider in process and, as `upstream/…`, the mock upstream."""

    def __init__(self, plugins=()):
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-clients-")
        self.upstream = Process(os.environ["MOCK_UPSTREAM"], "--port", "0")
        config = {
            "server": {"port": 0, "threads": 1},
            "providers": {
                "mock": {"models": ["echo"]},
                "upstream": {
                    "keys": [{"name": "test", "value": "sk-upstream", "weight": 1}],
                    "network_config": {"base_url": self.upstream.url},
                },
            },
            "plugins": list(plugins),
            "logs_store": {"type": "sqlite", "config": {"path": f"{self.folder.name}/logs.db"}},
        }
        path = pathlib.Path(self.folder.name) / "config.json"
        path.write_text(json.dumps(config))
        self.gateway = Process(os.environ["SLUICE"], "serve", "--config", str(path))
        self.base_url = f"{self.gateway.url}/v1"

    def stop(self):
        code = self.gateway.stop()
        self.upstream.stop()
        self.folder.cleanup()
        assert code == 0, f"sluice ended with {code}"


if __name__ == "__main__":
    # For the Node tests: start both, print the address, stop when the standard input closes.
    import sys

    gateway = Gateway()
    print(gateway.base_url, flush=True)
    sys.stdin.read()
    gateway.stop()
