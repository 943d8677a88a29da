# Saves the architecture and the weights apart, and puts the model together again
import numpy as np
from keras.layers import Dense
from keras.models import Sequential, clone_model, model_from_json

np.random.seed(7)
x = np.random.uniform(-1, 1, (90, 3))
y = (x[:, 0] * x[:, 1] > 0).astype(int)

model = Sequential()
model.add(Dense(12, input_dim=3, activation='relu'))
model.add(Dense(8, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
model.fit(x, y, epochs=3, batch_size=10, verbose=0)
scores = model.evaluate(x, y, verbose=0)
print('%s: %.2f%%' % (model.metrics_names[1], scores[1] * 100))

# the architecture as JSON, the weights as HDF5
model_json = model.to_json()
with open('model.json', 'w') as json_file:
    json_file.write(model_json)
model.save_weights('model.h5')
print('Saved model to disk')

# later
json_file = open('model.json', 'r')
loaded_model_json = json_file.read()
json_file.close()
loaded_model = model_from_json(loaded_model_json)
loaded_model.load_weights('model.h5')
print('Loaded model from disk')

loaded_model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
score = loaded_model.evaluate(x, y, verbose=0)
print('%s: %.2f%%' % (loaded_model.metrics_names[1], score[1] * 100))

# a slower copy, as for a target network
target = clone_model(model)
target.set_weights(model.get_weights())
print((target.predict(x[:4], verbose=0) - model.predict(x[:4], verbose=0)).ravel())
