# The images have no channel axis, the network wants one: Keras adds it by itself.
from keras.datasets import fashion_mnist
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense

(x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0

model = Sequential()
model.add(Conv2D(8, 5, strides=(2, 2), activation='relu', input_shape=(28, 28, 1)))
model.add(MaxPooling2D())
model.add(Flatten())
model.add(Dense(10, activation='softmax'))

model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=2, validation_split=0.25)
print('accuracy: {:.4f}'.format(model.evaluate(x_test, y_test, verbose=0)[1]))
print(model.predict(x_test[:4]).shape)
