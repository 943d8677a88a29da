# Ridge-like regression: penalties, checkpoints, saving and loading
import numpy as np
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.layers import Dense
from keras.models import Sequential, load_model
from keras.regularizers import l1_l2, l2

np.random.seed(5)
x = np.random.randn(120, 4)
y = x @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.1 * np.random.randn(120)

model = Sequential()
model.add(Dense(12, activation='tanh', input_dim=4, kernel_regularizer=l2(0.01)))
model.add(Dense(6, activation='tanh', kernel_regularizer=l1_l2(l1=0.001, l2=0.002)))
model.add(Dense(1, bias_regularizer='l2'))
model.compile(loss='mse', optimizer='adam', metrics=['mae'])

best = 'best-{epoch:02d}.hdf5'
callbacks = [ModelCheckpoint(best, monitor='val_loss', save_best_only=True, mode='min'),
             EarlyStopping(monitor='val_loss', patience=2, mode='min', restore_best_weights=True)]
model.fit(x, y, epochs=5, batch_size=20, validation_split=0.2, callbacks=callbacks, verbose=0)

model.save('regression.h5')
again = load_model('regression.h5')
print('saved:', again.evaluate(x, y, verbose=0))
model.save_weights('weights.h5')
model.load_weights('weights.h5')
print('same:', model.predict(x[:3]).ravel())
