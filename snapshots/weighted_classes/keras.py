"""Few samples of some classes: each class weighs as much as the others."""
import numpy as np
from sklearn.utils import class_weight
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.utils import to_categorical

np.random.seed(11)
X = np.random.rand(90, 4)
labels = np.random.choice(3, 90, p=[0.6, 0.3, 0.1])
labels[:3] = [0, 1, 2]
y = to_categorical(labels)

weights = class_weight.compute_class_weight(class_weight='balanced', classes=np.unique(labels), y=labels)
weights = dict(enumerate(weights))

model = Sequential()
model.add(Dense(8, activation='relu', input_dim=X.shape[1]))
model.add(Dropout(0.2))
model.add(Dense(y.shape[1], activation='softmax'))
model.compile('adam', 'categorical_crossentropy', ['accuracy'])

history = model.fit(X, y, epochs=3, batch_size=16, class_weight=weights, validation_split=0.2, verbose=2)
print('loss', history.history['loss'], 'validation', history.history['val_loss'])
print(model.evaluate(X, y, verbose=0))
