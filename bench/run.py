#!/usr/bin/env python3
"""Runs the benchmarks and their peers in turns and prints what came out (see bench/README.md)."""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH / "support"))
OURS = "ours"
LIMIT = "limit"
SHARE = "share of "


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("--python", default="/usr/bin/python3", help="has the peers' modules")
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("--json", type=pathlib.Path, help="file to write")
    parser.add_argument("--report", type=pathlib.Path, help="page whose generated part is replaced")
    parser.add_argument("works", nargs="*", help="default: all")
    arguments = parser.parse_args()
    known = sorted(path.stem for path in BENCH.glob("*.cpp"))
    unknown = set(arguments.works) - set(known)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    arguments.works = arguments.works or known
    return arguments


def make_inputs(build, data):
    """Writes the inputs again where their program's source or the real data have changed."""
    folder = build / "bench" / "inputs"
    stamp = folder / "made-with.txt"
    source = (BENCH / "support" / "make_inputs.cpp").read_text()
    made_with = f"{data}\n{source}"
    if not stamp.exists() or stamp.read_text() != made_with:
        say(f"writing {folder}")
        subprocess.run([build / "bench" / "make_inputs", folder, data], check=True)
        stamp.write_text(made_with)
    return folder


def case_of(name):
    """CASE or CASE/variant: Google Benchmark's own additions are left out."""
    own = r"/(real_time|process_time|manual_time|(iterations|repeats|min_time|threads):[^/]*)"
    return re.sub(own, "", name)


class Row:
    """One case of one work: the best time of each who did it, and the results they found."""

    def __init__(self):
        self.ms = {}
        self.results = {}
        self.items = None
        self.images = None

    def add(self, who, ms, result):
        self.ms[who] = min(ms, self.ms.get(who, ms))
        if result is not None:
            self.results[who] = result


class Work:
    def __init__(self, name):
        self.name = name
        path = BENCH / f"{name}.json"
        goals = json.loads(path.read_text()) if path.exists() else {}
        self.title = goals.get("title", name.replace("_", " "))
        self.tolerance = goals.get("tolerance", 1e-6)
        self.environment = goals.get("environment", {})
        self.goals = goals.get("cases", {})
        self.rows = {}
        self.errors = []

    def row(self, case):
        return self.rows.setdefault(case, Row())

    def measure(self, arguments, environment):
        environment = {**environment, **self.environment}
        peer = BENCH / "peers" / f"{self.name}.py"
        if peer.exists():
            self.run_peers([arguments.python, str(peer)], environment)
        self.run_ours(arguments.build / "bench" / self.name, environment)

    def run_peers(self, command, environment):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
        for line in done.stdout.splitlines():
            found = json.loads(line)
            self.row(found["case"]).add(found["peer"], found["ms"], found.get("result"))
        if done.returncode != 0:
            self.error(f"{command[-1]} ended with {done.returncode}")

    def run_ours(self, program, environment):
        from peer import BATCH_SECONDS, REPETITIONS

        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            command = [program, f"--benchmark_out={out.name}", "--benchmark_out_format=json",
                       f"--benchmark_min_time={BATCH_SECONDS}",
                       f"--benchmark_repetitions={REPETITIONS}"]
            # As the programs wait (lib/cli/passive_wait.hpp), unless the user says otherwise.
            environment = {"OMP_WAIT_POLICY": "passive", **environment}
            done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
            if done.returncode != 0:
                self.error(f"{program} ended with {done.returncode}")
                return
            for run in json.load(out)["benchmarks"]:
                if run.get("error_occurred"):
                    self.error(f"{run['name']}: {run['error_message']}")
                elif run["run_type"] == "iteration":
                    self.add_ours(case_of(run["run_name"]), run)

    def add_ours(self, case, run):
        ms = run["real_time"] * {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1e3}[run["time_unit"]]
        who = OURS
        if case.endswith("/" + LIMIT):
            case, who = case.removesuffix("/" + LIMIT), LIMIT
        else:
            self.row(case).items = run.get("items")
            self.row(case).images = run.get("images")
        self.row(case).add(who, ms, run.get("result"))

    def error(self, text):
        text = f"{self.name}: {text}"
        if text not in self.errors:
            self.errors.append(text)
            say(text)

    def finish(self):
        """Variants meet the peers of their case; results must agree."""
        for case, row in self.rows.items():
            base = self.rows.get(case.split("/")[0], row)
            for who, ms in base.ms.items():
                if who != OURS:
                    row.ms.setdefault(who, ms)
            row.results = {**base.results, **row.results}
            if "limit_ms" in self.goals.get(case, {}):
                row.ms[LIMIT] = self.goals[case]["limit_ms"]
            found = row.results.values()
            if found and max(found) - min(found) > self.tolerance * max(abs(x) for x in found):
                self.error(f"{case}: results differ: {row.results}")

    def ours(self, case):
        """Our milliseconds, None where the case was not measured."""
        return self.rows[case].ms.get(OURS) if case in self.rows else None

    def peers(self):
        names = [who for row in self.rows.values() for who in row.ms]
        return [who for who in dict.fromkeys(names) if who not in (OURS, LIMIT)]

    def targets(self, case):
        """(what, measured, goal, met) for each target of a case."""
        row = self.rows[case]
        ours = row.ms[OURS]
        others = [ms for who, ms in row.ms.items() if who not in (OURS, LIMIT)]
        for what, goal in self.goals.get(case, {}).get("targets", {}).items():
            if what.startswith(SHARE):
                whole = what.removeprefix(SHARE)
                if self.ours(whole):
                    percent, most = 100 * ours / self.ours(whole), 100 * goal
                    yield f"<= {most:g} % of {whole}", percent, most, percent <= most
            elif what == "ms":
                yield f"<= {goal:g} ms", ours, goal, ours <= goal
            elif what == LIMIT and LIMIT in row.ms:
                ratio = ours / row.ms[LIMIT]
                yield f"<= {goal:g} x limit", ratio, goal, ratio <= goal
            elif what == "best" and others or what in row.ms:
                ratio = (min(others) if what == "best" else row.ms[what]) / ours
                yield f">= {goal:g} x {what}", ratio, goal, ratio >= goal

    def table(self):
        peers = self.peers()
        limits = any(LIMIT in row.ms for row in self.rows.values())
        items = any(row.items for row in self.rows.values())
        images = any(row.images for row in self.rows.values())
        lines = [["case", *(f"{peer}, ms" for peer in peers), *(["limit, ms"] if limits else []),
                  "ours, ms", *(["ns an item"] if items else []),
                  *(["images/s"] if images else []), *(f"x {peer}" for peer in peers),
                  *(["of limit"] if limits else []), "targets"]]
        for case, row in self.rows.items():
            if OURS not in row.ms:
                continue
            ours = row.ms[OURS]
            ratios = [short(row.ms[peer] / ours) if peer in row.ms else "" for peer in peers]
            limit = row.ms.get(LIMIT)
            lines.append([case, *(short(row.ms.get(peer)) for peer in peers),
                          *([short(limit)] if limits else []), short(ours),
                          *([short(row.items and 1e6 * ours / row.items)] if items else []),
                          *([short(row.images and 1e3 * row.images / ours)] if images else []), *ratios,
                          *([short(limit and ours / limit)] if limits else []),
                          "; ".join(told(*target) for target in self.targets(case))])
        missing = [case for case in self.goals if not self.ours(case)]
        note = f"\n\nNot measured here, though it has a target or a limit: {', '.join(missing)}."
        return markdown(lines) + (note if missing else "")

    def as_json(self):
        return {"title": self.title, "errors": self.errors,
                "cases": {case: {"ms": row.ms, "results": row.results, "items": row.items,
                                 "targets": [dict(zip(("target", "measured", "goal", "met"), t))
                                             for t in self.targets(case)] if OURS in row.ms else []}
                          for case, row in self.rows.items()}}


def told(text, value, goal, met):
    """What came of a target; a share stands in no column of its own, so it is said."""
    number = f" ({short(value)})" if not met or " % of " in text else ""
    return f"{text}: {'met' if met else 'MISSED'}{number}"


def short(number):
    """Three digits that count."""
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def markdown(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    rows = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths)) + " |"
            for line in lines]
    rows.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(rows)


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


PEER_VERSIONS = """
import importlib
for module, name in (("numpy", "NumPy"), ("scipy", "SciPy"), ("torch", "PyTorch"), ("cv2", "OpenCV"),
                     ("h5py", "h5py"), ("edt", "edt")):
    try:
        print(name, getattr(importlib.import_module(module), "__version__", "of unknown version"))
    except ImportError:
        print(name, "not installed")
"""


def processor():
    """Model, and family, model and stepping, which tell apart what virtual machines call alike."""
    found = dict(re.findall(r"^([^:\n]*?): *(.*)$", output_of("lscpu"), re.M))
    numbers = [found[key] for key in ("CPU family", "Model", "Stepping") if key in found]
    name = found.get("Model name", platform.processor())
    return f"{name}, family/model/stepping {'/'.join(numbers)}" if numbers else name


def libraries(program):
    """What a program of ours loads, with the version of its Debian package or its file's name."""
    found = []
    for name, path in re.findall(r"(\S+) => (/\S+)", output_of("ldd", str(program))):
        if not re.match(r"lib(torch_cpu|torch_cuda|dnnl|openblas|mkl_core|gomp|hdf5(_serial)?|deflate)\b", name):
            continue
        real = os.path.realpath(path)
        package = output_of("dpkg", "-S", real).split(":")[0]
        version = output_of("dpkg-query", "-W", "-f", "${Version}", package) if package else ""
        found.append(f"{package} {version}" if version else os.path.basename(real))
    return ", ".join(dict.fromkeys(found))


def load():
    return " ".join(f"{x:.1f}" for x in os.getloadavg())


def machine(arguments):
    """Hardware and versions."""
    found = {"cpu": processor(),
             "cores": str(len(os.sched_getaffinity(0))),
             "load before": load(),
             "gpu": output_of("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"),
             "system": f"{platform.system()} {platform.release()}",
             "compiler": output_of("c++", "--version").split("\n")[0],
             "regionwise": output_of("git", "-C", str(BENCH), "describe", "--always", "--dirty"),
             "libraries of ours": libraries(arguments.build / "bench" / "training_step"),
             "python": output_of(arguments.python, "--version"),
             "peers": output_of(arguments.python, "-c", PEER_VERSIONS).replace("\n", ", "),
             "rounds": str(arguments.rounds)}
    return {key: value for key, value in found.items() if value}


def write_report(path, text):
    """Replaces what stands between the two marks of a page."""
    begin, end = "<!-- make bench writes from here -->\n", "<!-- to here -->\n"
    page = path.read_text()
    if begin not in page or end not in page:
        sys.exit(f"bench: error: {path}: lacks the lines {begin.strip()} and {end.strip()}")
    path.write_text(page.split(begin)[0] + begin + text + end + page.split(end)[1])


def main():
    arguments = parse_arguments()
    data = os.environ.get("REGIONWISE_DATA", str(BENCH / "../../shared/data"))
    inputs = make_inputs(arguments.build, data)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                   "PYTHONPATH": str(BENCH / "support"),
                   "REGIONWISE_BENCH_INPUTS": str(inputs.resolve())}
    info = machine(arguments)
    works = []
    for name in arguments.works:
        work = Work(name)
        works.append(work)
        for number in range(arguments.rounds):
            say(f"{name}, round {number + 1} of {arguments.rounds}")
            work.measure(arguments, environment)
        work.finish()
        print(f"\n{work.title}\n\n{work.table()}", flush=True)
    info["load after"] = load()
    if arguments.json:
        results = {"machine": info, "works": {work.name: work.as_json() for work in works}}
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    if arguments.report:
        parts = ["\n".join(f"* {key}: {value}" for key, value in info.items())]
        parts += [f"### {work.title}\n\n{work.table()}" for work in works]
        write_report(arguments.report, "\n" + "\n\n".join(parts) + "\n\n")
    sys.exit(1 if any(work.errors for work in works) else 0)


if __name__ == "__main__":
    main()
