"""Padded sequences: recurrent layers skip the padding, wherever it stands."""
import numpy as np
from tensorflow.keras.layers import LSTM, Bidirectional, Dense, Dropout, Embedding, RepeatVector, TimeDistributed
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.sequence import pad_sequences

rng = np.random.RandomState(3)
VOCAB, LENGTH, CLASSES, STEPS = 15, 8, 6, 3

# words in front of which, or behind which, there is nothing
texts = [list(rng.randint(1, VOCAB, rng.randint(2, LENGTH + 1))) for _ in range(40)]
x = np.concatenate([pad_sequences(texts[:20], maxlen=LENGTH), pad_sequences(texts[20:], maxlen=LENGTH, padding="post")])
labels = np.array([sum(text) % 2 for text in texts])

classifier = Sequential()
classifier.add(Embedding(VOCAB, 6, mask_zero=True))
classifier.add(Bidirectional(LSTM(5, return_sequences=True)))
classifier.add(Dropout(0.2))
classifier.add(LSTM(4))
classifier.add(Dense(1, activation="sigmoid"))
classifier.compile(loss="binary_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
classifier.fit(x, labels, epochs=2, batch_size=10, verbose=0)
print("classifier", classifier.evaluate(x, labels, verbose=0))

# a translation: the encoder skips the padding, the decoder has none
targets = np.eye(CLASSES)[rng.randint(0, CLASSES, (40, STEPS))]
translator = Sequential()
translator.add(Embedding(VOCAB, 6, input_length=LENGTH, mask_zero=True))
translator.add(LSTM(7))
translator.add(RepeatVector(STEPS))
translator.add(LSTM(7, return_sequences=True))
translator.add(TimeDistributed(Dense(CLASSES, activation="softmax")))
translator.compile(loss="categorical_crossentropy", optimizer="rmsprop")
history = translator.fit(x, targets, epochs=2, batch_size=16, verbose=0)
print("translator", history.history["loss"])
print(translator.predict(x[:2]).argmax(axis=-1))
