"""A tag for every word: the padding counts neither in the loss nor in the accuracy."""
import numpy as np
from tensorflow.keras.layers import GRU, LSTM, Bidirectional, Dense, Dropout, Embedding, TimeDistributed
from tensorflow.keras.models import Sequential
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.utils import to_categorical

rng = np.random.RandomState(5)
WORDS, TAGS, MAX_LEN = 20, 4, 7

sentences = [list(rng.randint(1, WORDS, rng.randint(1, MAX_LEN + 1))) for _ in range(45)]
tags = [[word % (TAGS - 1) + 1 for word in sentence] for sentence in sentences]
X = pad_sequences(sentences, maxlen=MAX_LEN, padding="post")
y = pad_sequences(tags, maxlen=MAX_LEN, padding="post")
y = np.array([to_categorical(row, num_classes=TAGS) for row in y])

model = Sequential()
model.add(Embedding(input_dim=WORDS, output_dim=6, input_length=MAX_LEN, mask_zero=True))
model.add(Bidirectional(LSTM(5, return_sequences=True), merge_mode="sum"))
model.add(Dropout(0.3))
model.add(GRU(6, return_sequences=True, activation="relu"))
model.add(TimeDistributed(Dense(TAGS, activation="softmax")))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.summary()

history = model.fit(X, y, batch_size=8, epochs=2, validation_split=0.2)
print("validation accuracy: %.4f" % history.history["val_accuracy"][-1])
loss, accuracy = model.evaluate(X, y, verbose=0)
print(f"loss {loss:.4f}, accuracy {accuracy:.4f}")
predicted = model.predict(X[:3]).argmax(axis=-1)
print(predicted)
