#!/usr/bin/env python3
"""A package index and a name server for scripts/test-packages. The index serves the wheel and the npm
packages of a folder in the way of PyPI and of the npm registry. The name server knows one host.

usage: scripts/packages/registry.py FOLDER PORT HOST

Both listen on 127.0.0.1 only: the index on PORT, the name server on port 53, which needs root. Its
answer for HOST is 127.0.0.1.
"""

import base64
import hashlib
import http.server
import json
import pathlib
import socket
import sys
import tarfile
import threading
import urllib.parse


def npm_packages(folder, address):
    """The registry's documents about the packages, by name."""
    found = {}
    for file in folder.glob("*.tgz"):
        with tarfile.open(file) as archive:
            package = json.load(archive.extractfile("package/package.json"))
        digest = base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
        package["dist"] = {"tarball": f"{address}/files/{file.name}", "integrity": f"sha512-{digest}"}
        version = package["version"]
        found[package["name"]] = {
            "name": package["name"],
            "dist-tags": {"latest": version},
            "versions": {version: package},
        }
    return found


def handler(folder, address):
    packages = npm_packages(folder, address)

    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers of the two registries."""

        def do_GET(self):
            path = urllib.parse.unquote(urllib.parse.urlparse(self.path).path)
            name = path.strip("/")
            if name == "simple/reviewseed":
                links = (f'<a href="/files/{wheel.name}">{wheel.name}</a>' for wheel in folder.glob("*.whl"))
                self.send("text/html", "".join(links).encode())
            elif name.startswith("files/") and (folder / pathlib.PurePath(name).name).is_file():
                self.send("application/octet-stream", (folder / pathlib.PurePath(name).name).read_bytes())
            elif name in packages:
                self.send("application/json", json.dumps(packages[name]).encode())
            else:
                self.send_error(404)

        def send(self, kind, content):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    return Handler


def answer(query, host):
    """The answer to a DNS query: 127.0.0.1 for the A record of the host, an empty answer for its other
    records, and "no such name" for other hosts."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    question = query[12 : at + 5]
    known = ".".join(labels) == host
    has_address = known and question[-4:-2] == b"\x00\x01"
    flags = b"\x81\x80" if known else b"\x81\x83"
    counts = b"\x00\x01" + (b"\x00\x01" if has_address else b"\x00\x00") + b"\x00\x00\x00\x00"
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x01" if has_address else b""
    return query[:2] + flags + counts + question + record


def serve_names(host):
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    while True:
        query, client = names.recvfrom(512)
        names.sendto(answer(query, host), client)


def main():
    folder, port, host = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    threading.Thread(target=serve_names, args=(host,), daemon=True).start()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler(folder, f"http://127.0.0.1:{port}"))
    print("ready", flush=True)
    server.serve_forever()


main()
