"""Records what Keras's downloads and seeds do, for test_files.py: python test/helpers/record_files.py"""

import json
import os
import random
import tempfile
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")

import numpy as np
import tf_keras as keras
from files_cases import CALLS, SEEDS, downloads


def draws(seed):
    keras.utils.set_random_seed(seed)
    return [
        random.random(),
        random.randint(0, 99),
        *np.random.rand(2).tolist(),
        *np.random.permutation(5).tolist(),
    ]


with tempfile.TemporaryDirectory() as folder:
    recorded = {
        "downloads": [
            downloads(keras.utils.get_file, options, Path(folder) / str(i)) for i, options in enumerate(CALLS)
        ],
        "seeds": [[seed, draws(seed)] for seed in SEEDS],
    }
(Path(__file__).parent / "fixtures" / "files.json").write_text(json.dumps(recorded, indent=1) + "\n")
