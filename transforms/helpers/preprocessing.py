"""Labels, sequences, texts and images as arrays, the way Keras prepares them."""

import hashlib
import json
import math
import random

import numpy as np
from PIL import Image

TOKENIZER_MATRIX = True  # the script calls texts_to_matrix or sequences_to_matrix; likewise below
TOKENIZER_TEXTS = True  # sequences_to_texts
TOKENIZER_DOCUMENTS = True  # mode="tfidf", document_count, word_docs, index_docs, to_json
TOKENIZER_JSON = True  # to_json, tokenizer_from_json


def to_categorical(y, num_classes=None, dtype=None):
    """Class indices (n,) or (n, 1) as one-hot rows (n, classes)."""
    y = np.asarray(y, dtype="int64")
    if y.ndim > 1 and y.shape[-1] == 1:
        y = y.reshape(y.shape[:-1])
    return np.eye(num_classes or y.max() + 1, dtype=dtype or "float32")[y]


def confusion_matrix(labels, predictions, num_classes=None):
    """How often each class (rows) was taken for each (columns)."""
    labels, predictions = (np.asarray(x, dtype="int64").ravel() for x in (labels, predictions))
    size = num_classes or max(labels.max(), predictions.max()) + 1
    matrix = np.zeros((size, size), dtype="int32")
    np.add.at(matrix, (labels, predictions), 1)
    return matrix


def normalize(x, axis=-1, order=2):
    """Vectors along an axis divided by their norm."""
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Lists of numbers as one array (n, maxlen): cut and filled at the front, or with "post" at the end."""
    sequences = list(sequences)
    if maxlen is None:
        maxlen = max(map(len, sequences))
    shape = np.asarray(next((row for row in sequences if len(row)), [])).shape[1:]
    padded = np.full((len(sequences), maxlen, *shape), value, dtype=dtype)
    for row, sequence in zip(padded, sequences):
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        if len(kept):
            start = maxlen - len(kept) if padding == "pre" else 0
            row[start : start + len(kept)] = np.asarray(kept, dtype=dtype)
    return padded


def make_sampling_table(size, sampling_factor=1e-5):
    """How likely the word of each frequency rank is kept by skipgrams, (size,)."""
    rank = np.arange(size)
    rank[0] = 1
    frequency = sampling_factor * (rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank))
    return np.minimum(1.0, np.sqrt(frequency))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs of words that stand within a window, labelled 1, and pairs with a random word, labelled 0."""
    couples = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        near = range(max(0, i - window_size), min(len(sequence), i + window_size + 1))
        couples += [[word, sequence[j]] for j in near if j != i and sequence[j]]
    labels = [[0, 1] if categorical else 1] * len(couples)
    if negative_samples > 0:
        words = [word for word, _ in couples]
        random.shuffle(words)
        number = int(len(labels) * negative_samples)
        couples += [
            [words[i % len(words)], random.randint(1, int(vocabulary_size - 1))] for i in range(number)
        ]
        labels += [[1, 0] if categorical else 0] * number
    if shuffle:
        seed = random.randint(0, int(10e6)) if seed is None else seed
        random.seed(seed)
        random.shuffle(couples)
        random.seed(seed)
        random.shuffle(labels)
    return couples, labels


def text_to_word_sequence(text, filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', lower=True, split=" "):
    """The words of a text; the characters in `filters` separate them, too."""
    if lower:
        text = text.lower()
    words = text.translate(str.maketrans(dict.fromkeys(filters, split))).split(split)
    return [word for word in words if word]


def one_hot(text, n, filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', lower=True, split=" "):
    """The words of a text as numbers from 1 to n - 1, by a hash that differs from run to run."""
    return [hash(word) % (n - 1) + 1 for word in text_to_word_sequence(text, filters, lower, split)]


def hashing_trick(
    text,
    n,
    hash_function=None,
    filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n',
    lower=True,
    split=" ",
):
    """The words of a text as numbers from 1 to n - 1, by a hash."""
    words = text_to_word_sequence(text, filters, lower, split)
    if hash_function is None:
        return [hash(word) % (n - 1) + 1 for word in words]
    elif hash_function == "md5":
        return [int(hashlib.md5(word.encode()).hexdigest(), 16) % (n - 1) + 1 for word in words]
    else:
        return [hash_function(word) % (n - 1) + 1 for word in words]


class Tokenizer:
    """Numbers words from 1 on, the most frequent first; texts keep those below `num_words`."""

    def __init__(
        self,
        num_words=None,
        filters='!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n',
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        analyzer=None,
    ):
        self.num_words = num_words
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.word_counts, self.word_index, self.index_word = {}, {}, {}
        if TOKENIZER_DOCUMENTS:
            self.document_count, self.word_docs, self.index_docs = 0, {}, {}

    def words(self, text):
        if isinstance(text, list):
            return [word.lower() for word in text] if self.lower else text
        if self.analyzer is not None and not self.char_level:
            return self.analyzer(text)
        if self.lower:
            text = text.lower()
        if self.char_level:
            return text
        table = str.maketrans(dict.fromkeys(self.filters, self.split))
        return [word for word in text.translate(table).split(self.split) if word]

    def fit_on_texts(self, texts):
        for text in texts:
            words = self.words(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            if TOKENIZER_DOCUMENTS:
                self.document_count += 1
                for word in set(words):
                    self.word_docs[word] = self.word_docs.get(word, 0) + 1
        ranked = sorted(self.word_counts, key=self.word_counts.get, reverse=True)
        if self.oov_token is not None:
            ranked = [self.oov_token, *ranked]
        self.word_index = {word: i for i, word in enumerate(ranked, 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        if TOKENIZER_DOCUMENTS:
            self.index_docs = {self.word_index[word]: n for word, n in self.word_docs.items()}

    def texts_to_sequences(self, texts):
        limit = self.num_words or len(self.word_index) + 1
        ranks = [[self.word_index.get(word, limit) for word in self.words(text)] for text in texts]
        if self.oov_token is None:
            return [[i for i in text if i < limit] for text in ranks]
        else:
            oov = self.word_index[self.oov_token]
            return [[i if i < limit else oov for i in text] for text in ranks]

    if TOKENIZER_TEXTS:

        def sequences_to_texts(self, sequences):
            limit = self.num_words or len(self.word_index) + 1
            oov = self.oov_token if self.oov_token in self.word_index else None
            words = [[self.index_word.get(i, oov) if i < limit else oov for i in row] for row in sequences]
            return [" ".join(word for word in row if word is not None) for row in words]

    if TOKENIZER_MATRIX:

        def texts_to_matrix(self, texts, mode="binary"):
            return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

        def sequences_to_matrix(self, sequences, mode="binary"):
            counts = np.zeros((len(sequences), self.num_words or len(self.word_index) + 1))
            for row, sequence in zip(counts, sequences):
                for i in sequence:
                    if i < len(row):
                        row[i] += 1
            if mode == "binary":
                return (counts > 0).astype(counts.dtype)
            elif mode == "freq":
                return counts / np.maximum([[len(sequence)] for sequence in sequences], 1)
            elif TOKENIZER_DOCUMENTS and mode == "tfidf":
                documents = np.array([self.index_docs.get(i, 0) for i in range(counts.shape[1])])
                tf = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)
                return tf * np.log(1 + self.document_count / (1 + documents))
            else:
                return counts

    if TOKENIZER_JSON:

        def to_json(self):
            config = {
                name: getattr(self, name)
                for name in (
                    "num_words",
                    "filters",
                    "lower",
                    "split",
                    "char_level",
                    "oov_token",
                    "document_count",
                )
            }
            for name in ("word_counts", "word_docs", "index_docs", "index_word", "word_index"):
                config[name] = json.dumps(getattr(self, name))
            return json.dumps({"class_name": "Tokenizer", "config": config})


def tokenizer_from_json(text):
    """The Tokenizer that to_json wrote, here or in Keras."""
    config = json.loads(text)["config"]
    tables = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
    tables = {name: json.loads(config.pop(name)) for name in tables}
    for name in ("index_docs", "index_word"):
        tables[name] = {int(i): value for i, value in tables[name].items()}
    tables["document_count"] = config.pop("document_count")
    tokenizer = Tokenizer(**config)
    tokenizer.__dict__.update(tables)
    return tokenizer


def float_range(start, stop, step=1.0):
    """The float32 numbers from start to stop, by steps."""
    start, stop, step = np.float32([start, stop, step])
    return start + np.arange(math.ceil(abs((stop - start) / step)), dtype="float32") * step


class TimeseriesGenerator:
    """Batches of windows of `length` steps, and the targets of the steps after them."""

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
    ):
        self.data = data
        self.targets = targets
        self.length = length
        self.sampling_rate = sampling_rate
        self.shuffle = shuffle
        self.reverse = reverse
        self.batch_size = batch_size
        self.stop = len(data) if end_index is None else end_index + 1
        self.rows = np.arange(length + start_index, self.stop, stride)

    def __len__(self):
        return math.ceil(len(self.rows) / self.batch_size)

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError(index)
        if self.shuffle:
            rows = np.random.randint(self.rows[0], self.stop, size=self.batch_size)
        else:
            rows = self.rows[index * self.batch_size : (index + 1) * self.batch_size]
        x = np.array([self.data[row - self.length : row : self.sampling_rate] for row in rows])
        y = np.array([self.targets[row] for row in rows])
        if self.reverse:
            return x[:, ::-1], y
        else:
            return x, y


def load_img(path, color_mode=None, target_size=None, interpolation=None):
    """An image file as RGB, or by `color_mode` "grayscale" or "rgba"; resized to (height, width)."""
    if color_mode is None:
        image = Image.open(path).convert("RGB")
    else:
        image = Image.open(path).convert({"grayscale": "L", "rgba": "RGBA", "rgb": "RGB"}[color_mode])
    if target_size is not None:
        resample = Image.Resampling[interpolation.upper()] if interpolation else Image.Resampling.NEAREST
        image = image.resize((target_size[1], target_size[0]), resample)
    return image


def img_to_array(image, dtype=None):
    """An image as floats (H, W, channels), 0 to 255."""
    x = np.array(image, dtype=dtype or "float32")
    return x if x.ndim == 3 else x[:, :, None]


def array_to_img(x, scale=True):
    """An array (H, W, channels) as an image, by default stretched to 0 to 255."""
    x = np.array(x, dtype="float32")
    if scale:
        x -= x.min()
        x = x / (x.max() or 1) * 255
    return Image.fromarray((x if x.shape[2] > 1 else x[:, :, 0]).astype("uint8"))


def save_img(path, x, scale=True):
    """Write an array (H, W, channels) as an image, by default stretched to 0 to 255."""
    array_to_img(x, scale).save(path)
