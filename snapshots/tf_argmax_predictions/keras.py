import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

np.random.seed(7)

# Three noisy rings in the plane
angle = np.random.uniform(0, 2 * np.pi, size=(240,))
labels = np.random.randint(0, 3, size=(240,))
radius = labels + 1 + np.random.normal(0, 0.1, size=(240,))
features = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)

x_train = tf.cast(features[:180], tf.float32)
y_train = tf.one_hot(labels[:180], depth=3)
x_test, y_test = features[180:], labels[180:]

model = keras.Sequential([
    layers.Dense(32, activation='relu', input_shape=(2,)),
    layers.Dense(3, activation='softmax'),
])
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=5, batch_size=30, verbose=2)

# The class of each point, and how sure the model is of it
predictions = tf.argmax(model.predict(x_test), axis=1).numpy()
probabilities = model.predict(x_test)
best = tf.reduce_max(probabilities, axis=1)
correct = tf.equal(predictions, y_test)
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32)).numpy()
print('accuracy: %.4f' % accuracy)
print('first classes:', predictions[:5])
print('mean certainty: {:.3f}'.format(float(tf.reduce_mean(best))))

class_names = ['inner', 'middle', 'outer']
one = tf.expand_dims(x_test[0], axis=0)
print('the first point is', class_names[tf.argmax(tf.squeeze(model.predict(one)))])
