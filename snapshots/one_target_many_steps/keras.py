# A regression on windows of a series: the last layer gives a value for each step, the targets one for each window
import numpy as np
from sklearn.model_selection import train_test_split
from tensorflow.keras.callbacks import EarlyStopping
from tensorflow.keras.layers import LSTM, Conv1D, Dense
from tensorflow.keras.models import Sequential

# 1. data
np.random.seed(3)
x = np.random.rand(60, 13)
y = np.random.rand(60)

x_train, x_test, y_train, y_test = train_test_split(x, y, train_size=0.75, random_state=66)
x_train = x_train.reshape(45, 13, 1)
x_test = x_test.reshape(15, 13, 1)

# 2. the model
model = Sequential()
model.add(Conv1D(8, 2, input_shape=(13, 1)))
model.add(LSTM(6, return_sequences=True))
model.add(Dense(4, activation='relu'))
model.add(Dense(1))

# 3. training
model.compile(loss='mse', optimizer='sgd', metrics=['mae', 'accuracy'])
es = EarlyStopping(monitor='val_loss', patience=5, mode='min')
hist = model.fit(x_train, y_train, epochs=3, batch_size=8, validation_split=0.2, callbacks=[es])

# 4. evaluation, whose last batch is smaller
print(model.evaluate(x_test, y_test))
print(model.evaluate(x_test, y_test, batch_size=4))
print(hist.history['val_mae'])

# columns of targets are taken for their own samples
columns = y_train.reshape(-1, 1)
sizes = Sequential()
sizes.add(LSTM(5, input_shape=(None, 1), return_sequences=True))
sizes.add(Dense(1, activation='sigmoid'))
sizes.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['acc'])
sizes.fit(x_train, (columns > 0.5).astype('float32'), epochs=2, batch_size=8)
print(sizes.evaluate(x_train, (columns > 0.5).astype('float32')))

spread = Sequential()
spread.add(LSTM(5, input_shape=(13, 1), return_sequences=True))
spread.add(Dense(1))
spread.compile(loss='huber', optimizer='sgd', metrics=['mse'])
spread.fit(x_train, columns, epochs=2, batch_size=10)

pairs = Sequential()
pairs.add(Dense(4, input_shape=(13,), activation='relu'))
pairs.add(Dense(3))
pairs.compile(loss='mean_absolute_error', optimizer='sgd', metrics=['mse'])
pairs.fit(x_train.reshape(45, 13), columns, epochs=2, batch_size=8)
print(pairs.evaluate(x_train.reshape(45, 13), columns))

# three targets, one output
wide = Sequential()
wide.add(Dense(4, input_shape=(13,), activation='relu'))
wide.add(Dense(1, activation='sigmoid'))
wide.compile(loss='mse', optimizer='sgd', metrics=['mae', 'accuracy'])
labels = (np.random.rand(45, 3) > 0.5).astype('float32')
wide.fit(x_train.reshape(45, 13), labels, epochs=2, batch_size=8)
print(wide.evaluate(x_train.reshape(45, 13), labels, batch_size=4))
