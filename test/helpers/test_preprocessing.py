import base64
import random

import numpy as np
import preprocessing
import pytest
from conftest import close, load

recorded = load("preprocessing")


def same_array(actual, expected, dtype=None):
    assert np.shape(actual) == np.shape(expected)
    assert dtype is None or actual.dtype == dtype
    close(actual, expected, 1e-7)


@pytest.mark.parametrize("sequences, options, expected", recorded["pad_sequences"])
def test_pad_sequences(sequences, options, expected):
    same_array(preprocessing.pad_sequences(sequences, **options), expected, options["dtype"])


def test_pad_sequences_takes_arrays_and_generators():
    rows = [np.array([1, 2]), np.array([3])]
    assert preprocessing.pad_sequences(iter(rows)).tolist() == [[1, 2], [0, 3]]
    assert preprocessing.pad_sequences(np.array([[1, 2, 3]]), maxlen=2).tolist() == [[2, 3]]


@pytest.mark.parametrize("y, options, expected", recorded["to_categorical"])
def test_to_categorical(y, options, expected):
    same_array(preprocessing.to_categorical(y, **options), expected, "float32")


@pytest.mark.parametrize("x, options, expected", recorded["normalize"])
def test_normalize(x, options, expected):
    close(preprocessing.normalize(np.array(x), **options), expected, 1e-8)


@pytest.mark.parametrize("text, options, expected", recorded["words"])
def test_text_to_word_sequence(text, options, expected):
    assert preprocessing.text_to_word_sequence(text, **options) == expected


@pytest.mark.parametrize("text, expected", recorded["hashing_trick"])
def test_hashing_trick(text, expected):
    assert preprocessing.hashing_trick(text, 50, hash_function="md5") == expected
    words = preprocessing.text_to_word_sequence(text)
    assert preprocessing.one_hot(text, 50) == [hash(word) % 49 + 1 for word in words]
    assert preprocessing.hashing_trick(text, 50) == preprocessing.one_hot(text, 50)
    assert preprocessing.hashing_trick(text, 50, hash_function=len) == [len(word) % 49 + 1 for word in words]


def check_tokenizer(tokenizer, case):
    assert tokenizer.word_index == case["word_index"]
    assert list(tokenizer.word_index) == list(case["word_index"])
    assert tokenizer.index_word == {i: word for word, i in case["word_index"].items()}
    assert tokenizer.word_counts == case["word_counts"]
    assert tokenizer.word_docs == case["word_docs"]
    assert tokenizer.document_count == case["document_count"]
    assert sorted(tokenizer.index_docs.items()) == [tuple(pair) for pair in case["index_docs"]]
    assert tokenizer.texts_to_sequences(case["other"]) == case["sequences"]
    assert tokenizer.sequences_to_texts([*case["sequences"], [1, 2, 999]]) == case["texts"]
    for mode, expected in case["matrices"].items():
        close(tokenizer.texts_to_matrix(case["other"], mode), expected, 1e-8)


@pytest.mark.parametrize("case", recorded["tokenizers"])
def test_tokenizer(case):
    tokenizer = preprocessing.Tokenizer(**case["options"])
    tokenizer.fit_on_texts(recorded["texts"])
    check_tokenizer(tokenizer, case)
    check_tokenizer(preprocessing.tokenizer_from_json(case["json"]), case)
    check_tokenizer(preprocessing.tokenizer_from_json(tokenizer.to_json()), case)


@pytest.mark.parametrize("sequence, size, options, expected", recorded["skipgrams"])
def test_skipgrams(sequence, size, options, expected):
    random.seed(7)
    couples, labels = preprocessing.skipgrams(sequence, size, **options)
    assert [couples, labels] == expected


def test_sampling_table():
    close(preprocessing.make_sampling_table(20), recorded["sampling_table"], 1e-8)


@pytest.mark.parametrize("data, targets, options, expected", recorded["series"])
def test_timeseries_generator(data, targets, options, expected):
    series = preprocessing.TimeseriesGenerator(np.array(data), np.array(targets), **options)
    assert len(series) == len(expected)
    assert [[x.tolist(), y.tolist()] for x, y in series] == expected


def test_shuffled_timeseries_generator():
    data = np.arange(30)
    series = preprocessing.TimeseriesGenerator(data, data, length=3, stride=4, shuffle=True, batch_size=200)
    [(x, y)] = series
    assert x.shape == (200, 3)
    assert (x[:, -1] + 1 == y).all()
    assert set(y) == set(range(3, 30))


@pytest.mark.parametrize("options, expected", recorded["load_img"])
def test_load_img(options, expected, tmp_path):
    path = tmp_path / "image.png"
    path.write_bytes(base64.b64decode(recorded["png"]))
    x = preprocessing.img_to_array(preprocessing.load_img(path, **options))
    same_array(x, expected, "float32")


@pytest.mark.parametrize("x, scale, expected", recorded["array_to_img"])
def test_array_to_img(x, scale, expected, tmp_path):
    same_array(np.asarray(preprocessing.array_to_img(np.array(x), scale)), expected, "uint8")
    preprocessing.save_img(tmp_path / "image.png", np.array(x), scale)
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[np.array(x).shape[2]]
    saved = np.asarray(preprocessing.load_img(tmp_path / "image.png", color_mode=mode))
    same_array(saved, expected)
