#!/usr/bin/env python3
"""Checks that `reviewseed smoke --http` keeps its rate, and how much CPU time it takes for that.

    benches/rates.py [--rates 250,1000] [--duration 30]

nginx answers each request at once and logs the time of each. Every tool sends at each rate, in
turns: reviewseed, and autocannon (`-R`) if npm can install it. Both ask for the same thousand
products; autocannon reads them as a HAR file, and each of its connections asks for all of them in
order. The table compares what a tool says with the log: requests, rate from the first to the last
request, requests in the worst second, different products, and the tool's CPU time in cores. The
exit code is 1 if reviewseed sends more than 1 % too few or too many, or needs half a core. nginx
comes from PATH, otherwise from Debian's package, which is unpacked and not installed.
"""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

IDS = range(1, 1001)
ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = """
worker_processes 1;
pid nginx.pid;
error_log nginx-error.log warn;
events { worker_connections 1024; }
http {
  log_format times '$msec $request_uri';
  client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
  server {
    listen 127.0.0.1:PORT;
    keepalive_requests 10000000;
    access_log requests.log times;
    location / { return 200 '{"product": 1, "results": []}'; }
  }
}
"""


def usage():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rates", default="250,1000", help="requests a second")
    parser.add_argument("--duration", type=int, default=30, help="seconds for each")
    parser.add_argument("--port", type=int, default=28090)
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "target/rates", help="nginx, autocannon and their files")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target/release/reviewseed")
    return parser.parse_args()


def nginx(folder):
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    unpacked = folder / "nginx/usr/sbin/nginx"
    if not found and not unpacked.exists():
        place = folder / "nginx"
        place.mkdir(exist_ok=True)
        subprocess.run("apt-get -q download nginx && dpkg-deb -x nginx_*.deb .", shell=True, cwd=place, check=True, stdout=subprocess.DEVNULL)
    return found or str(unpacked)


@contextlib.contextmanager
def served(args):
    """nginx, as long as the block runs."""
    (args.folder / "nginx.conf").write_text(CONFIG.replace("PORT", str(args.port)))
    (args.folder / "requests.log").unlink(missing_ok=True)
    command = [nginx(args.folder), "-p", f"{args.folder}/", "-c", "nginx.conf", "-e", "nginx-error.log", "-g", "daemon off;"]
    server = subprocess.Popen(command)
    try:
        time.sleep(1)
        if server.poll() is not None:
            sys.exit(f"rates: nginx does not start; see {args.folder}/nginx-error.log")
        yield
    finally:
        server.terminate()
        server.wait()


def run(command, folder):
    """Runs a tool: its stdout, and its CPU seconds."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if not out:
        sys.exit(f"rates: {command[0]} says nothing, and ends with {process.returncode}")
    return out, usage.ru_utime + usage.ru_stime


def by_reviewseed(args, rate):
    (args.folder / "ids.txt").write_text("".join(f"{n}\n" for n in IDS))
    command = [args.binary.resolve(), "smoke", "--json", "--quiet", "--targets", "ids.txt", "--rate", str(rate), "--duration", f"{args.duration}s"]
    out, cpu = run([*command, "--http", f"http://127.0.0.1:{args.port}/reviews?product_id={{product_id}}"], args.folder)
    said = json.loads(out)
    latency = said["latency_ms"]
    return {"sent": said["sent"], "rate": said["sent_rate"], "average": latency["average"], "p99": latency["p99"], "cpu": cpu}


def by_autocannon(args, rate):
    connections = min(max(rate // 25, 8), 64)
    address = f"http://127.0.0.1:{args.port}"
    requests = [{"method": "GET", "url": f"{address}/reviews?product_id={n}", "headers": []} for n in IDS]
    (args.folder / "ids.har").write_text(json.dumps({"log": {"entries": [{"request": request} for request in requests]}}))
    command = ["node_modules/.bin/autocannon", "--json", "--har", "ids.har", "-R", str(rate), "-d", str(args.duration), "-c", str(connections)]
    out, cpu = run([*command, address], args.folder)
    said = json.loads(out)
    latency = said["latency"]
    return {"sent": said["requests"]["sent"], "rate": said["requests"]["average"], "average": latency["average"], "p99": latency["p99"], "cpu": cpu}


def logged(args):
    """What nginx has logged since the last call: requests, their rate, the worst of the full seconds, and different products."""
    time.sleep(0.5)
    log = args.folder / "requests.log"
    lines = [line.split() for line in log.read_text().splitlines()]
    times = sorted(float(at) for at, _ in lines)
    os.truncate(log, 0)
    begin, end = times[0], times[-1]
    seconds = collections.Counter(int(at - begin) for at in times if at - begin < int(end - begin))
    return {"requests": len(times), "rate": (len(times) - 1) / (end - begin), "worst": min(seconds.values(), default=0),
            "ids": len({uri for _, uri in lines})}


def tools(args):
    yield "reviewseed", by_reviewseed
    if not (args.folder / "node_modules/autocannon").exists():
        npm = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "autocannon"], cwd=args.folder, check=False)
        if npm.returncode:
            print("rates: autocannon is left out, because npm cannot install it", file=sys.stderr)
            return
    yield "autocannon", by_autocannon


def main():
    args = usage()
    args.folder = args.folder.resolve()
    (args.folder / "temp").mkdir(parents=True, exist_ok=True)
    (args.folder / "package.json").write_text("{}")
    missed = []
    contenders = list(tools(args))
    print("tool\trate\tsays sent\tsays a second\tlogged\tlogged a second\tworst second\tproducts\taverage ms\tp99\tcores")
    with served(args):
        for rate in map(int, re.split("[, ]+", args.rates)):
            for name, tool in contenders:
                said = tool(args, rate)
                log = logged(args)
                cores = said["cpu"] / args.duration
                print(f"{name}\t{rate}\t{said['sent']}\t{said['rate']:.1f}\t{log['requests']}\t{log['rate']:.1f}\t{log['worst']}\t{log['ids']}"
                      f"\t{said['average']:.2f}\t{said['p99']:.2f}\t{cores:.2f}", flush=True)
                if name == "reviewseed":
                    is_kept = all(abs(found / rate - 1) <= 0.01 for found in (said["rate"], log["rate"], said["sent"] / args.duration))
                    missed += [f"{rate} a second"] if not is_kept else []
                    missed += [f"half a core at {rate} a second"] if cores >= 0.5 else []
    for what in missed:
        print(f"rates: missed: {what}", file=sys.stderr)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
