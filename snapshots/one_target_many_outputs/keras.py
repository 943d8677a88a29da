from keras.models import Sequential
from keras.layers import Dense
import numpy as np

x_train = np.array([1, 2, 3, 4, 5, 6, 7])
y_train = np.array([1, 2, 3, 4, 5, 6, 7])

model = Sequential()
model.add(Dense(5, input_dim=1))
model.add(Dense(4))
model.compile(loss='mse', optimizer='sgd', metrics=['mae'])
model.fit(x_train, y_train, epochs=3, batch_size=2)
print(model.evaluate(x_train, y_train, batch_size=1))
print(model.predict(np.array([8.0])))
