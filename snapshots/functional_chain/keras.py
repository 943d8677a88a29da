"""One task for images, one for tables: both models in the functional style."""
import numpy as np
from tensorflow.keras.callbacks import EarlyStopping
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from tensorflow.keras.models import Model

np.random.seed(0)

# 1. data
images = np.random.rand(60, 8, 8, 1)
kinds = np.random.randint(0, 3, 60)
table = np.random.rand(60, 5)
price = table.sum(axis=1, keepdims=True) + 0.1 * np.random.rand(60, 1)

# 2. model
input1 = Input(shape=(8, 8, 1))
conv1 = Conv2D(4, (3, 3), activation='relu')(input1)
pool1 = MaxPooling2D((2, 2))(conv1)  # halves both sides
drop1 = Dropout(0.2)(pool1)
# the flat features
flat = Flatten()(drop1)
dense1 = Dense(8, activation='relu')(flat)
output1 = Dense(3, activation='softmax')(dense1)
model = Model(inputs=input1, outputs=output1)
print('layers:', len(model.layers))

# 3. training
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
es = EarlyStopping(monitor='val_loss', patience=2)
hist = model.fit(images, kinds, epochs=4, batch_size=16, validation_split=0.2, callbacks=[es], verbose=0)
loss, acc = model.evaluate(images, kinds, verbose=0)
print('loss : %.4f, acc : %.4f' % (loss, acc))
print(model.predict(images[:2], verbose=0))


def build_regressor(units, depth=2):
    inputs = Input(shape=(table.shape[1],))
    x = Dense(units, activation='tanh')(inputs)
    print('units:', units)
    outputs = Dense(1)(x)
    return Model(inputs, outputs)


for units in (4, 6):
    regressor = build_regressor(units)
    regressor.compile(loss='mse', optimizer='sgd')
    regressor.fit(table, price, epochs=2, batch_size=10, verbose=0)
    print(regressor.evaluate(table, price, verbose=0))

# 4. a code of the table, and the way back
row = Input(shape=(5,))
hidden = Dense(4, activation='relu')(row)
code = Dense(2)(hidden)
encoder = Model(row, code)

code_in = Input(shape=(2,))
unused = Dense(7)(code_in)
decoder = Model(code_in, Dense(5)(code_in))

autoencoder = Model(row, decoder(encoder(row)))
autoencoder.compile('sgd', 'mse')
autoencoder.fit(table, table, epochs=2, batch_size=12, verbose=0)
print(autoencoder.evaluate(table, table, verbose=0))
print(encoder.predict(table[:3], verbose=0))

# 5. what the images look like to the dense layers
features = Model(inputs=input1, outputs=pool1)
print(features.predict(images[:1], verbose=0).shape)
print(features.predict(images[:1], verbose=0)[0, 0])
