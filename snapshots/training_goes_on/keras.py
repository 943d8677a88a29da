"""Energy use of buildings: training that goes on from a file, and a copy that is trained beside it."""
import numpy as np
from tensorflow.keras.callbacks import ModelCheckpoint
from tensorflow.keras.layers import Dense
from tensorflow.keras.models import Sequential, clone_model, load_model

rng = np.random.RandomState(7)
x = rng.rand(120, 6).astype("float32")
y = x @ rng.rand(6, 1) + 0.1 * rng.rand(120, 1)

model = Sequential([
    Dense(12, activation="relu", input_shape=(6,)),
    Dense(1),
])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, epochs=2, validation_split=0.25, verbose=0,
          callbacks=[ModelCheckpoint("energy.h5", save_best_only=True)])

# the best one goes on where it was, with the moments of its optimizer
model = load_model("energy.h5")
history = model.fit(x, y, epochs=2, initial_epoch=1, verbose=0)
print("after the restart:", history.history["loss"])

# a copy with the same start, trained with another optimizer
twin = clone_model(model)
twin.set_weights(model.get_weights())
twin.compile(optimizer="sgd", loss="mse", metrics=["mae"])
model.fit(x, y, epochs=1, verbose=0)
values = twin.fit(x, y, epochs=4, validation_split=0.25, validation_freq=2, verbose=0).history["val_loss"]
print("every other epoch:", values)
for name, one in [("model", model), ("twin", twin)]:
    loss, mae = one.evaluate(x, y, verbose=0)
    print(f"{name}: {loss:.4f} {mae:.4f}")
