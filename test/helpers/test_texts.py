"""Texts as numbers, against Keras 2 and 3."""

import pytest
import texts
from conftest import close, load

recorded = load("texts")


@pytest.mark.parametrize("options, vocabulary, expected", recorded["cases"])
def test_vectorization(options, vocabulary, expected):
    given = dict(options)
    if isinstance(given.get("ngrams"), int):  # the entry of the table spells it out
        given["ngrams"] = tuple(range(1, given["ngrams"] + 1))
    if "standardize" in given and given["standardize"] is None:
        given["standardize"] = ""
    layer = texts.TextVectorization(**given)
    if "vocabulary" not in options:
        layer.adapt(recorded["texts"])
    assert layer.get_vocabulary() == vocabulary
    others = recorded["others"]
    for made, wanted in zip(
        (layer(recorded["texts"]), layer(others), layer([[text] for text in others]), layer(others[0])),
        expected,
    ):
        close(made, wanted, 1e-6)
