import numpy as np
from tensorflow.keras import layers, models
from tensorflow.keras.datasets import imdb
from tensorflow.keras.preprocessing.sequence import pad_sequences

VOCAB = 3000
LENGTH = 60


def get_data():
    (x_train, y_train), (x_test, y_test) = imdb.load_data('imdb.npz', VOCAB)
    x_train = pad_sequences(x_train, maxlen=LENGTH, padding='post', truncating='post')
    x_test = pad_sequences(x_test, maxlen=LENGTH, padding='post', truncating='post')
    return (x_train, y_train), (x_test, y_test)


def build_model():
    return models.Sequential([
        layers.Embedding(VOCAB, 24, input_length=LENGTH),
        layers.Dropout(0.2),
        layers.Conv1D(48, 5, activation='relu', padding='valid', strides=1),
        layers.GlobalMaxPooling1D(),
        layers.Dense(32),
        layers.Activation('relu'),
        layers.Dropout(0.2),
        layers.Dense(1, activation='sigmoid'),
    ])


if __name__ == '__main__':
    (x_train, y_train), (x_test, y_test) = get_data()

    model = build_model()
    model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['acc'])
    history = model.fit(x_train, y_train, epochs=4, batch_size=32, validation_split=0.2)

    best = int(np.argmin(history.history['val_loss']))
    print(f"best epoch: {best + 1}, val_acc {history.history['val_acc'][best]:.4f}")

    results = model.evaluate(x_test, y_test)
    print("test loss, test acc:", results)
    probabilities = model.predict(x_test[:10])
    labels = (probabilities > 0.5).astype("int32")
    print(labels.ravel())
