"""Run converted scripts of cases.ts in PyTorch: scripts by name on stdin, their last weights on stdout."""

import json
import sys

import numpy as np
import torch

torch.set_num_threads(1)


def run(script):
    make, train = script.split("# weights\n")
    scope = {"__name__": "__main__"}
    exec(compile(make, "script", "exec"), scope)
    rng = np.random.RandomState(20)
    shapes = ((4, 6), (6,), (6, 1), (1,))
    initial = [torch.tensor((rng.randn(*shape).astype("float32") * 0.5).T) for shape in shapes]
    with torch.no_grad():
        for parameter, values in zip(scope["model"].parameters(), initial):
            parameter.copy_(values)
    exec(compile(train, "script", "exec"), scope)
    return [parameter.detach().numpy().T.tolist() for parameter in scope["model"].parameters()]


def attempt(name, script):
    try:
        return run(script)
    except Exception as error:
        raise RuntimeError(f"{name}:\n{script}") from error


json.dump({name: attempt(name, script) for name, script in json.load(sys.stdin).items()}, sys.stdout)
