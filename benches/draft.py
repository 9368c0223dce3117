#!/usr/bin/env python3
"""Compares `reviewseed draft` with `reviewseed check`, csvsql and DuckDB's sniffer on the same files, in one run.

    benches/draft.py [--products N] [--rounds N] [--binary FILE] [--folder DIR]        see --help

reviewseed generates the four files of the data set. The contenders take turns, round by round; csvsql and DuckDB infer the types of
each file alone. Wall time, CPU time and peak memory are taken from the kernel, and the table has medians. csvkit and DuckDB come from
PyPI into FOLDER/venv; what cannot be installed is left out and named.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SNIFF = "import duckdb, sys\nfor f in sys.argv[1:]:\n    print(duckdb.sql(f\"SELECT Columns FROM sniff_csv('{f}', sample_size=-1)\").fetchall())\n"


def usage():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--products", type=int, default=100_001, help="products to generate, 1000011 is the real size")
    parser.add_argument("--rounds", type=int, default=3, help="medians are of so many rounds")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target/bench-draft", help="data, tools and results")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/dist/reviewseed")
    return parser.parse_args()


def install(venv, package):
    """The folder of the programs of the environment if the package is in it."""
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    done = subprocess.run([str(venv / "bin/pip"), "install", "--quiet", package], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"draft: left out, because {package} cannot be installed: {done.stderr.strip()[-200:]}", file=sys.stderr)
        return None
    return venv / "bin"


def measured(command, log):
    """Runs a command; returns its wall seconds, CPU seconds and peak memory in MB."""
    began = time.monotonic()
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if child.returncode != 0:
        sys.exit(f"draft: {command[0]} ended with {child.returncode}; see {log}")
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


def contenders(options, data):
    files = sorted(str(file) for file in data.glob("*.csv"))
    binary, schema = str(options.binary), str(ROOT / "schema.sql")
    rejects = str(options.folder / "rejects")
    found = {
        "reviewseed check": [binary, "check", str(data), "--schema", schema, "--rejects", rejects],
        "reviewseed draft": [binary, "draft", str(data), "-o", "-"],
    }
    venv = options.folder / "venv"
    if tools := install(venv, "duckdb"):
        found["DuckDB sniff_csv"] = [str(tools / "python"), "-c", SNIFF, *files]
    if tools := install(venv, "csvkit"):
        found["csvsql"] = [str(tools / "csvsql"), "--dialect", "mysql", *files]
    return found


def main():
    options = usage()
    options.folder.mkdir(parents=True, exist_ok=True)
    data = options.folder / f"data-{options.products}"
    if not data.exists():
        subprocess.run([str(options.binary), "generate", str(data), "--products", str(options.products)], check=True)
    (data / "schema.sql").unlink(missing_ok=True)
    found = contenders(options, data)
    results = {name: [] for name in found}
    for number in range(options.rounds):
        for name, command in found.items():
            log = options.folder / f"{name.replace(' ', '-')}-{number}.log"
            results[name].append(measured(command, log))
            shutil.rmtree(options.folder / "rejects", ignore_errors=True)
    medians = {name: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for name, runs in results.items()}
    base = medians["reviewseed check"]["wall"]
    print(f"{'':20} {'wall s':>8} {'of check':>9} {'CPU s':>8} {'MB':>8}")
    for name, of in medians.items():
        print(f"{name:20} {of['wall']:8.2f} {of['wall'] / base:9.2f} {of['cpu']:8.2f} {of['memory']:8.0f}")
    (options.folder / "result.json").write_text(json.dumps({"runs": results, "medians": medians}, indent=1))


if __name__ == "__main__":
    main()
