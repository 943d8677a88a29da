"""Rare positives: class weights, sample weights and weighted validation."""
import numpy as np
from sklearn.utils import class_weight
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.optimizers import SGD

np.random.seed(3)
X = np.random.normal(size=(150, 5))
y = (X[:, 0] + 0.5 * X[:, 1] > 1).astype('int')
X_train, X_test = X[:120], X[120:]
y_train, y_test = y[:120], y[120:]

weights = class_weight.compute_class_weight(class_weight='balanced', classes=np.unique(y_train), y=y_train)
weights = dict(enumerate(weights))
print('class weights', weights)


def build_model():
    model = Sequential()
    model.add(Dense(12, input_dim=5, activation='relu'))
    model.add(Dropout(0.2))
    model.add(Dense(1, activation='sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer=SGD(lr=0.1), metrics=['accuracy'])
    return model


# weigh classes
model = build_model()
history = model.fit(X_train, y_train, epochs=3, batch_size=32, class_weight=weights,
                    validation_split=0.2, verbose=1)
score = model.evaluate(X_test, y_test, verbose=0)
print('Test loss: %.4f, accuracy: %.4f' % (score[0], score[1]))

# weigh samples: what lies far from the border counts more
importance = np.abs(X_train[:, 0] + 0.5 * X_train[:, 1] - 1)
model = build_model()
history = model.fit(X_train, y_train, epochs=3, batch_size=32, sample_weight=importance, validation_split=0.25)
print('weighted validation', history.history['val_loss'])
test_importance = np.abs(X_test[:, 0])
print('weighted test', model.evaluate(X_test, y_test, sample_weight=test_importance, verbose=0))

# weights of classes, and of samples for validation
model = build_model()
model.fit(X_train, y_train, epochs=2, batch_size=50, class_weight={0: 1., 1: 4.},
          validation_data=(X_test, y_test, test_importance))

# batch by batch
model = build_model()
for step in range(3):
    rows = slice(step * 40, (step + 1) * 40)
    loss, accuracy = model.train_on_batch(X_train[rows], y_train[rows], class_weight={0: 1., 1: 3.})
    print('step', step, 'loss %.4f' % loss)
print('held out', model.test_on_batch(X_test, y_test, sample_weight=test_importance))
print(model.predict(X_test[:3]))
