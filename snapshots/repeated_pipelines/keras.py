# Data sets that go on and on, side by side, and from a generator
import numpy as np
import tensorflow as tf
from tensorflow import keras

BATCH_SIZE = 8

np.random.seed(1)
x = np.random.normal(size=(52, 5)).astype('float32')
y = (x.sum(axis=1) > 0).astype('int32')

model = keras.Sequential([
    keras.layers.Dense(8, activation='relu', input_shape=(5,)),
    keras.layers.Dense(1, activation='sigmoid'),
])
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])

# Batches without an end
train = tf.data.Dataset.from_tensor_slices((x[:40], y[:40])).shuffle(40).batch(BATCH_SIZE).repeat().prefetch(tf.data.AUTOTUNE)
val = tf.data.Dataset.from_tensor_slices((x[40:], y[40:])).batch(BATCH_SIZE).repeat()
history = model.fit(train, epochs=3, steps_per_epoch=4, validation_data=val, validation_steps=2)
print(history.history['val_loss'])

# Rows without an end: a batch may hold the last and the first of them
rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).repeat().batch(16)
model.fit(rows, epochs=2, steps_per_epoch=len(x) // 16, verbose=0)
for inputs, labels in rows.take(4):
    print(inputs.shape, labels.numpy().sum())

# Several times over
twice = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH_SIZE).repeat(2)
model.fit(twice, epochs=1)
model.fit(tf.data.Dataset.from_tensor_slices((x, y)).repeat(2).batch(BATCH_SIZE), epochs=1)
thrice = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(52).repeat(3).batch(BATCH_SIZE, drop_remainder=True)
model.fit(thrice, epochs=1)
print('batches:', len(twice), tf.data.experimental.cardinality(twice).numpy())

# Features and labels by themselves, and more of them
features = tf.data.Dataset.from_tensor_slices(x)
labels = tf.data.Dataset.from_tensor_slices(y)
dataset = tf.data.Dataset.zip((features, labels))
print('rows:', dataset.cardinality().numpy())
test = dataset.take(20).batch(10)
more = tf.data.Dataset.from_tensor_slices((x[:9] + 1, y[:9]))
both = dataset.skip(20).concatenate(more).shuffle(100).batch(10)
model.fit(both, epochs=2, validation_data=test)


# Samples of a generator
def samples():
    for features, label in zip(x.tolist(), y):
        if label or features[0] > 0:
            yield features, label


generated = tf.data.Dataset.from_generator(
    samples,
    output_signature=(tf.TensorSpec(shape=(5,), dtype=tf.float32), tf.TensorSpec(shape=(), dtype=tf.int32)),
)
model.fit(generated.batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE), epochs=2)
older = tf.data.Dataset.from_generator(samples, (tf.float32, tf.int32), ((5,), ()))
older = older.shuffle(100).repeat().batch(BATCH_SIZE)
model.fit(older, epochs=2, steps_per_epoch=5)
print(model.evaluate(generated.batch(50), verbose=0))

# Runs of numbers
numbers = tf.data.Dataset.range(10)
numbers = numbers.window(5, shift=1, drop_remainder=True)
numbers = numbers.flat_map(lambda window: window.batch(5))
numbers = numbers.map(lambda window: (window[:-1], window[-1:]))
numbers = numbers.batch(2).prefetch(1)
for before, after in numbers:
    print('x =', before.numpy())
    print('y =', after.numpy())


# Batches by their number
class Rows(keras.utils.Sequence):
    def __init__(self, x, y, batch_size):
        self.x, self.y, self.batch_size = x, y, batch_size

    def __len__(self):
        return len(self.x) // self.batch_size

    def __getitem__(self, index):
        rows = slice(index * self.batch_size, (index + 1) * self.batch_size)
        return self.x[rows], self.y[rows]


sequence = Rows(x, y, BATCH_SIZE)
model.fit(sequence, epochs=1, shuffle=False)
for i, (inputs, labels) in enumerate(sequence):
    print(i, inputs.mean(), labels.sum())
