# Movie reviews from folders, after the tutorial on text classification
import os
import re
import string

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow.keras import layers, losses

dataset_dir = "data"
train_dir = os.path.join(dataset_dir, "train")
batch_size = 4
seed = 42

raw_train_ds = tf.keras.utils.text_dataset_from_directory(
    train_dir,
    batch_size=batch_size,
    validation_split=0.2,
    subset="training",
    seed=seed)

for text_batch, label_batch in raw_train_ds.take(1):
    for i in range(3):
        print("Review", text_batch.numpy()[i])
        print("Label", label_batch.numpy()[i])

print("Label 0 corresponds to", raw_train_ds.class_names[0])
print("Label 1 corresponds to", raw_train_ds.class_names[1])

raw_val_ds = tf.keras.utils.text_dataset_from_directory(train_dir, batch_size=batch_size, validation_split=0.2,
                                                        subset="validation", seed=seed)
raw_test_ds = tf.keras.preprocessing.text_dataset_from_directory(
    os.path.join(dataset_dir, "test"), batch_size=batch_size, shuffle=False)


def custom_standardization(input_data):
    lowercase = tf.strings.lower(input_data)
    stripped_html = tf.strings.regex_replace(lowercase, '<br />', ' ')
    return tf.strings.regex_replace(stripped_html, '[%s]' % re.escape(string.punctuation), '')


max_features = 50
sequence_length = 12

vectorize_layer = layers.TextVectorization(
    standardize=custom_standardization,
    max_tokens=max_features,
    output_mode='int',
    output_sequence_length=sequence_length)

# Make a text-only dataset (without labels), then call adapt
train_text = raw_train_ds.map(lambda x, y: x)
vectorize_layer.adapt(train_text)


def vectorize_text(text, label):
    text = tf.expand_dims(text, -1)
    return vectorize_layer(text), label


# retrieve a batch (of 4 reviews and labels) from the dataset
text_batch, label_batch = next(iter(raw_train_ds))
first_review, first_label = text_batch[0], label_batch[0]
print("Review", first_review.numpy().decode("utf-8"))
print("Label", raw_train_ds.class_names[first_label])
print("Vectorized review", np.array(vectorize_text(first_review, first_label)[0]))

print("7 ---> ", vectorize_layer.get_vocabulary()[7])
print('Vocabulary size: {}'.format(len(vectorize_layer.get_vocabulary())))

train_ds = raw_train_ds.map(vectorize_text)
val_ds = raw_val_ds.map(vectorize_text)
test_ds = raw_test_ds.map(vectorize_text)

train_ds = train_ds.cache().prefetch(buffer_size=tf.data.AUTOTUNE)
val_ds = val_ds.cache().prefetch(buffer_size=tf.data.AUTOTUNE)
test_ds = test_ds.cache().prefetch(buffer_size=tf.data.AUTOTUNE)

embedding_dim = 8

model = tf.keras.Sequential([
    layers.Embedding(max_features + 1, embedding_dim),
    layers.Dropout(0.2),
    layers.GlobalAveragePooling1D(),
    layers.Dropout(0.2),
    layers.Dense(1)])

model.summary()

model.compile(loss=losses.BinaryCrossentropy(from_logits=True),
              optimizer='adam',
              metrics=[tf.metrics.BinaryAccuracy(threshold=0.0)])

epochs = 3
history = model.fit(
    train_ds,
    validation_data=val_ds,
    epochs=epochs)

loss, accuracy = model.evaluate(test_ds)
print("Loss: ", loss)
print("Accuracy: ", accuracy)

history_dict = history.history
acc = history_dict['binary_accuracy']
val_acc = history_dict['val_binary_accuracy']
plt.plot(range(1, len(acc) + 1), acc, 'bo', label='Training acc')
plt.plot(range(1, len(acc) + 1), val_acc, 'b', label='Validation acc')
plt.title('Training and validation accuracy')
plt.legend()

export_model = tf.keras.Sequential([
    vectorize_layer,
    model,
    layers.Activation('sigmoid')
])

export_model.compile(
    loss=losses.BinaryCrossentropy(from_logits=False), optimizer="adam", metrics=['accuracy']
)

# Test it with `raw_test_ds`, which yields raw strings
loss, accuracy = export_model.evaluate(raw_test_ds)
print(accuracy)

examples = [
    "The movie was great!",
    "The film was okay.",
    "The story was terrible..."
]
print(export_model.predict(np.array(examples)))

# Bags of pairs of words, and texts of lists
binary_layer = layers.TextVectorization(max_tokens=60, output_mode="multi_hot", ngrams=2)
binary_layer.adapt(raw_train_ds.map(lambda text, label: text))
binary_model = tf.keras.Sequential([layers.Dense(4, activation='relu', input_shape=(60,)), layers.Dense(1)])
binary_model.compile(loss=losses.BinaryCrossentropy(from_logits=True), optimizer='adam', metrics=['accuracy'])
pairs = raw_train_ds.map(lambda text, label: (binary_layer(text), label), num_parallel_calls=4)
binary_model.fit(pairs, epochs=2, verbose=0)

texts = ["a great film", "not fun at all", "I loved it", "a waste of time", "great", "terrible story"]
dataset = tf.data.Dataset.from_tensor_slices((texts, [1, 0, 1, 0, 1, 0]))
for text, label in dataset.take(2):
    print(text.numpy(), label.numpy())
rows = dataset.map(lambda text, label: (vectorize_layer(text), label)).batch(3)
print(model.evaluate(rows, verbose=0))
plain = layers.TextVectorization(max_tokens=20)
plain.adapt(tf.data.Dataset.from_tensor_slices(texts).batch(4))
print(' '.join(plain.get_vocabulary()), plain(tf.constant(["great story"])).numpy())

# Reviews of a table
table = pd.DataFrame({"review": texts * 4, "genre": ["drama", "comedy", "horror"] * 8, "label": [1, 0, 1, 0, 1, 0] * 4})
table_ds = tf.data.Dataset.from_tensor_slices((table["review"].to_numpy(), table["label"].to_numpy())).batch(6)
of_table = layers.TextVectorization(max_tokens=25, output_sequence_length=5)
of_table.adapt(table_ds.map(lambda review, label: review))
from_table = tf.keras.Sequential([of_table, layers.Embedding(25, 4), layers.GlobalAveragePooling1D(), layers.Dense(1)])
from_table.compile(loss=losses.BinaryCrossentropy(from_logits=True), optimizer="sgd", metrics=["accuracy"])
from_table.fit(table_ds, epochs=2, validation_data=(np.array(texts), np.array([1, 0, 1, 0, 1, 0])), verbose=0)
print(from_table.evaluate(table["review"].to_numpy(), table["label"], verbose=0))
genres = layers.StringLookup(output_mode="one_hot")
genres.adapt(table["genre"].to_numpy())
by_genre = tf.keras.Sequential([tf.keras.Input(shape=(1,), dtype=tf.string), genres, layers.Dense(1)])
by_genre.compile(loss="mse", optimizer="sgd")
by_genre.fit(table[["genre"]].to_numpy(), table["label"].to_numpy(), epochs=2, verbose=0)
