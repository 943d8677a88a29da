"""Three kinds of flowers, measured in many ways."""
import numpy as np
from keras import metrics, losses
from keras.models import Sequential
from keras.layers import Dense
from keras.metrics import top_k_categorical_accuracy
from keras.utils import to_categorical

np.random.seed(5)
x = np.random.rand(130, 4)
y = to_categorical(x[:, :3].argmax(axis=1), 3)
x_train, y_train, x_test, y_test = x[:90], y[:90], x[90:], y[90:]

model = Sequential()
model.add(Dense(10, activation='tanh', input_dim=4))
model.add(Dense(3, activation='softmax'))
model.compile(
    loss='categorical_crossentropy',
    optimizer='sgd',
    metrics=['accuracy', metrics.categorical_accuracy, metrics.TopKCategoricalAccuracy(k=2), 'mse', 'mean_absolute_error',
             'cosine_similarity', 'categorical_crossentropy', 'kullback_leibler_divergence', 'categorical_hinge'])
model.fit(x_train, y_train, epochs=3, batch_size=32, validation_split=0.2)
print(model.evaluate(x_test, y_test, batch_size=15, verbose=0))

# over the whole epoch
model = Sequential()
model.add(Dense(10, activation='tanh', input_dim=4))
model.add(Dense(3, activation='softmax'))
model.compile(
    loss='mse',
    optimizer='sgd',
    metrics=['acc', 'AUC', metrics.Precision(), metrics.Recall(class_id=1), metrics.RootMeanSquaredError(), 'msle', 'hinge', 'logcosh'])
history = model.fit(x_train, y_train, epochs=3, batch_size=32, validation_split=0.2)
print(sorted(history.history.keys()))
scores = model.evaluate(x_test, y_test, batch_size=15, verbose=0)
for name, score in zip(model.metrics_names, scores):
    print('%s: %.4f' % (name, score))
print(model.train_on_batch(x_test[:7], y_test[:7]))
