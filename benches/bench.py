#!/usr/bin/env python3
"""Compares reviewseed with the usual alternatives, in one run, on generated data of a given size.

    benches/bench.py [--products N] [--rounds N] [--only A --only B] …        see --help, or `make bench PRODUCTS=N`

Loading: every contender gets a private server of its own, fresh and with the same settings, started before the clock. What it leaves in
the database (rows, values, keys) is compared with what the others left; when it differs, there is no comparison. Checking: the same
files, the same cores. Contenders take turns, round by round. Wall time and the CPU time and peak memory of client and server are taken
from the kernel. The table goes to stdout and, with everything that was measured, into files. Nothing but Python's standard library is
needed; DuckDB, Polars and Frictionless come from PyPI into FOLDER/venv, and what cannot be installed is left out and named.
"""
import argparse
import contextlib
import datetime
import fnmatch
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
TABLES = ["reviews", "characteristics", "reviews_photos", "characteristic_reviews"]
TICKS = os.sysconf("SC_CLK_TCK")
# how LOAD DATA reads the files of each variant: the date (MariaDB loses a millisecond of a text divided by 1000), the text of a missing
# response, and the type of the dates for readers
VARIANTS = {
    "epoch": {"date": "FROM_UNIXTIME(CAST(@date AS DECIMAL(20)) / 1000)", "null": "null", "type": "BIGINT"},
    "iso": {"date": "@date", "null": "", "type": "DATE"},
}


def say(line):
    print(f"bench: {line}", file=sys.stderr, flush=True)


def usage():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--products", type=int, default=100_001, help="products to generate, 1000011 is the real size")
    parser.add_argument("--variant", choices=VARIANTS, default="epoch")
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many rounds")
    parser.add_argument("--only", action="append", default=[], help="a contender, or a pattern such as 'reviewseed*'; may be given again; otherwise all")
    parser.add_argument("--phases", default="load,check")
    parser.add_argument("--server", choices=["mysql", "mariadb"], default="mysql")
    parser.add_argument("--server-config", choices=["private", "default"], default="private", help="default: the server's own defaults, the binary log on, and no privilege to restart it")
    parser.add_argument("--skip-binlog", action="store_true", help="all contenders load without the binary log; with --server-config default")
    parser.add_argument("--buffer-pool", default="2G", help="of the private server")
    parser.add_argument("--cores", default="0,1", help="cores that everything runs on, where the machine has more")
    parser.add_argument("--seed-options", default="", help="options added to `reviewseed seed`, such as --connections=4")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target/bench", help="data, servers and results")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/dist/reviewseed")
    return parser.parse_args()


class Usage:
    """CPU seconds, peak memory and bytes written of commands that have ended."""

    def __init__(self):
        self.cpu, self.peak = 0.0, 0

    def run(self, command, stdin=None, allowed=(0,), **options):
        """Runs a command, or several joined by pipes, and adds up what all of their processes used."""
        stages = command if isinstance(command[0], list) else [command]
        children, source = [], stdin
        for stage in stages:
            last = stage is stages[-1]
            out = options.get("stdout") if last else subprocess.PIPE
            child = subprocess.Popen(stage, stdin=source, stdout=out, **{k: v for k, v in options.items() if k != "stdout"})
            if children:
                children[-1].stdout.close()
            children.append(child)
            source = child.stdout
        peak = 0
        for child in children:
            _, status, taken = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            self.cpu += taken.ru_utime + taken.ru_stime
            peak += taken.ru_maxrss * 1024
        self.peak = max(self.peak, peak)
        codes = [child.returncode for child in children]
        if any(code not in allowed for code in codes):
            raise RuntimeError(f"{' | '.join(stage[0] for stage in stages)} ended with {codes}")


class Server:
    """A private server with an empty database."""

    def __init__(self, args):
        self.args, self.home = args, args.folder / "server"
        self.programs = (ROOT / ".servers" / args.server / "bin").resolve()
        self.env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        self.env["REVIEWSEED_CONFIG"] = "/dev/null"
        self.env["REVIEWSEED_MYSQLD"] = str(self.programs / {"mysql": "mysqld", "mariadb": "mariadbd"}[args.server])

    def __enter__(self):
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.start()
        self.client = [str(self.programs / self.args.server), *self.options(), "--local-infile=1", "reviews"]
        self.seen, self.left = {}, threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.left.set()
        self.watcher.join()
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def start(self):
        self.reviewseed("server", "start", "--buffer-pool", self.args.buffer_pool)
        status = self.reviewseed("server", "status")
        self.version = status.splitlines()[0].split(" runs")[0]
        self.socket = next(line.split()[1] for line in status.splitlines() if line.startswith("socket"))

    def stop(self):
        self.reviewseed("server", "stop")

    def pid(self):
        return json.loads((self.home / ".reviewseed/running.json").read_text())["pid"]

    def options(self):
        return ["--no-defaults", "--user=root", f"--socket={self.socket}", "--default-character-set=utf8mb4"]

    def reviewseed(self, *arguments):
        command = [str(self.args.binary), *arguments]
        done = subprocess.run(command, cwd=self.home, env=self.env, check=True, capture_output=True, text=True)
        return done.stdout + done.stderr

    def sql(self, text):
        done = subprocess.run([*self.client, "-N", "-B"], input=text, check=True, capture_output=True, text=True)
        return done.stdout

    def watch(self):
        """seed may restart the server, so the last numbers of each of its processes are kept."""
        while not self.left.wait(0.05):
            self.look()

    def look(self):
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
            pid = self.pid()
            process = pathlib.Path(f"/proc/{pid}")
            stat = (process / "stat").read_text().rsplit(") ", 1)[1].split()
            io = dict(line.split(": ") for line in (process / "io").read_text().splitlines())
            peak = int((process / "status").read_text().split("VmHWM:")[1].split()[0]) * 1024
            self.seen[pid] = ((int(stat[11]) + int(stat[12])) / TICKS, int(io["write_bytes"]), peak)

    def counters(self):
        self.look()
        return sum(cpu for cpu, _, _ in self.seen.values()), sum(written for _, written, _ in self.seen.values())

    def peak(self):
        return max(peak for _, _, peak in self.seen.values())


class DefaultServer(Server):
    """A server with its own defaults, except that LOCAL INFILE is allowed and MariaDB has a binary log, too."""

    def start(self):
        program, data = self.env["REVIEWSEED_MYSQLD"], self.home / "data"
        self.socket = self.home / "s"
        if self.args.server == "mysql":
            subprocess.run([program, "--no-defaults", "--initialize-insecure", "--user=root", f"--datadir={data}"], check=True, capture_output=True)
        else:
            install = [str(self.programs / "mariadb-install-db"), "--no-defaults", "--user=root", "--auth-root-authentication-method=normal", "--skip-test-db"]
            subprocess.run([*install, f"--datadir={data}"], check=True, capture_output=True)
        options = ["--no-defaults", "--user=root", f"--datadir={data}", f"--socket={self.socket}", "--local-infile=ON", "--skip-networking", "--log-bin"]
        with open(self.home / "server.log", "w") as log:
            self.process = subprocess.Popen([program, *options, *(["--mysqlx=OFF"] if self.args.server == "mysql" else [])], stdout=log, stderr=log)
        admin = [str(self.programs / self.args.server), *self.options()]
        for _ in range(600):
            done = subprocess.run([*admin, "-N", "-B", "-e", "CREATE DATABASE IF NOT EXISTS reviews; SELECT VERSION()"], capture_output=True, text=True)
            if done.returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"the server does not answer: {done.stderr}")
        self.version = f"{self.args.server} {done.stdout.strip()} by default, binary log {'skipped' if self.args.skip_binlog else 'on'}"
        self.env["DATABASE_URL"] = f"mysql://root@localhost/reviews?socket={urllib.parse.quote(str(self.socket), safe='')}"

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def pid(self):
        return self.process.pid


def script(args, name):
    text = (HERE / "sql" / name).read_text()
    if name == "load.sql":
        for what, value in {**VARIANTS[args.variant], "directory": str(args.data)}.items():
            text = text.replace("{" + what + "}", value)
    return text


def run_sql(server, taken, text):
    file = server.home / "script.sql"
    file.write_text(("SET sql_log_bin = 0;\n" if server.args.skip_binlog else "") + text)
    with open(file) as source:
        taken.run(server.client, stdin=source)


SESSION = "SET time_zone = '+00:00'; SET foreign_key_checks = {fk}; SET unique_checks = {unique};\n"


def load_reviewseed(server, taken, *more):
    extra = server.args.seed_options.split() + (["--skip-binlog"] if server.args.skip_binlog else [])
    command = [str(server.args.binary), "seed", str(server.args.data), "-q", "--report", "report.json", *more, *extra]
    taken.run(command, cwd=server.home, env=server.env)
    outcome = json.loads((server.home / "report.json").read_text())
    taken.phases = {phase["name"]: round(phase["seconds"], 2) for phase in outcome["phases"]}


def load_naive(server, taken):
    session = SESSION.format(fk=1, unique=1)
    run_sql(server, taken, session + (ROOT / "schema.sql").read_text() + script(server.args, "load.sql"))


def load_best(server, taken):
    session = SESSION.format(fk=0, unique=0)
    run_sql(server, taken, session + script(server.args, "tables.sql") + script(server.args, "load.sql") + script(server.args, "keys.sql"))


def load_parallel(server, taken):
    """The best script with a client for each table."""
    session = SESSION.format(fk=0, unique=0)
    run_sql(server, taken, session + script(server.args, "tables.sql"))
    for name in ["load.sql", "keys.sql"]:
        statements = [s for s in script(server.args, name).split(";\n") if any(w in s for w in ("LOAD DATA", "ALTER TABLE"))]
        parts = []
        for statement in statements:
            part = Usage()
            thread = threading.Thread(target=run_sql_alone, args=(server, part, session + statement + ";", len(parts)))
            thread.start()
            parts.append((thread, part))
        for thread, part in parts:
            thread.join()
            taken.cpu += part.cpu
        taken.peak = max(taken.peak, sum(part.peak for _, part in parts))


def run_sql_alone(server, taken, text, number):
    file = server.home / f"script-{number}.sql"
    file.write_text(("SET sql_log_bin = 0;\n" if server.args.skip_binlog else "") + text)
    with open(file) as source:
        taken.run(server.client, stdin=source)


# LOAD DATA without SET accepts neither epoch dates nor true and false, so the files are converted on the way
MEND = {
    "epoch": r's/^(\d+,\d+,\d+,)(\d+)(\d{3}),/$1.strftime("%Y-%m-%d %H:%M:%S",gmtime $2).".$3,"/e;',
    "iso": "",
}


def load_import(server, taken):
    run_sql(server, taken, script(server.args, "tables.sql"))
    mended = server.home / "mended"
    mended.mkdir()
    for table in TABLES[1:]:
        (mended / f"{table}.csv").symlink_to(server.args.data / f"{table}.csv")
    null = VARIANTS[server.args.variant]["null"]
    program = MEND[server.args.variant] + (
        r's/,(true|false),(true|false),(?=")/",".($1 eq "true"||0).",".($2 eq "true"||0).","/e;' rf"s/,{null},(\d+)$/,NULL,$1/"
    )
    with open(mended / "reviews.csv", "w") as out:
        taken.run(["perl", "-MPOSIX=strftime", "-pe", program, str(server.args.data / "reviews.csv")], stdout=out)
    tool = {"mysql": "mysqlimport", "mariadb": "mariadb-import"}[server.args.server]
    form = ["--fields-terminated-by=,", '--fields-optionally-enclosed-by="', "--fields-escaped-by=", "--lines-terminated-by=\\n"]
    files = [str(mended / f"{table}.csv") for table in TABLES]
    command = [str(server.programs / tool), *server.options(), "--local", "--use-threads=4", "--ignore-lines=1", *form, "reviews", *files]
    taken.run(command, stdout=subprocess.DEVNULL)
    run_sql(server, taken, script(server.args, "keys.sql"))


def load_inserts(server, taken):
    run_sql(server, taken, script(server.args, "tables.sql"))
    writer = [sys.executable, str(HERE / "inserts.py"), str(server.args.data), server.args.variant]
    taken.run([writer, server.client])
    run_sql(server, taken, script(server.args, "keys.sql"))


def seed_with(options):
    return lambda server, taken: load_reviewseed(server, taken, *options.split()[1:])


SEEDS = [
    "reviewseed",
    "reviewseed --verify quick",
    "reviewseed --verify full",
    "reviewseed --load local-infile",
    "reviewseed --load local-infile --verify full",
]
LOADERS = {
    **{options: seed_with(options) for options in SEEDS},
    "script, best practice": load_best,
    "script, a client per table": load_parallel,
    "import --use-threads": load_import,
    "script, naive": load_naive,
    "inserts of 5,000 rows": load_inserts,
}

READERS = {
    "reviewseed check": ("", ""),
    "DuckDB": ("duckdb", "reader_duckdb.py"),
    "Polars": ("polars", "reader_polars.py"),
    "Frictionless": ("frictionless", "reader_frictionless.py"),
}


def check(name, args):
    taken = Usage()
    package, program = READERS[name]
    if not program:
        home = args.folder / "check"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        command, options = [str(args.binary), "check", str(args.data), "-q", "--report", "report.json"], {"cwd": home, "env": {**os.environ, "REVIEWSEED_CONFIG": "/dev/null"}}
    else:
        python = args.folder / "venv/bin/python"
        command = [str(python), str(HERE / program), str(args.data), VARIANTS[args.variant]["type"], str(len(os.sched_getaffinity(0)))]
        options = {"stdout": subprocess.DEVNULL}
    began = time.monotonic()
    taken.run(command, allowed=(0, 1), **options)  # 1: rows were refused, which is an answer
    return measured(began, taken)


def load(name, args):
    with {"private": Server, "default": DefaultServer}[args.server_config](args) as server:
        taken = Usage()
        cpu, written = server.counters()
        began = time.monotonic()
        LOADERS[name](server, taken)
        result = measured(began, taken)
        after = server.counters()
        result |= {"server_cpu": round(after[0] - cpu, 2), "server_peak": server.peak(), "written": after[1] - written}
        return result | {"contents": server.sql(script(args, "contents.sql")), "server": server.version}


def measured(began, taken):
    wall = round(time.monotonic() - began, 2)
    phases = {"phases": taken.phases} if hasattr(taken, "phases") else {}
    return {"wall": wall, "client_cpu": round(taken.cpu, 2), "client_peak": taken.peak, **phases}


def install(args):
    """Installs readers from PyPI in an environment of their own. Returns the names of those that can be run."""
    venv = args.folder / "venv"
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    able = []
    for name, (package, _) in READERS.items():
        pip = [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", package]
        if not package or subprocess.run(pip, stdout=sys.stderr).returncode == 0:
            able.append(name)
        else:
            say(f"{name} cannot be installed and is left out")
    return able


def generate(args):
    args.data = args.folder / f"csv-{args.variant}-{args.products}"
    if not (args.data / "manifest.json").exists():
        command = [str(args.binary), "generate", str(args.data), "--products", str(args.products), "--variant", args.variant, "-q", "--overwrite"]
        subprocess.run(command, check=True)


def warm(args):
    """Reads the files into the page cache, so that it is the same for all contenders."""
    for table in TABLES:
        with open(args.data / f"{table}.csv", "rb") as file:
            while file.read(1 << 24):
                pass


def table(results, phase, against):
    """Medians as Markdown."""
    names = list(results[phase])
    median = lambda name, key: statistics.median(run[key] for run in results[phase][name])
    loading = phase == "load"
    header = ["contender", "wall s", f"of {against}", "client CPU s", "client MB"] + (["server CPU s", "server MB", "written MB"] if loading else [])
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    for name in names:
        base = median(against, "wall") if against in names else None
        cells = [name, f"{median(name, 'wall'):.1f}", f"{median(name, 'wall') / base:.2f}" if base else ""]
        cells += [f"{median(name, 'client_cpu'):.1f}", f"{median(name, 'client_peak') / 1e6:.0f}"]
        if loading:
            cells += [f"{median(name, 'server_cpu'):.1f}", f"{median(name, 'server_peak') / 1e6:.0f}", f"{median(name, 'written') / 1e6:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    args = usage()
    args.folder, args.binary = args.folder.resolve(), args.binary.resolve()
    args.folder.mkdir(parents=True, exist_ok=True)
    wanted = {int(core) for core in args.cores.split(",")} & os.sched_getaffinity(0)
    if wanted:
        os.sched_setaffinity(0, wanted)
    contenders = [*(LOADERS if "load" in args.phases else []), *(READERS if "check" in args.phases else [])]
    for pattern in args.only:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in contenders):
            sys.exit(f"bench: no contender has the name {pattern!r}; the contenders are: {'; '.join(contenders)}")
    if args.skip_binlog and args.server_config != "default":
        sys.exit("bench: --skip-binlog is for --server-config default: the private server has no binary log")
    chosen = lambda names: [n for n in names if not args.only or any(fnmatch.fnmatchcase(n, pattern) for pattern in args.only)]
    generate(args)
    plan = {}
    if "load" in args.phases:
        plan["load"] = (chosen(LOADERS), load, "script, best practice")
    if "check" in args.phases:
        plan["check"] = (chosen(install(args)), check, "DuckDB")
    results = {phase: {name: [] for name in names} for phase, (names, _, _) in plan.items()}
    contents = {}
    for round_ in range(args.rounds):
        for phase, (names, contend, _) in plan.items():
            for name in names[round_ % max(len(names), 1):] + names[:round_ % max(len(names), 1)]:
                warm(args)
                run = contend(name, args)
                contents.setdefault(run.pop("contents", None), name)
                results[phase][name].append(run)
                say(f"round {round_ + 1} {phase:5} {name:44} {run['wall']:8.2f} s   client {run['client_cpu']:.1f} s CPU {run.get('phases', '')}")
    contents.pop(None, None)
    if len(contents) > 1:
        for content, name in contents.items():
            say(f"in the database after '{name}':\n{content}")
        sys.exit("bench: the contenders left different rows or keys, so their times are not compared")
    facts = {
        "products": args.products, "variant": args.variant, "rounds": args.rounds, "server": args.server, "buffer_pool": args.buffer_pool,
        "server_config": args.server_config, "skip_binlog": args.skip_binlog, "cores": sorted(os.sched_getaffinity(0)), "kernel": platform.release(), "seed_options": args.seed_options,
        "bytes": sum((args.data / f"{t}.csv").stat().st_size for t in TABLES), "date": datetime.datetime.now().isoformat(timespec="seconds"),
    }
    versions = {run.pop("server") for runs in results.get("load", {}).values() for run in runs}
    title = f"{args.products:,} products ({facts['bytes'] / 1e6:,.0f} MB, {args.variant}), {len(facts['cores'])} cores, "
    pool = f"buffer pool {args.buffer_pool}, " if args.server_config == "private" else ""
    title += f"{', '.join(sorted(versions)) or 'no server'}, {pool}medians of {args.rounds}"
    text = f"{title}\n\n" + "\n\n".join(table(results, phase, against) for phase, (_, _, against) in plan.items()) + "\n"
    stem = args.folder / f"results-{args.server}-{args.products}-{datetime.datetime.now():%Y%m%d-%H%M%S}"
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps({**facts, "results": results}, indent=1))
    print(text)
    say(f"written to {stem}.md and .json")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
