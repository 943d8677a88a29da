# Iris-like measurements in tf.data pipelines
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

BATCH_SIZE = 8
SHUFFLE_BUFFER_SIZE = 100

np.random.seed(42)
features = np.random.normal(size=(70, 4)).astype('float32')
labels = (np.abs(features).sum(axis=1) % 3).astype('int64')
frame = pd.DataFrame({'label': labels})

train_examples, test_examples = features[:44], features[44:60]
train_labels, test_labels = labels[:44], labels[44:60]


def make_dataset(x, y, shuffle=False):
    ds = tf.data.Dataset.from_tensor_slices((x, y)).cache()
    if shuffle:
        return ds.shuffle(len(x), seed=42, reshuffle_each_iteration=True).batch(BATCH_SIZE)
    return ds.batch(batch_size=BATCH_SIZE)


# The pipelines
train_dataset = tf.data.Dataset.from_tensor_slices((train_examples, train_labels))
test_dataset = tf.data.Dataset.from_tensor_slices((test_examples, test_labels))
train_dataset = train_dataset.shuffle(SHUFFLE_BUFFER_SIZE).batch(BATCH_SIZE, drop_remainder=True)
train_dataset = train_dataset.prefetch(buffer_size=tf.data.AUTOTUNE)
test_dataset = test_dataset.batch(BATCH_SIZE)

val_dataset = (tf.data.Dataset
               .from_tensor_slices((features[60:], frame['label'][60:]))
               .batch(4)
               .cache()
               .prefetch(tf.data.AUTOTUNE))
print('batches:', len(train_dataset), len(val_dataset))

model = keras.Sequential([
    layers.Dense(10, activation='relu', input_shape=(4,)),
    layers.Dense(3, activation='softmax'),
])
model.compile(optimizer=keras.optimizers.RMSprop(),
              loss='sparse_categorical_crossentropy',
              metrics=['sparse_categorical_accuracy'])

history = model.fit(train_dataset, epochs=3, validation_data=val_dataset)
print(history.history['val_loss'])
model.fit(train_dataset, epochs=2, steps_per_epoch=len(train_dataset), validation_data=val_dataset,
          validation_steps=len(val_dataset), verbose=0)

loss, accuracy = model.evaluate(test_dataset)
print('loss', loss, 'accuracy', accuracy)

# A part of the rows to go on with, the rest to test
everything = tf.data.Dataset.from_tensor_slices((features, labels))
first = everything.take(30).map(lambda x, y: (2 * tf.cast(x, 'float32') - 1, y)).shuffle(30).batch(8)
rest = everything.skip(30).batch(BATCH_SIZE)
model.fit(first, epochs=1)
print('rest', model.evaluate(rest, verbose=0))

model.fit(make_dataset(train_examples, train_labels, shuffle=True), epochs=1, verbose=0)
print('function', model.evaluate(make_dataset(test_examples, test_labels)))
probabilities = model.predict(tf.data.Dataset.from_tensor_slices(test_examples).batch(6))
print(probabilities.shape, np.argmax(probabilities, axis=1))

# One order for all epochs: a part of it to test with; and batches that change their places
mixed = everything.shuffle(70, seed=1, reshuffle_each_iteration=False)
held_out, kept = mixed.take(20).batch(BATCH_SIZE), mixed.skip(20).batch(BATCH_SIZE)
model.fit(kept.shuffle(100), epochs=2, validation_data=held_out, verbose=0)
print('held out', model.evaluate(held_out, verbose=0), len(kept))
for step, (x, y) in held_out.enumerate():
    print(int(step), x.shape, y.numpy().sum())
