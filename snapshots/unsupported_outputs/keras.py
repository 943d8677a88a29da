# One body with two heads: what a row is, and how much of it.
import numpy as np
from keras.models import Model
from keras.layers import Input, Dense

np.random.seed(2)
rows = np.random.rand(80, 5)
kind = (rows[:, 0] > 0.5).astype(int)
amount = rows.sum(axis=1)

inputs = Input(shape=(5,))
body = Dense(8, activation='relu')(inputs)
kind_head = Dense(1, activation='sigmoid')(body)
amount_head = Dense(1)(body)

model = Model(inputs=inputs, outputs=[kind_head, amount_head])
model.compile(optimizer='adam', loss=['binary_crossentropy', 'mse'])
model.fit(rows, [kind, amount], epochs=2, batch_size=16, verbose=0)
