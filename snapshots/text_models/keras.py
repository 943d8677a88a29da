# Short reviews: layers that take texts as the first layers of models
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers, losses
from tensorflow.keras.layers import Dense, Dropout, Embedding, GlobalAveragePooling1D, StringLookup, TextVectorization
from tensorflow.keras.models import Sequential

good = ["I loved the great acting, really, and all of it", "a great film", "wonderful, just wonderful!", "fun"]
bad = ["a terrible film", "I hated the boring story at once", "awful acting!", "boring"]
train_texts = np.array([text + end for end in (" I would say", " indeed", "") for text in good + bad])
train_labels = np.array([1, 1, 1, 1, 0, 0, 0, 0] * 3)
genres = np.array(["drama", "comedy", "horror", "drama", "comedy", "western"] * 4).reshape(-1, 1)


def build_model(texts, units=8):
    # As long as the longest review of a batch
    vectorize_layer = TextVectorization(max_tokens=30)
    vectorize_layer.adapt(texts)
    model = Sequential()
    model.add(tf.keras.Input(shape=(1,), dtype=tf.string))
    model.add(vectorize_layer)
    model.add(Embedding(len(vectorize_layer.get_vocabulary()), units))
    model.add(Dropout(0.2))
    model.add(GlobalAveragePooling1D())
    model.add(Dense(1, activation="sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


model = build_model(train_texts)
history = model.fit(train_texts, train_labels, batch_size=5, epochs=3, validation_split=0.25)
print(history.history["val_accuracy"])
print(model.predict(tf.constant(["What a great film", "boring"])))

# How often each word is there
bag = TextVectorization(output_mode="count", max_tokens=40)
bag.adapt(train_texts)
counting = Sequential([bag, Dense(4, activation="relu"), Dense(1)])
counting.compile(loss=losses.BinaryCrossentropy(from_logits=True), optimizer="adam", metrics=["accuracy"])
counting.fit(train_texts, train_labels, epochs=2, verbose=0)
scoring = Sequential([counting, layers.Activation("sigmoid")])
print(scoring.predict(["great fun", "just awful"]))

# Numbers first, texts later
vectorizer = TextVectorization(max_tokens=30, output_sequence_length=7)
vectorizer.adapt(train_texts)
numbers = Sequential([Embedding(30, 4), GlobalAveragePooling1D(), Dense(1)])
numbers.compile(loss=losses.BinaryCrossentropy(from_logits=True), optimizer="adam", metrics=["accuracy"])
numbers.fit(vectorizer(train_texts), train_labels, epochs=2, verbose=0)
export_model = Sequential([vectorizer, numbers, layers.Activation("sigmoid")])
export_model.compile(loss=losses.BinaryCrossentropy(from_logits=False), optimizer="adam", metrics=["accuracy"])
loss, accuracy = export_model.evaluate(train_texts, train_labels, verbose=0)
print(loss, accuracy)
examples = ["The movie was great!", "The movie was okay.", "The movie was terrible..."]
print(export_model.predict(np.array(examples)))

# Categories
by_genre = Sequential([
    tf.keras.Input(shape=(1,), dtype="string"),
    StringLookup(vocabulary=["comedy", "drama", "horror"], output_mode="one_hot"),
    Dense(1),
])
by_genre.compile(loss="mse", optimizer="sgd")
by_genre.fit(genres, train_labels, epochs=2, verbose=0)
print(by_genre.predict(np.array([["comedy"], ["western"]])))
