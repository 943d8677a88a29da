"""Models that take their input shape from the data that they are fitted on."""
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler

np.random.seed(5)
dataset = pd.DataFrame({
    'country': np.random.choice(['fr', 'de', 'es'], 90),
    'age': np.random.randint(18, 70, 90),
    'balance': np.random.rand(90) * 1000,
    'exited': np.random.randint(0, 2, 90),
})
X = dataset.iloc[:, :-1].values
y = dataset.iloc[:, -1].values

ct = ColumnTransformer(transformers=[('encoder', OneHotEncoder(), [0])], remainder='passthrough')
X = np.array(ct.fit_transform(X))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

ann = tf.keras.models.Sequential()
ann.add(tf.keras.layers.Dense(units=6, activation='relu'))
ann.add(tf.keras.layers.Dense(units=1, activation='sigmoid'))
ann.compile(optimizer='sgd', loss='binary_crossentropy', metrics=['accuracy'])
ann.fit(X_train, y_train, batch_size=16, epochs=2, verbose=0)
print(ann.evaluate(X_test, y_test, verbose=0))
print((ann.predict(X_test) > 0.5).sum())


def train(features, targets, do_dropout):
    model = tf.keras.models.Sequential()
    if do_dropout:
        model.add(tf.keras.layers.Dropout(0.1))
    model.add(tf.keras.layers.Dense(8, activation='tanh'))
    model.add(tf.keras.layers.Dense(1))
    model.compile(loss='mse', optimizer='sgd')
    model.fit(features, targets, epochs=2, verbose=0)
    return model.predict(features)


for do_dropout in (False, True):
    print(train(X_train, y_train, do_dropout).mean())

# a sequence of letters for each sequence of letters
chars = 'abcd '
words = np.eye(len(chars))[np.random.randint(0, len(chars), (40, 6))]
seq = tf.keras.Sequential([
    tf.keras.layers.LSTM(10, input_shape=(6, len(chars)), return_sequences=True),
    tf.keras.layers.Dense(len(chars), activation='softmax'),
])
seq.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
seq.fit(words, words, epochs=2, verbose=0)
preds = seq.predict(words[:3]).argmax(axis=-1)
print(preds)
