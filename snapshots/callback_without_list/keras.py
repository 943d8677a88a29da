import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.optimizers import Adam
from keras.callbacks import EarlyStopping

rng = np.random.RandomState(1)
x = rng.uniform(-1, 1, size=(200, 4))
y = 3 * x[:, :1] - x[:, 1:2] ** 2 + 0.3 * rng.normal(size=(200, 1))

model = Sequential()
model.add(Dense(24, activation='relu', input_shape=(4,)))
model.add(Dropout(0.1))
model.add(Dense(1))
model.compile(loss='mae', optimizer=Adam(learning_rate=0.03))

es = EarlyStopping(monitor='val_loss', mode='min', patience=3, restore_best_weights=True)
history = model.fit(x, y, validation_split=0.2, epochs=30, batch_size=20, verbose=0, callbacks=es)

print('stopped after', len(history.history['loss']), 'epochs')
print('best val_loss: %.4f' % min(history.history['val_loss']))
print('loss on everything: %.4f' % model.evaluate(x, y, verbose=0))
