"""Runs scripts in real Keras and their conversions in real PyTorch, and compares.

Reads one JSON object on stdin: {"cache": folder, "seconds": limit of one script, "pairs": [{"id", "keras": path, "torch": text or null,
"version": 1, 2 or 3}]}. Files beside the original in `data/` are there for both. Writes one JSON line a pair:
{"id", "verdict": "equal" or what is wrong, "details": [...], "seconds"}. A pair without `torch` only has to run in Keras.

With arguments it compares one pair: run.py ORIGINAL.py [CONVERTED.py] [--keras 1|2|3]
"""

import argparse
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pickle
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

DAYS = 7  # an unused record is kept
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)


class Server:
    """A process that has imported a framework and forks for each job."""

    def __init__(self, name, log):
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONIOENCODING": "utf-8",
        }
        environment.update(
            PYTHONDONTWRITEBYTECODE="1", MPLBACKEND="Agg", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3"
        )
        environment.pop("PYTHONPATH", None)
        self.log = log
        with open(log, "w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, os.path.join(HERE, name)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=environment,
            )
        self.ready = False

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process ended: {tail(self.log)}")
        return json.loads(line)

    def run(self, request):
        if not self.ready:
            self.answer()
            self.ready = True
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.answer()["status"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def tail(path, lines=12):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:]).strip()
    except OSError:
        return ""


class Side:
    """One framework: a pool of servers, a temporary folder for each script, records as results."""

    def __init__(self, program, workers, settings):
        self.program, self.settings = program, settings
        self.root = tempfile.mkdtemp(prefix="equivalence-")
        self.free = queue.Queue()
        for number in range(workers):
            self.free.put(number)
        self.servers = {}

    def record(self, text, beside, extra):
        """Runs a text in a folder of its own and returns its record."""
        folder = tempfile.mkdtemp(dir=self.root)
        if beside and os.path.isdir(os.path.join(beside, "data")):
            shutil.copytree(os.path.join(beside, "data"), os.path.join(folder, "data"))
        path, record = os.path.join(folder, "program.py"), os.path.join(folder, ".record")
        log = os.path.join(folder, ".log")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        request = {
            "folder": folder,
            "script": path,
            "record": record,
            "log": log,
            "data": self.settings["data"],
            "seconds": self.settings["seconds"],
        }
        number = self.free.get()
        try:
            if number not in self.servers:
                self.servers[number] = Server(self.program, os.path.join(self.root, f"{number}.log"))
            status = self.servers[number].run({**request, **extra})
        finally:
            self.free.put(number)
        try:
            if status == "timeout":
                return {"error": f"ran longer than {self.settings['seconds']} s"}
            if not os.path.exists(record):
                return {"error": f"process ended with {status}: {tail(log)}"}
            with open(record, "rb") as file:
                return pickle.load(file)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self):
        for server in self.servers.values():
            server.close()
        shutil.rmtree(self.root, ignore_errors=True)


def fingerprint(*names):
    """Of the code that makes a record."""
    digest = hashlib.sha256()
    for name in names:
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return digest


def folder_bytes(folder):
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(place, name), "rb") as file:
                yield name.encode() + file.read()


class Originals:
    """Keras records, kept between runs as long as the script, its data and this code stay the same."""

    def __init__(self, side, cache, fresh):
        self.side, self.cache, self.lock, self.locks = side, cache, threading.Lock(), {}
        os.makedirs(cache, exist_ok=True)
        self.fresh = set() if fresh else None  # the records made by this run, where older ones do not count
        for name in os.listdir(cache):
            if os.path.getmtime(os.path.join(cache, name)) < time.time() - DAYS * 86400:
                os.remove(os.path.join(cache, name))

    def record(self, path, version):
        with self.lock:
            mine = self.locks.setdefault((path, version), threading.Lock())
        with mine:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
            beside = os.path.dirname(path)
            sources = "keras_side.py old_keras.py sklearn_wrappers.py programs.py stand_ins.py requirements.txt"
            digest = fingerprint(*sources.split())
            digest.update(f"{version}\n{text}".encode())
            for blob in folder_bytes(os.path.join(beside, "data")):
                digest.update(blob)
            script = hashlib.sha256(f"{version}{path}".encode()).hexdigest()[:8]
            kept = os.path.join(self.cache, f"{script}-{digest.hexdigest()[:24]}")
            if os.path.exists(kept) and (self.fresh is None or kept in self.fresh):
                os.utime(kept)
                with open(kept, "rb") as file:
                    return pickle.load(file)
            record = self.side.record(text, beside, {"version": version})
            if not record["error"]:
                temporary = os.path.join(self.cache, f".{os.getpid()}-{script}")
                with open(temporary, "wb") as file:
                    pickle.dump(record, file)
                for name in os.listdir(self.cache):
                    if name.startswith(script):
                        with contextlib.suppress(FileNotFoundError):
                            os.remove(os.path.join(self.cache, name))
                os.replace(temporary, kept)
                if self.fresh is not None:
                    self.fresh.add(kept)
            return record


def settings_of_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("original")
    parser.add_argument("converted", nargs="?")
    parser.add_argument("--keras", type=int, choices=(1, 2, 3), default=2)
    parser.add_argument("--cache", default=os.path.join(HERE, "../../node_modules/.cache/equivalence"))
    arguments = parser.parse_args()
    text = None
    if arguments.converted:
        with open(arguments.converted, encoding="utf-8", newline="") as file:
            text = file.read()
    pair = {
        "id": arguments.original,
        "keras": os.path.abspath(arguments.original),
        "torch": text,
        "version": arguments.keras,
    }
    return {"cache": os.path.abspath(arguments.cache), "pairs": [pair]}


def main():
    import compare

    settings = json.load(sys.stdin) if len(sys.argv) == 1 else settings_of_arguments()
    settings.setdefault("seconds", 120)
    settings["data"] = os.path.join(settings["cache"], "data")
    os.makedirs(settings["data"], exist_ok=True)
    keras, torch = Side("keras_side.py", 2, settings), Side("torch_side.py", 2, settings)
    originals = Originals(keras, os.path.join(settings["cache"], "records"), settings.get("fresh", False))
    out, verdicts = threading.Lock(), []

    def check(pair):
        start = time.monotonic()
        record = originals.record(pair["keras"], pair["version"])
        if record["error"]:
            result = {"verdict": "original fails", "details": [record["error"]]}
        elif pair.get("torch") is None:
            result = {
                "verdict": "original runs",
                "details": [f"{len(record['models'])} models, {len(record['fits'])} fits"],
            }
        else:
            given = os.path.join(keras.root, f"{threading.get_ident()}.record")
            with open(given, "wb") as file:
                pickle.dump(record, file)
            converted = torch.record(
                pair["torch"], os.path.dirname(pair["keras"]), {"original": given, "version": pair["version"]}
            )
            result = compare.compare(record, converted, pair["version"])
        with out:
            verdicts.append(result["verdict"])
            if len(sys.argv) > 1:
                print(
                    "\n  ".join(
                        [
                            result["verdict"],
                            *result["details"],
                            *([f"parts of the limits: {result['floors']}"] if "floors" in result else []),
                        ]
                    )
                )
            else:
                print(
                    json.dumps({"id": pair["id"], **result, "seconds": round(time.monotonic() - start, 2)}), flush=True
                )

    try:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(check, pair) for pair in settings["pairs"]]:
                done.result()
    finally:
        keras.close()
        torch.close()
    return 0 if len(sys.argv) == 1 or verdicts[0] in ("equal", "original runs") else 1


if __name__ == "__main__":
    sys.exit(main())
