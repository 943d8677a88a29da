# Two branches that meet: one for the numbers, one for the words; wide and deep; and two rows compared by one encoder.
import numpy as np
from keras.callbacks import EarlyStopping
from keras.models import Model, Sequential
from keras.layers import Input, Dense, Dropout, Embedding, Flatten, LSTM, Concatenate, concatenate, dot

np.random.seed(2)
numbers = np.random.rand(80, 5)
words = np.random.randint(0, 30, size=(80, 4))
price = numbers.sum(axis=1) + words[:, 0] / 30.
dear = (price > price.mean()).astype(int)

# the branch for the words is an ordinary stack
text_branch = Sequential()
text_branch.add(Embedding(30, 6, input_length=4))
text_branch.add(Flatten())

number_input = Input(shape=(5,), name='numbers')
word_input = Input(shape=(4,), name='words')
merged = concatenate([Dense(8, activation='relu')(number_input), text_branch(word_input)])
output = Dense(1)(merged)

model = Model(inputs=[number_input, word_input], outputs=output)
model.compile(optimizer='adam', loss='mse')
stop = EarlyStopping(monitor='val_loss', patience=1)
history = model.fit([numbers, words], price, epochs=3, batch_size=16, validation_split=0.25, callbacks=[stop], verbose=0)
print('loss: %.4f' % model.evaluate([numbers, words], price, verbose=0))
print('epochs:', len(history.history['loss']))
print(model.predict([numbers[:3], words[:3]]))

# a deep model and a wide one, on data that are split by hand
deep = Sequential()
deep.add(Embedding(30, 4, input_length=4))
deep.add(Flatten())
deep.add(Dropout(0.2))
wide = Sequential()
wide.add(Dense(3, input_dim=5))

train, test = slice(0, 60), slice(60, 80)
both = Concatenate(axis=-1)([deep.output, wide.output])
both = Dense(6, activation='relu')(both)
answer = Dense(1, activation='sigmoid', name='answer')(both)
wide_and_deep = Model(inputs=[deep.input, wide.input], outputs=[answer])
wide_and_deep.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
wide_and_deep.fit([words[train], numbers[train]], dear[train], epochs=2, batch_size=20,
                  validation_data=([words[test], numbers[test]], dear[test]), verbose=0)
loss, accuracy = wide_and_deep.evaluate([words[test], numbers[test]], dear[test], verbose=0)
print('loss: %.4f, accuracy: %.4f' % (loss, accuracy))
print(wide_and_deep.predict([words[:2], numbers[:2]]))
batch = wide_and_deep.train_on_batch([words[:10], numbers[:10]], dear[:10])
print('batch: %.4f' % batch[0])

# the same encoder for two sentences
question_in = Input(shape=(4,))
answer_in = Input(shape=(4,))
vectors = Embedding(30, 5)
encoder = LSTM(4)
question = encoder(vectors(question_in))
reply = encoder(vectors(answer_in))
likeness = dot([question, reply], axes=-1)
matcher = Model([question_in, answer_in], likeness)
matcher.compile(loss='mse', optimizer='sgd')
turned = words[:, ::-1].copy()
matcher.fit([words, turned], dear, epochs=2, batch_size=16, verbose=0)
print('match: %.4f' % matcher.evaluate([words, turned], dear, verbose=0))

# one input beside them
plain = Sequential([Dense(1, input_dim=5)])
plain.compile('sgd', 'mse')
plain.fit(numbers, price, epochs=1, batch_size=16, validation_split=0.25, verbose=0)
print('plain: %.4f' % plain.evaluate(numbers, price, verbose=0))
