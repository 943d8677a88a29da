# Two branches that meet: one for the numbers, one for the words.
import numpy as np
from keras.models import Model, Sequential
from keras.layers import Input, Dense, Embedding, Flatten, concatenate

np.random.seed(2)
numbers = np.random.rand(80, 5)
words = np.random.randint(0, 30, size=(80, 4))
price = numbers.sum(axis=1) + words[:, 0] / 30.

# the branch for the words is an ordinary stack
text_branch = Sequential()
text_branch.add(Embedding(30, 6, input_length=4))
text_branch.add(Flatten())

number_input = Input(shape=(5,))
word_input = Input(shape=(4,))
merged = concatenate([Dense(8, activation='relu')(number_input), text_branch(word_input)])
output = Dense(1)(merged)

model = Model(inputs=[number_input, word_input], outputs=output)
model.compile(optimizer='adam', loss='mse')
model.fit([numbers, words], price, epochs=2, batch_size=16, verbose=0)
print('loss: %.4f' % model.evaluate([numbers, words], price, verbose=0))
