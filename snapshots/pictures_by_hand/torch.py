# A small network over striped pictures, then a guess for a picture from a file
import os

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import io
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn
from PIL import Image

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def decode_image(contents, channels=0):
    """The bytes of an image file as an array (H, W, channels)."""
    image = Image.open(io.BytesIO(contents))
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        raise ValueError(f"images of mode {image.mode} are not supported")
    if channels == 1 and image.mode != "L":
        x = (np.array(image.convert("RGB")) @ [9797, 19234, 3737] >> 15).astype("uint8")
    elif channels == 3:
        x = np.array(image.convert("RGB"))
    else:
        x = np.array(image)
    return x if x.ndim == 3 else x[..., None]


def resize_images(images, size, nearest=False):
    """Images (N, H, W, channels), or one of them, in another size."""
    x = torch.as_tensor(np.ascontiguousarray(images, dtype="float32"))
    batch = x.reshape(-1, *x.shape[-3:]).permute(0, 3, 1, 2)
    resized = F.interpolate(batch, list(size), mode="nearest-exact" if nearest else "bilinear")
    resized = resized.permute(0, 2, 3, 1)
    return resized.reshape(*x.shape[:-3], *resized.shape[1:]).numpy()


def binary_accuracy(outputs, targets):
    """How often a logit lies on the side of its 0 or 1 target, (N,)."""
    return ((outputs > 0) == targets).flatten(1).float().mean(1)


def init_weights(module):
    """Keras's initial weights."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)


def to_inputs(x):
    """Images (N, H, W, C) as the model reads them, (N, C, H, W)."""
    return torch.as_tensor(x, dtype=torch.float32).permute(0, 3, 1, 2)


def to_targets(y):
    """Targets in the shape of the model's output."""
    return torch.as_tensor(y, dtype=torch.float32).reshape(len(y), 1)


def run_epoch(model, loss_fn, x, y, batch_size, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    rows = torch.randperm(len(x)) if training else torch.arange(len(x))
    totals = 0
    with torch.set_grad_enabled(training):
        for batch in rows.split(batch_size):
            outputs, targets = model(x[batch].to(device)), y[batch].to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(batch), *sums]).detach()
    return dict(zip(["loss", *metrics], (totals / len(x)).tolist()))


def fit(model, loss_fn, optimizer, x, y, metrics=None, batch_size=32, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    x, y = to_inputs(x), to_targets(y)
    x_val, y_val = to_inputs(validation_data[0]), to_targets(validation_data[1])
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, x, y, batch_size, optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, x_val, y_val, batch_size, metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


@torch.no_grad()
def predict(model, x, batch_size=32):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = torch.cat([model(batch.to(device)).cpu() for batch in to_inputs(x).split(batch_size)])
    return outputs.sigmoid().numpy()


CLASSES = ["across", "upright"]
IMG_SHAPE = 12


def stripes(n, upright, size=20):
    waves = np.sin(np.arange(size) * 1.3 + np.random.rand(n, 1) * 6)
    pictures = np.repeat((waves * 100 + 128)[:, None, :, None], size, axis=1)
    pictures = np.repeat(pictures, 3, axis=-1).astype("uint8")
    return pictures if upright else pictures.transpose(0, 2, 1, 3)


np.random.seed(8)
images = np.concatenate([stripes(30, False), stripes(30, True)])
labels = np.repeat([0, 1], 30)

small = resize_images(images, [IMG_SHAPE, IMG_SHAPE]) / 255.
coarse = resize_images(images[:4], (6, 7), nearest=True)
blocks = resize_images(images[0], (9, 5), nearest=True)
mirrored = np.flip(small, axis=-2).copy()
turned = np.flip(images[0], axis=-3).copy()

model = nn.Sequential(
    nn.Conv2d(3, 4, 3),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Flatten(),
    nn.Linear(100, 1),
).to(device)
model.apply(init_weights)
loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
metrics = {"accuracy": binary_accuracy}
fit(model, loss_fn, optimizer, small, labels, epochs=2, batch_size=20, validation_data=(mirrored, labels), metrics=metrics)

if not os.path.exists("pictures"):
    os.makedirs("pictures")
Image.fromarray(images[40]).save("pictures/colour.png")
Image.fromarray(images[3][..., 0]).save("pictures/grey.png")


def load_and_prep_image(filename, img_shape=IMG_SHAPE):
    """Reads a picture from a file and turns it into a tensor of shape (img_shape, img_shape, colour channels)."""
    img = Path(filename).read_bytes()
    img = decode_image(img, channels=3)
    img = resize_images(img, [img_shape, img_shape])
    img = img / 255.
    return img


def pred_and_plot(model, filename, class_names=CLASSES):
    img = load_and_prep_image(filename)
    pred = predict(model, np.expand_dims(img, axis=0))
    pred_class = class_names[int(np.round(pred)[0][0])]
    plt.imshow(img)
    plt.title(f"Prediction: {pred_class}")
    plt.axis(False)
    return pred_class, float(pred[0][0])


print(pred_and_plot(model, "pictures/colour.png"), pred_and_plot(model, "pictures/grey.png"))
plain = decode_image(Path("pictures/grey.png").read_bytes())
grey = decode_image(Path("pictures/colour.png").read_bytes(), channels=1)
scaled = (grey.astype("float32") / 255)
print(plain.shape, grey.shape, grey.mean())
