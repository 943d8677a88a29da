"""What both sides share: running a script as a program, hearing what it prints, reading the values it leaves."""

import ast
import builtins
import json
import os
import random
import re
import signal
import socket
import sys
import time
import traceback
import types

import numpy as np

NUMBERS = (bool, int, float, np.number, np.bool_)


def functions_of(source):
    """The names of the functions and classes that a script defines itself."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)}


def calls_in_training(source):
    """Whether the script itself calls something in training mode: `model(x, training=True)`."""
    given = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.keyword) and node.arg == "training")
    return any(isinstance(node.value, ast.Constant) and node.value.value is True for node in given)


class Output:
    """Stands for sys.stdout: keeps the text that the script's own code writes, and apart from it what added functions write."""

    def __init__(self, path, own_functions, stream):
        self.path, self.own, self.stream = path, own_functions, stream
        self.script, self.added = [], []

    def write(self, text):
        frame = sys._getframe(1)
        if frame.f_code.co_filename == self.path:
            (self.script if self.is_own(frame) else self.added).append(text)
        return self.stream.write(text)

    def is_own(self, frame):
        """Whether the script itself has the function that writes; added functions may call it back."""
        while frame.f_code.co_name in ("<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"):
            frame = frame.f_back
        name = frame.f_code.co_name
        if name in ("<module>", "<lambda>"):
            return True
        owner = frame.f_locals.get("self")
        return name in self.own and (owner is None or type(owner).__name__ in self.own)

    def __getattr__(self, name):
        return getattr(self.stream, name)


def no_network():
    def refuse(*_, **__):
        raise OSError("the equivalence tests have no network")

    socket.socket.connect = refuse
    socket.create_connection = refuse
    socket.getaddrinfo = refuse


def no_windows():
    """Plots are drawn (a wrong length must show) but never shown."""
    import matplotlib

    matplotlib.use("Agg", force=True)


def run(path, own_functions, before=None):
    """Runs the file as __main__. Returns what it printed, its names, and the error that ended it."""
    with open(path, encoding="utf-8") as file:
        source = file.read()
    random.seed(1337)
    np.random.seed(1337)
    no_network()
    no_windows()
    main = types.ModuleType("__main__")
    main.__file__, main.__builtins__ = path, builtins
    sys.modules["__main__"] = main
    sys.argv = [path]
    sys.path.insert(0, os.path.dirname(path))
    output = sys.stdout = Output(path, own_functions, sys.stdout)
    error = None
    try:
        if before is not None:
            before(main.__dict__)
        exec(compile(source, path, "exec"), main.__dict__)
    except SystemExit as stop:
        if stop.code not in (None, 0):
            error = f"SystemExit: {stop.code}"
    except BaseException as problem:
        lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == path]
        place = f" (line {lines[-1]})" if lines else ""
        error = f"{type(problem).__name__}: {problem}{place}"[:1500]
        traceback.print_exc()
    finally:
        sys.stdout = output.stream
    return output, main.__dict__, error


def history_of(value):
    """The lists of a History, of a plain dict, or of anything with such a dict as its `history`."""
    value = getattr(value, "history", value)
    if isinstance(value, dict) and value and all(isinstance(key, str) for key in value):
        if all(
            isinstance(column, list) and column and all(isinstance(x, NUMBERS) for x in column)
            for column in value.values()
        ):
            return {key: [float(x) for x in column] for key, column in value.items()}
    return None


def array_of(value):
    """A number, an array, or a list or tuple of numbers or of equal arrays, as float64."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    if hasattr(value, "numpy") and not isinstance(value, type):
        value = value.numpy()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if isinstance(value, (list, tuple)) and not (value and all(isinstance(x, (*NUMBERS, np.ndarray)) for x in value)):
        return None
    if not isinstance(value, (*NUMBERS, np.ndarray, list, tuple)):
        return None
    array = np.asarray(value)
    return array.astype("float64") if array.dtype.kind in "biuf" else None


def values_of(namespace):
    """Every number that the script's global names hold at its end, by name."""
    values = {}
    for name, value in namespace.items():
        if name.startswith("__") or isinstance(value, (type, types.ModuleType)) or callable(value):
            continue
        try:
            found = history_of(value)
            if found is None and isinstance(value, dict):
                found = {str(key): array_of(x) for key, x in value.items()}
                found = None if any(x is None for x in found.values()) else found
            if found is None:
                found = array_of(value)
        except (TypeError, ValueError):
            continue
        if found is not None:
            values[name] = found
    return values


PAIR = re.compile(r"\b([A-Za-z_]\w*)\s*[:=]\s*([-+]?(?:\d+\.\d*(?:[eE][-+]?\d+)?|\d+(?:[eE][-+]?\d+)?|nan|inf))\b")


def pairs_of(text):
    """The `name: value` pairs of every line of a progress text."""
    return [pairs for line in text.splitlines() if (pairs := PAIR.findall(line))]


def serve(job):
    """Jobs come as JSON lines on stdin; each runs in a fork, so that the framework is imported once. Answers one JSON line a job."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setsid()
                os.chdir(request["folder"])
                os.environ["HOME"] = request["folder"]
                log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(log, 1)
                os.dup2(log, 2)
                job(request)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        deadline, answer = time.monotonic() + request["seconds"], None
        while answer is None:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                answer = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                answer = "timeout"
            else:
                time.sleep(0.02)
        print(json.dumps({"status": answer}), file=answers, flush=True)
