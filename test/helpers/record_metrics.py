"""Records what Keras's metrics of whole epochs give, in two uneven batches: python record_metrics.py [2|3], for fixtures/metrics.json."""

import json
import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")
version = sys.argv[1]
if version == "2":
    import tf_keras as keras
else:
    import keras
import numpy as np
from metrics_cases import METRICS, data

file = Path(__file__).parent / "fixtures" / "metrics.json"
known = json.loads(file.read_text()) if file.exists() else {}
known[version] = {}
for name, (kind, make, *_) in METRICS.items():
    cls = getattr(keras.metrics, make.split("(")[0], None)
    if cls is None:
        continue
    values = {}
    for label, (targets, outputs) in data(kind).items():
        metric = eval(f"keras.metrics.{make}")
        for rows in (slice(0, 7), slice(7, None)):
            if len(targets[rows]):
                metric.update_state(targets[rows], outputs[rows])
        values[label] = np.asarray(metric.result()).tolist()
    known[version][name] = values
lines = [f'"{one}": {json.dumps(values)}' for one, values in sorted(known.items())]
file.write_text("{\n" + ",\n".join(lines) + "\n}\n")
