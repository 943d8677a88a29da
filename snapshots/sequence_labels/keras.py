"""A label for every step of a sequence."""
import numpy as np
from keras.layers import LSTM, Activation, Dense, TimeDistributed
from keras.models import Sequential

rng = np.random.RandomState(1)
x = rng.rand(48, 7, 3)
labels = x.argmax(axis=-1)

tagger = Sequential()
tagger.add(LSTM(12, return_sequences=True, input_shape=(7, 3)))
tagger.add(TimeDistributed(Dense(3)))
tagger.add(Activation("softmax"))
tagger.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = tagger.fit(x, labels, epochs=3, batch_size=16, verbose=0)
print("accuracy", history.history["accuracy"])
print("loss %.5f, accuracy %.5f" % tuple(tagger.evaluate(x, labels, verbose=0)))
print(tagger.predict(x[:2]).argmax(axis=-1))
