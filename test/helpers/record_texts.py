"""Writes fixtures/texts.json: what Keras 2 and 3 make of texts. Run it with the environment of the equivalence tests."""

import json
import random
from pathlib import Path

import keras
import tf_keras

random.seed(3)
WORDS = [
    "film",
    "Film!",
    "été",
    "ÉTÉ",
    "don't",
    "a-b",
    "[UNK]",
    "the",
    "The,",
    "naïve",
    "\u00a0x",
    "x\u2003y",
    "123",
    "...",
    "_",
    "good",
    "bad",
    "\x1cz",
    "日本",
]
BLANKS = [" ", "  ", "\t", "\n", " \r\n"]
TEXTS = [
    "".join(random.choice(WORDS) + random.choice(BLANKS) for _ in range(n)) for n in (9, 4, 14, 1, 6, 11)
]
TEXTS += ["", "   ", " film"]
OTHERS = ["The film was good, the film unknown", "", "été x", "zzz"]

OPTIONS = [
    {},
    {"max_tokens": 8},
    {"output_sequence_length": 4},
    {"max_tokens": 6, "output_sequence_length": 12},
    {"standardize": "lower"},
    {"standardize": "strip_punctuation"},
    {"standardize": None},
    {"split": "character", "max_tokens": 15},
    {"ngrams": 2},
    {"ngrams": [2, 3], "output_sequence_length": 5},
    {"output_mode": "multi_hot"},
    {"output_mode": "multi_hot", "max_tokens": 9},
    {"output_mode": "count", "max_tokens": 90, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf"},
    {"output_mode": "tf_idf", "max_tokens": 10, "ngrams": 2},
    {"output_mode": "tf_idf", "max_tokens": 90, "pad_to_max_tokens": True},
    {"vocabulary": ["good", "film", "bad"], "output_sequence_length": 3},
    {"vocabulary": ["[UNK]", "good", "film"], "output_mode": "count"},
]


def record(layers, options):
    given = {
        name: tuple(value) if name == "ngrams" and isinstance(value, list) else value
        for name, value in options.items()
    }
    layer = layers.TextVectorization(**given)
    if "vocabulary" not in options:
        layer.adapt(TEXTS)
    made = [
        layer(texts).numpy().tolist() for texts in (TEXTS, OTHERS, [[text] for text in OTHERS], OTHERS[0])
    ]
    return [options, layer.get_vocabulary(), made]


if __name__ == "__main__":
    cases = [record(layers, options) for layers in (tf_keras.layers, keras.layers) for options in OPTIONS]
    text = json.dumps({"texts": TEXTS, "others": OTHERS, "cases": cases})
    (Path(__file__).parent / "fixtures" / "texts.json").write_text(text + "\n")
