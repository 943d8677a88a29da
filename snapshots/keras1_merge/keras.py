'''Two Sequential models merged, and the merge function, as Keras 1 has them.'''
import numpy as np
from keras.models import Model, Sequential
from keras.layers import Input, merge
from keras.layers.core import Dense, Activation, Merge, Flatten, Dropout
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.embeddings import Embedding
from keras.layers.recurrent import LSTM

np.random.seed(3)
rows = np.random.rand(60, 4)
words = np.random.randint(0, 20, (60, 6))
labels = np.eye(2)[(rows.sum(axis=1) > 2).astype(int)]

# two models
left = Sequential()
left.add(Dense(5, input_dim=4, activation='tanh'))
right = Sequential()
right.add(Embedding(20, 3, input_length=6))
right.add(LSTM(5, inner_activation='sigmoid'))

# that meet
model = Sequential()
model.add(Merge([left, right], mode='concat'))
# behind them
model.add(Dense(4, W_regularizer='l2'))
model.add(Activation('relu'))  # not linear
model.add(Dropout(0.2))
model.add(Dense(2))
model.add(Activation('softmax'))

model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
model.fit([rows, words], labels, batch_size=20, nb_epoch=2, verbose=0)
score = model.evaluate([rows, words], labels, verbose=0)
print('loss: %.4f, accuracy: %.4f' % (score[0], score[1]))
print(model.predict([rows[:3], words[:3]]))

# maps that are merged, channels last
pictures = np.random.rand(40, 8, 8, 2)
kinds = np.random.randint(0, 2, (40, 1))
picture = Input(shape=(8, 8, 2))
towers = merge([
    Convolution2D(3, 3, 3, border_mode='same', activation='relu', dim_ordering='tf')(picture),
    Convolution2D(3, 1, 1, activation='relu', dim_ordering='tf')(picture),
], mode='max')
towers = merge([towers, picture], mode='concat', concat_axis=3)
towers = MaxPooling2D((2, 2), dim_ordering='tf')(towers)
first = Dense(4, activation='tanh')(Flatten()(towers))
second = Dense(4)(Flatten()(towers))
match = merge([first, second], mode='dot')
mean = merge([first, second], mode='ave')
net = Model(picture, Dense(1, activation='sigmoid')(merge([match, Dense(1)(mean)], mode='mul')))
net.compile(loss='binary_crossentropy', optimizer='sgd')
net.fit(pictures, kinds, batch_size=10, nb_epoch=2, verbose=0)
print('loss: %.4f' % net.evaluate(pictures, kinds, verbose=0))
