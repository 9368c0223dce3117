"""The load generators: how to find each one, the list for it, and its command of docs/load-testing.md.

The test of a tool that keeps a rate sends 250 requests per second for 30 seconds. A tool that sends as
fast as it gets answers runs for a few seconds.
"""

import glob
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
# more than the 7,500 requests of a test: some tools send a few more, and these must not repeat an entry
ENTRIES = 9000
RATE = 250


@dataclass
class Tool:
    """A load generator: `targets` are the arguments of `reviewseed targets`, `command` is run in the folder of the list."""

    name: str
    targets: list
    list_name: str
    command: object
    find: object = None
    entries: int = ENTRIES
    # requests per second, for a tool that keeps a rate
    rate: int = None
    environment: dict = field(default_factory=dict)

    def found(self):
        return self.find() if self.find else shutil.which(self.name)


def jmeter():
    debian = "/usr/share/jmeter/bin/ApacheJMeter.jar"
    command = shutil.which("jmeter")
    if command and os.path.exists(debian) and shutil.which("java"):
        # Debian's own command cannot read plans
        classes = ":".join(f"/usr/share/jmeter/{folder}/*" for folder in ["bin", "lib", "lib/ext"])
        return f"java -Djmeter.home=/usr/share/jmeter -cp {classes} {HERE / 'DebianJmeter.java'}"
    return command


def autocannon():
    command = shutil.which("autocannon")
    return command and shutil.which("node") and os.path.realpath(command)


TOOLS = [
    Tool("wrk", ["--format", "wrk"], "list.lua",
         lambda tool, base: [tool, "-t2", "-c16", "-d3s", "-s", "list.lua", base, "--", "2"]),
    Tool("k6", ["--format", "k6", "--script"], "list.json",
         lambda tool, base: [tool, "run", "list.js"], rate=RATE),
    Tool("artillery", ["--format", "artillery", "--script"], "list.csv",
         lambda tool, base: [tool, "run", "list.yml"], rate=RATE,
         environment={"ARTILLERY_DISABLE_TELEMETRY": "true"}),
    Tool("jmeter", ["--format", "jmeter", "--script"], "list.csv",
         lambda tool, base: [*tool.split(), "-n", "-t", "list.jmx", "-l", "results.jtl"], find=jmeter, rate=RATE),
    Tool("locust", ["--format", "locust", "--script"], "list.csv",
         lambda tool, base: [tool, "--headless", "-f", "list.py"], rate=RATE),
    Tool("vegeta", ["--format", "vegeta"], "list.txt",
         lambda tool, base: [tool, "attack", "-targets", "list.txt", "-rate", "250", "-duration", "30s", "-output", "results.bin"],
         rate=RATE),
    Tool("autocannon", ["--format", "k6"], "list.json",
         lambda tool, base: ["node", str(HERE / "autocannon.cjs"), base, "list.json"], find=autocannon, rate=RATE),
    # oha draws from the file at random, so the distribution is even only if every URL is requested many times
    Tool("oha", ["--format", "urls"], "urls.txt", entries=50, rate=RATE,
         command=lambda tool, base: [tool, "--no-tui", "-n", "7500", "-q", "250", "--urls-from-file", "urls.txt"]),
    # every client of siege uses the whole file, so there is only one client; it sends as fast as it
    # gets responses
    Tool("siege", ["--format", "urls"], "urls.txt",
         lambda tool, base: [tool, "-q", "-b", "-c", "1", "-r", "once", "-f", "urls.txt"]),
    Tool("curl", ["--format", "urls"], "urls.txt", entries=1000,
         command=lambda tool, base: ["sh", "-c", f"xargs -n 50 -P 8 {tool} -s < urls.txt > /dev/null"]),
]
