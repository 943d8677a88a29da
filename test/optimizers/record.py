"""Run the scripts of cases.ts in real Keras: `record.py 2|3 < scripts.json > weights.json`.

Scripts for Keras 2 mean the optimizers that tf_keras calls legacy, unless they use what only newer ones have.
"""

import json
import os
import sys
import types

os.environ.update(TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")

import numpy as np
import tensorflow as tf

if sys.argv[1] == "3":
    import keras
else:
    import tf_keras as keras

    legacy, modern = keras.optimizers.legacy, keras.optimizers

    def chosen(name):
        """The class of that name which takes the arguments."""

        def make(*args, **options):
            new = "weight_decay" in options or not hasattr(legacy, name)
            return getattr(modern if new else legacy, name)(*args, **options)

        return make

    names = [name for name in dir(modern) if name[0].isupper()]
    optimizers = types.SimpleNamespace(
        **{name: chosen(name) for name in names},
        legacy=legacy,
        experimental=modern,
        schedules=modern.schedules,
        train=tf.compat.v1.train,
    )
    of_string = {name.lower(): name for name in names}


def run(script):
    """The weights after the script, which start from the same ones."""
    make, train = script.split("# weights\n")
    scope = {}
    head, lines = [], make.splitlines()
    for line in lines:
        if line.startswith("from keras"):
            line = line.replace("from keras", f"from {keras.__name__}")
        if sys.argv[1] == "2" and line.startswith("model.compile"):
            line = line.replace("optimizer='", "optimizer=of_string['").replace("')", "'])")
            if "of_string['" in line:
                name = line.split("of_string['")[1].split("'")[0]
                line = f"model.compile(loss='mse', optimizer=optimizers.{of_string[name.lower()]}())"
        head.append(line)
        if sys.argv[1] == "2" and line.startswith("from"):
            head.append("from __main__ import optimizers")
    keras.backend.clear_session()
    exec("\n".join(head), scope)
    scope["model"].set_weights(initial())
    exec(train, scope)
    return [weight.tolist() for weight in scope["model"].get_weights()]


def initial():
    """Kernels and biases of the model in cases.ts, as Keras has them."""
    rng = np.random.RandomState(20)
    return [rng.randn(*shape).astype("float32") * 0.5 for shape in ((4, 6), (6,), (6, 1), (1,))]


if __name__ == "__main__":
    json.dump({name: run(script) for name, script in json.load(sys.stdin).items()}, sys.stdout)
