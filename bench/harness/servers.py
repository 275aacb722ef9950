"""Starts the mock upstream and the servers in front of it."""
import json
import os
import shutil
import socket
import time

from .process import LOAD_CPU, Server

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr warn; {user}
events {{ worker_connections 8192; }}
http {{
  access_log off; tcp_nodelay on; keepalive_requests 1000000000; client_max_body_size 100m;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-f; uwsgi_temp_path {folder}/nginx-u; scgi_temp_path {folder}/nginx-s;
  upstream mock {{ server 127.0.0.1:{upstream}; keepalive 2048; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


class Stand:
    """One mock upstream and a folder; servers are started fresh for each case."""

    def __init__(self, build, folder, guardrail):
        self.build, self.folder, self.guardrail = build, folder, guardrail
        self.serial = 0
        self.mock = Server("mock", [build / "bin" / "mock_upstream"], 0, LOAD_CPU).wait_for_port(
            r"http://127\.0\.0\.1:(\d+)")

    def stop(self):
        self.mock.stop()

    def nginx(self):
        port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, upstream=self.mock.port, port=port,
                                       user="user root;" if os.geteuid() == 0 else ""))
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        server = Server("nginx", [program, "-p", self.folder, "-c", config], port, log=self.folder / "nginx.log")
        wait_for(port)
        return server

    def sluice(self, name="sluice", plugins=()):
        self.serial += 1
        base = f"{name.replace(' ', '-')}-{self.serial}"
        config = self.folder / f"{base}.json"
        config.write_text(json.dumps({
            "providers": {"openai": {
                "keys": [{"name": "bench", "value": "sk-upstream", "weight": 1.0}],
                "network_config": {"base_url": f"http://127.0.0.1:{self.mock.port}"}}},
            "plugins": [{"enabled": True, "name": file.stem, "path": str(file)} for file in plugins],
            "client": {"enable_logging": True},
            "logs_store": {"enabled": True, "type": "sqlite",
                           "config": {"path": str(self.folder / f"{base}.db")}}}))
        command = [self.build / "bin" / "sluice", "serve", "--config", config, "--host", "127.0.0.1",
                   "--port", "0", "--threads", "1", "--log-level", "warn"]
        return Server(name, command, 0, log=self.folder / f"{base}.log").wait_for_port(
            r"listening on http://127\.0\.0\.1:(\d+)")

    def guarded(self):
        return self.sluice("sluice+guardrail", [self.guardrail])
