# Arrays, batches of images and generators in one script, with weights of classes and of samples
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.preprocessing.image import ImageDataGenerator

np.random.seed(11)
images = np.random.randint(0, 256, size=(60, 10, 10, 3)).astype('uint8')
labels = (images[:, :5].mean(axis=(1, 2, 3)) > images[:, 5:].mean(axis=(1, 2, 3))).astype('int')
x_train, x_test = images[:45] / 255., images[45:] / 255.
y_train, y_test = labels[:45], labels[45:]
weights = np.linspace(0.5, 1.5, 45)


def build_model():
    model = Sequential()
    model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(10, 10, 3)))
    model.add(MaxPooling2D())
    model.add(Flatten())
    model.add(Dense(1, activation='sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['accuracy'])
    return model


def weighted_batches(x, y, weights, batch_size=10):
    while True:
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            yield x[rows], y[rows], weights[rows]


model = build_model()
datagen = ImageDataGenerator(rescale=1. / 255)
train_generator = datagen.flow(images[:45], y_train, batch_size=8, shuffle=False)
test_generator = datagen.flow(images[45:], y_test, batch_size=8, shuffle=False)

# Generators, with arrays to validate with
history = model.fit_generator(train_generator, steps_per_epoch=len(train_generator), epochs=2,
                              validation_data=(x_test, y_test), class_weight={0: 1., 1: 2.5})
print(history.history['loss'], history.history['val_loss'])
history = model.fit_generator(weighted_batches(x_train, y_train, weights), steps_per_epoch=5, epochs=2,
                              validation_data=weighted_batches(x_test, y_test, np.arange(15)),
                              validation_steps=2)
print(history.history['loss'], history.history['val_loss'])

# Arrays, with a generator to validate with
model.fit(x_train, y_train, batch_size=16, epochs=1, shuffle=False, class_weight={0: 0.5, 1: 1.5},
          validation_data=test_generator, validation_steps=2, verbose=2)
history = model.fit(x_train, y_train, epochs=2, validation_split=0.2, batch_size=12, shuffle=False, verbose=0)
print('split', history.history['val_loss'])
model.fit(x_train, y_train, sample_weight=weights, shuffle=False, verbose=0)
model.fit(x_train, y_train, shuffle=False, verbose=0,
          validation_data=(x_test, y_test, np.linspace(0, 1, 15)))

print('generator', model.evaluate_generator(test_generator))
print('arrays', model.evaluate(x_test, y_test, batch_size=4, verbose=0))
print('weighted', model.evaluate(x_test, y_test, sample_weight=np.arange(15), verbose=0))
print(model.predict_generator(test_generator).ravel())
print(model.predict(x_test[:1]), model.predict(np.expand_dims(x_test[2], axis=0), batch_size=1)[0])
