"""Two records, one verdict."""

import re

import numpy as np

import programs

FORWARD = 1e-5  # of the first outputs, relative to the largest where that is above 1
LOSS = 1e-4  # relative, of every epoch
UPDATE = 3e-3  # of what one step changes in a model, in norms
TENSOR = 3e-2  # of what it changes in one tensor: gradients of biases are sums in which much cancels
ROUNDING = 3e-7  # of a tensor's norm
VALUE = 1e-4  # relative to the largest entry of what a name holds


def compare(original, converted, version):
    if converted["error"]:
        return {"verdict": "crash", "details": [converted["error"]]}
    checks = {
        "layers": layers,
        "first outputs": first_outputs,
        "dropout": dropout,
        "steps": steps,
        "losses": losses,
        "weights": updates,
        "modes": modes,
        "values": values,
        "printed": printed,
        "progress": progress,
    }
    found = {}
    for name, check in checks.items():
        problems = check(original, converted, version)
        if problems:
            found[name] = problems
        if name == "layers" and problems:
            break  # nothing below has a meaning
    details = [f"{name}: {problem}" for name, problems in found.items() for problem in problems[:6]]
    return {"verdict": next(iter(found), "equal"), "details": details, "floors": floors(converted)}


def pairs_of_models(original, converted):
    return [pair for pair in zip(original["models"], converted["models"]) if not pair[1]["error"]]


def layers(original, converted, version):
    problems = [model["error"] for model in converted["models"] if model["error"]]
    if len(converted["models"]) < len(original["models"]):
        problems.append(f"{len(converted['models'])} models are used, {len(original['models'])} in Keras")
    return problems


def first_outputs(original, converted, version):
    problems = []
    for ours, theirs in pairs_of_models(original, converted):
        forward = theirs["forward"]
        if forward is None:
            problems.append(f"{ours['name']}: never seen before its training")
        elif ours["output"] is not None and not forward["error"] <= FORWARD:
            problems.append(f"{ours['name']}: differs by {forward['error']:.1e} ({forward['reading']})")
    return problems


def dropout(original, converted, version):
    problems = []
    for ours, theirs in pairs_of_models(original, converted):
        expected = [rate for layer in ours["layers"] for rate in layer["rates"]]
        got = theirs["rates"]
        if got is None:
            continue
        recurrent = any(layer["rates"] and layer["weights"] for layer in ours["layers"])
        same = set(got) == set(expected) if recurrent else got == expected
        if not same:
            problems.append(f"{ours['name']}: rates {got[:12]}, in Keras {expected}")
    return problems


def steps(original, converted, version):
    expected = sum(sum(fit["batches"]) for fit in original["fits"])
    got = sum(1 for step in converted["steps"] if step.get("stepped"))
    return [] if got == expected else [f"{got} optimizer steps, {expected} in Keras"]


def losses(original, converted, version):
    """The mean over an epoch of what was differentiated, against the loss that Keras reports."""
    problems, at = [], 0
    for number, fit in enumerate(original["fits"], 1):
        for epoch, batches in enumerate(fit["batches"]):
            part = converted["steps"][at : at + batches]
            at += batches
            rows = sum(step["rows"] for step in part)
            if fit["penalty"] or not rows:
                continue
            got, expected = sum(step["loss"] * step["rows"] for step in part) / rows, fit["history"]["loss"][epoch]
            if not close(got, expected, LOSS, 1e-6):
                problems.append(f"epoch {epoch + 1} of fit {number}: {got:.7g}, in Keras {expected:.7g}")
    return problems


def updates(original, converted, version):
    """What every step made of the weights, all of them together and tensor by tensor; the last entry is the end of the script."""
    problems = []
    for (model, step), tensors in by_step(converted).items():
        name = original["models"][model]["name"]
        error, moved, size = (total(tensor[key] for tensor in tensors) for key in ("error", "moved", "size"))
        if error > UPDATE * moved + ROUNDING * size:
            worst = max(tensors, key=lambda tensor: tensor["error"])["label"]
            problems.append(f"{name}, step {step}: all differ by {error:.1e} after moving by {moved:.1e}, most {worst}")
        for tensor in tensors:
            if tensor["error"] > TENSOR * tensor["moved"] + ROUNDING * tensor["size"]:
                problems.append(
                    f"{name}, step {step}: {tensor['label']} differs by {tensor['error']:.1e} after moving by {tensor['moved']:.1e}"
                )
    return problems


def by_step(converted):
    grouped = {}
    for update in converted["updates"]:
        grouped.setdefault((update["model"], update["step"]), []).append(update)
    return grouped


def total(norms):
    return sum(norm**2 for norm in norms) ** 0.5


def modes(original, converted, version):
    return [converted["modes"]] if converted["modes"] else []


def close(got, expected, relative, absolute):
    if np.isnan(expected) or np.isinf(expected):
        return bool(np.isnan(got) == np.isnan(expected) and (np.isnan(got) or got == expected))
    return abs(got - expected) <= absolute + relative * abs(expected)


def difference(got, expected):
    """What is wrong between two values of a name, or None."""
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return f"{list(got) if isinstance(got, dict) else 'no dict'}, in Keras {list(expected)}"
        wrong = {key: difference(np.asarray(got[key]), np.asarray(expected[key])) for key in expected}
        return next((f"[{key!r}] {problem}" for key, problem in wrong.items() if problem), None)
    if isinstance(got, dict):
        return "is a dict"
    got, expected = np.asarray(got, "float64"), np.asarray(expected, "float64")
    if got.shape != expected.shape:
        return f"has shape {got.shape}, in Keras {expected.shape}"
    if not np.array_equal(np.isnan(got), np.isnan(expected)):
        return "is not a number in one of them"
    got, expected = np.nan_to_num(got), np.nan_to_num(expected)
    error, scale = np.max(np.abs(got - expected), initial=0), np.max(np.abs(expected), initial=0)
    if error <= 1e-6 + VALUE * scale:
        return None
    return f"differs by {error:.1e}" + (
        f" (largest {scale:.1e})" if expected.size > 1 else f": {got.item():.7g}, in Keras {expected.item():.7g}"
    )


def values(original, converted, version):
    problems = []
    for name, expected in original["values"].items():
        if name not in converted["values"]:
            problems.append(f"{name} is missing")
            continue
        got = converted["values"][name]
        if version == 1 and isinstance(expected, dict):
            expected = {old_name(key): column for key, column in expected.items()}
        problem = difference(got, expected)
        if problem:
            problems.append(f"{name} {problem}")
    return problems


def old_name(name):
    return re.sub(r"accuracy$", "acc", name)


NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)(?![\w])")


def shape_of_line(line):
    """A line without its numbers, and without the spacing and brackets that depend on their widths."""
    return re.sub(r"[\s\[\](),]+", " ", NUMBER.sub("#", line)).strip()


def same_number(got, expected):
    digits = min(decimals(got), decimals(expected))
    unit = 0 if digits is None or digits > 12 else 1.01 * 10.0**-digits
    return close(float(got), float(expected), VALUE, max(unit, 1e-6) if digits else 1e-6)


def decimals(text):
    mantissa, _, exponent = text.lower().partition("e")
    places = len(mantissa.partition(".")[2])
    return places - int(exponent) if exponent else places


def printed(original, converted, version):
    """Every line that the original prints, in order; the conversion may print more (what stands for a summary)."""
    # a lone None is the printed result of a summary
    ours = [line for line in original["printed"].splitlines() if line.strip() not in ("", "None")]
    theirs = [line for line in converted["printed"].splitlines() if line.strip()]
    shapes = [shape_of_line(line) for line in theirs]
    problems, at = [], 0
    for expected in ours:
        found = next((index for index in range(at, len(theirs)) if shapes[index] == shape_of_line(expected)), None)
        if found is None:
            problems.append(f"{expected!r} is missing" + (f", there is {theirs[at]!r}" if at < len(theirs) else ""))
            continue
        if not all(map(same_number, NUMBER.findall(theirs[found]), NUMBER.findall(expected))):
            problems.append(f"{theirs[found]!r}, in Keras {expected!r}")
        at = found + 1
    return problems


def progress(original, converted, version):
    """The metrics of every epoch of a fit that is not silent, under their names; none of a silent one."""
    lines = [dict(pairs) for pairs in programs.pairs_of(converted["progress"])]
    problems, at, used = [], 0, 0
    for number, fit in enumerate(original["fits"], 1):
        if fit["verbose"] == 0:
            continue
        for epoch in range(len(fit["batches"])):
            expected = {
                name: column[epoch] for name, column in fit["history"].items() if name not in ("lr", "learning_rate")
            }
            if version == 1:
                expected = {old_name(name): value for name, value in expected.items()}
            found = next((index for index in range(at, len(lines)) if set(expected) <= set(lines[index])), None)
            if found is None:
                problems.append(f"epoch {epoch + 1} of fit {number} is not printed: {list(expected)}")
                continue
            for name, value in expected.items():
                text = lines[found][name]
                if not close(float(text), value, LOSS, 0.51 * 10.0 ** -decimals(text) + 1e-6):
                    problems.append(f"epoch {epoch + 1} of fit {number}: {name} {text}, in Keras {value:.7g}")
            at, used = found + 1, used + 1
    more = sum("loss" in line for line in lines) - used
    if more > sum(evaluation["verbose"] != 0 for evaluation in original["evaluations"]):
        problems.append(f"{more} lines of metrics that Keras does not print")
    return problems


def floors(converted):
    """The largest errors that were still taken as equal, in parts of their limits: to see how far those are."""
    steps = [
        total(t["error"] for t in tensors)
        / (UPDATE * total(t["moved"] for t in tensors) + ROUNDING * total(t["size"] for t in tensors) + 1e-30)
        for tensors in by_step(converted).values()
    ]
    tensors = [t["error"] / (TENSOR * t["moved"] + ROUNDING * t["size"] + 1e-30) for t in converted["updates"]]
    # A model that is fed by a generator has no first rows to compare.
    errors = [model["forward"]["error"] for model in converted["models"] if model["forward"]]
    forward = [error / FORWARD for error in errors if error < float("inf")]
    return {
        name: round(max(values, default=0), 3)
        for name, values in (("update", steps), ("tensor", tensors), ("forward", forward))
    }
