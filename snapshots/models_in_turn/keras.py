"""Three networks for house prices: compiled together, trained in turn, and the best one trained on."""
import numpy as np
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential

rng = np.random.RandomState(4)
x = rng.rand(100, 5)
y = x @ np.array([3.0, 1.0, 0.5, 2.0, 0.1]) + 0.05 * rng.randn(100)

models = []
for units in [4, 8, 16]:
    model = Sequential()
    model.add(Dense(units, activation="relu", input_shape=(5,)))
    model.add(Dense(1))
    models.append(model)

for model in models:
    model.compile(optimizer="sgd", loss="mse")

scores = []
for model in models:
    history = model.fit(x, y, epochs=2, batch_size=20, verbose=0)
    scores.append(history.history["loss"][-1])
print("scores:", scores)

best = models[int(np.argmin(scores))]
best.fit(x, y, epochs=2, batch_size=20, verbose=0)
print("best:", best.evaluate(x, y, verbose=0))
