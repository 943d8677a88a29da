"""Layers that turn texts into numbers, as plain classes over lists and arrays of texts."""

import string
from collections import Counter

import numpy as np
from torch import nn

TEXT_COUNTS = True  # some output_mode is another than "int"
TEXT_FUNCTIONS = True  # some standardize is a function of the script
TEXT_NAMES = True  # some is a name
TEXT_IDF = True  # some output_mode is "tf_idf"


class TextVectorization:
    """Number the words of texts, the most frequent first."""

    def __init__(
        self,
        max_tokens=None,
        standardize="lower_and_strip_punctuation",
        split="whitespace",
        ngrams=(),
        output_mode="int",
        output_sequence_length=None,
        pad_to_max_tokens=False,
        vocabulary=None,
    ):
        self.max_tokens = max_tokens
        self.standardize = standardize
        self.split = split
        self.ngrams = ngrams
        self.output_mode = output_mode
        self.output_sequence_length = output_sequence_length
        self.pad_to_max_tokens = pad_to_max_tokens
        if vocabulary is not None:
            self.set_vocabulary(vocabulary)

    def words(self, text):
        """The words of a text; bytes, because only ASCII counts for cases and blanks."""
        text = text if isinstance(text, bytes) else text.encode()
        if TEXT_FUNCTIONS and callable(self.standardize):
            text = self.standardize(text.decode()).encode()
        if TEXT_NAMES and (self.standardize == "lower_and_strip_punctuation" or self.standardize == "lower"):
            text = text.lower()
        if TEXT_NAMES and (
            self.standardize == "lower_and_strip_punctuation" or self.standardize == "strip_punctuation"
        ):
            text = text.translate(None, string.punctuation.encode())
        if self.split == "whitespace":
            words = [word.decode() for word in text.split()]
        else:
            words = list(text.decode())
        if self.ngrams:
            return [" ".join(words[i : i + n]) for n in self.ngrams for i in range(len(words) - n + 1)]
        return words

    def adapt(self, texts):
        """Take the words of texts as the vocabulary."""
        texts = [self.words(text) for text in np.asarray(texts, dtype=object).ravel()]
        counts = Counter(word for words in texts for word in words if word != "[UNK]")
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)
        if self.max_tokens:
            ranked = ranked[: self.max_tokens - (2 if self.output_mode == "int" else 1)]
        self.set_vocabulary(ranked)
        if TEXT_IDF and self.output_mode == "tf_idf":
            found = Counter(word for words in texts for word in set(words))
            idf = [np.log(1 + len(texts) / (1 + found[word])) for word in ranked]
            self.idf = np.array([np.mean(idf), *idf], dtype="float32")

    def set_vocabulary(self, vocabulary):
        """Words by their number, after those for padding (with "int") and for unknown words."""
        special = ["", "[UNK]"] if self.output_mode == "int" else ["[UNK]"]
        vocabulary = [str(word) for word in vocabulary]
        words = vocabulary[len(special) :] if vocabulary[: len(special)] == special else vocabulary
        self.vocabulary = [*special, *words]
        self.index = {word: i for i, word in enumerate(self.vocabulary)}

    def get_vocabulary(self):
        return list(self.vocabulary)

    def vocabulary_size(self):
        return len(self.vocabulary)

    def __call__(self, texts):
        """The numbers of the words of each text, or how often each word is in it."""
        if isinstance(texts, (str, bytes)):
            return self([texts])[0]
        unknown = self.index["[UNK]"]
        texts = np.asarray(texts, dtype=object).ravel()
        rows = [[self.index.get(word, unknown) for word in self.words(text)] for text in texts]
        if self.output_mode == "int":
            if self.output_sequence_length is not None:
                width = self.output_sequence_length
            else:
                width = max(map(len, rows), default=0)
            numbers = np.zeros((len(rows), width), dtype="int64")
            for padded, row in zip(numbers, rows):
                padded[: len(row)] = row[:width]
            return numbers
        elif TEXT_COUNTS:
            width = self.max_tokens if self.pad_to_max_tokens else len(self.vocabulary)
            counts = np.zeros((len(rows), width), dtype="float32")
            for count, row in zip(counts, rows):
                for i in row:
                    count[i] += 1
            if self.output_mode == "multi_hot":
                return (counts > 0).astype("float32")
            elif TEXT_IDF and self.output_mode == "tf_idf":
                counts[:, : len(self.idf)] *= self.idf
                return counts
            else:
                return counts


class WithoutPadding(nn.Module):
    """Cut indices of words (N, T) to the longest text of the batch."""

    def forward(self, x):
        return x[:, : x.any(0).sum()]
