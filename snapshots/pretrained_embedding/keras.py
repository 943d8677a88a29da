# Short texts with word vectors that are made beforehand and stay as they are
import numpy as np
from keras.models import Sequential
from keras.layers import Activation, BatchNormalization, Dense, Embedding, Flatten
from keras.initializers import Constant

MAX_WORDS, MAX_LEN, DIM = 40, 6, 5
np.random.seed(8)
vectors = {word: np.random.randn(DIM) for word in range(0, MAX_WORDS, 2)}
x = np.random.randint(0, MAX_WORDS, size=(90, MAX_LEN))
y = np.array([sum(vectors.get(word, np.zeros(DIM))[0] for word in row) > 0 for row in x]).astype('float32')

# words without a vector stay at zero
embedding_matrix = np.zeros((MAX_WORDS, DIM))
for word, vector in vectors.items():
    embedding_matrix[word] = vector

model = Sequential()
model.add(Embedding(MAX_WORDS, DIM, weights=[embedding_matrix], input_length=MAX_LEN, trainable=False))
model.add(Flatten())
model.add(Dense(8, bias_initializer=Constant(0.1)))
model.add(BatchNormalization(trainable=False))
model.add(Activation('relu'))
model.add(Dense(4, weights=[np.eye(8, 4), np.zeros(4)], trainable=False, activation='hard_sigmoid'))
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['acc'])
history = model.fit(x, y, epochs=4, batch_size=30, verbose=0)
print('frozen:', history.history['loss'][-1], history.history['acc'][-1])

tuned = Sequential()
tuned.add(Embedding(MAX_WORDS, DIM, weights=[embedding_matrix], input_length=MAX_LEN))
tuned.add(Flatten())
tuned.add(Dense(1, activation='sigmoid'))
tuned.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['acc'])
history = tuned.fit(x, y, epochs=4, batch_size=30, verbose=0)
print('tuned:', history.history['loss'][-1], abs(embedding_matrix).sum())
