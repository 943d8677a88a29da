# steps_per_epoch beside arrays: the batches are as large as it takes
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

#1. data
np.random.seed(66)
x = np.random.uniform(size=(62, 4))
y = (x.sum(axis=1) > 2).astype(int)
x_train, x_test, y_train, y_test = x[:50], x[50:], y[:50], y[50:]

#2. model
model = Sequential()
model.add(Dense(16, activation='relu', input_shape=(4,)))
model.add(Dense(1, activation='sigmoid'))

#3. compile, fit
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['acc'])
hist = model.fit(x_train, y_train, epochs=5, verbose=2,
                 validation_split=0.2,
                 steps_per_epoch=9,  # 40 rows: 8 batches of 5, so the data do not last
                 validation_steps=5)

#4. evaluate, predict
acc = hist.history['acc']
val_loss = hist.history['val_loss']
print('epochs :', len(acc), 'val_loss :', val_loss[-1])

loss = model.evaluate(x_test, y_test, steps=4)
print('loss :', loss[0], 'acc :', loss[1])
