"""What the layers of a small network make of its images, and features for another classifier."""
import numpy as np
from keras import backend as K
from keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Model, Sequential

np.random.seed(1)
x_train = np.random.rand(60, 10, 10, 2)
y_train = np.eye(3)[np.random.randint(0, 3, 60)]
x_test = np.random.rand(6, 10, 10, 2)

model = Sequential()
model.add(Conv2D(4, (3, 3), activation='relu', input_shape=(10, 10, 2), name='conv'))
model.add(MaxPooling2D((2, 2)))
model.add(Conv2D(6, (3, 3), padding='same'))
model.add(Activation('relu'))
model.add(Flatten())
model.add(Dense(8, activation='relu', name='features'))
model.add(Dropout(0.5))
model.add(Dense(3, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=2, batch_size=20, verbose=0)

# the features that the last layer sees
extractor = Model(inputs=model.input, outputs=model.get_layer('features').output)
features = extractor.predict(x_test)
print('features:', features.shape, features.mean())

# maps of one layer
conv_model = Model(inputs=model.inputs, outputs=model.layers[0].output)
maps = conv_model.predict(x_test)
print('maps:', maps.shape, maps[0, 1, 2, 3])

# what every layer gives for one image
layer_outputs = [layer.output for layer in model.layers[:5]]
activation_model = Model(inputs=model.input, outputs=layer_outputs)
activations = activation_model.predict(x_test[:1])
for activation in activations:
    print(activation.shape, activation.sum())
first_layer_activation = activations[0]
print(first_layer_activation[0, :, :, 2].max())

# by a function of the backend
get_3rd_layer_output = K.function([model.layers[0].input], [model.layers[3].output])
layer_output = get_3rd_layer_output([x_test])[0]
print('third:', layer_output.shape, layer_output.std())

# without its head
body = Sequential(model.layers[:-1])
print('body:', body.predict(x_test).shape)
print('accuracy:', (model.predict(x_test).argmax(-1) == 1).mean())
