"""Short clips: a small convolutional network for each frame, a recurrent one over the frames."""
import numpy as np
from keras.models import Sequential
from keras.layers import LSTM, Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D, TimeDistributed

np.random.seed(5)
frames, size = 4, 8
clips = np.random.rand(24, frames, size, size, 1)
moves_right = np.random.randint(0, 2, (24, 1))

# layer by layer
model = Sequential()
model.add(TimeDistributed(Conv2D(4, (3, 3), padding='same', activation='relu'), input_shape=(frames, size, size, 1)))
model.add(TimeDistributed(MaxPooling2D(pool_size=(2, 2))))
model.add(TimeDistributed(Conv2D(6, (3, 3))))
model.add(Activation('relu'))
model.add(TimeDistributed(Flatten()))
model.add(TimeDistributed(Dense(8, activation='relu')))
model.add(Dropout(0.25))
model.add(LSTM(5))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(clips, moves_right, batch_size=8, epochs=2, verbose=0)
print('layers:', model.evaluate(clips, moves_right, verbose=0))

# the same network for every frame as a model of its own
cnn = Sequential()
cnn.add(Conv2D(3, (3, 3), activation='relu', input_shape=(size, size, 1)))
cnn.add(MaxPooling2D())
cnn.add(Flatten())
clip_model = Sequential()
clip_model.add(TimeDistributed(cnn, input_shape=(frames, size, size, 1)))
clip_model.add(LSTM(6, return_sequences=True))
clip_model.add(TimeDistributed(Dense(1)))
clip_model.compile(loss='mse', optimizer='adam')
history = clip_model.fit(clips, clips.mean(axis=(2, 3)), epochs=2, batch_size=12, verbose=0)
print('model:', history.history['loss'])
print(clip_model.predict(clips[:2])[:, :, 0])
