# Images whose names and labels stand in a table
import glob
import os
import numpy as np
import pandas as pd
import math
from PIL import Image
import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_img(path, target_size=None):
    """An image file as RGB, or by `color_mode` "grayscale" or "rgba"; resized to (height, width)."""
    image = Image.open(path).convert("RGB")
    if target_size is not None:
        resample = Image.Resampling.NEAREST
        image = image.resize((target_size[1], target_size[0]), resample)
    return image


def img_to_array(image):
    """An image as floats (H, W, channels), 0 to 255."""
    x = np.array(image, dtype="float32")
    return x if x.ndim == 3 else x[:, :, None]


image_files = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")


class ImageTransform:
    """What is done to each image, an array of floats (H, W, channels)."""

    def __init__(self, rescale=None, validation_split=0.0):
        self.rescale = rescale
        self.validation_split = validation_split

    def __call__(self, x):
        if self.rescale:
            x = x * self.rescale
        return x


class ImageBatches:
    """Batches of images by their index, each pass in a new order where they are shuffled."""

    def __len__(self):
        return math.ceil(self.n / self.batch_size)

    def __getitem__(self, index):
        if self.seed is not None:
            np.random.seed(self.seed + self.seen)
            self.seen += 1
        return self.batch(range(self.n)[index * self.batch_size : (index + 1) * self.batch_size])


class FrameImages(ImageBatches):
    """Batches of transformed images whose files a table names, with their targets."""

    def __init__(
        self,
        transform,
        dataframe,
        directory="",
        x_col="filename",
        y_col="class",
        target_size=(256, 256),
        batch_size=32,
        shuffle=True,
        seed=None,
        subset=None,
    ):
        paths = [os.path.join(directory, name) for name in dataframe[x_col]]
        found = [path.lower().endswith(image_files) and os.path.isfile(path) for path in paths]
        dataframe = dataframe[found]
        self.class_indices = {name: number for number, name in enumerate(sorted(set(dataframe[y_col])))}
        if subset is not None:
            split = int(transform.validation_split * len(dataframe))
            dataframe = dataframe[:split] if subset == "validation" else dataframe[split:]
        self.filepaths = [os.path.join(directory, name) for name in dataframe[x_col]]
        self.classes = np.array([self.class_indices[name] for name in dataframe[y_col]])
        self.transform = transform
        self.target_size = target_size
        self.n, self.batch_size = len(self.filepaths), batch_size
        self.seed, self.seen = seed, 0
        print(f"Found {self.n} image files.")

    def batch(self, rows):
        images = (img_to_array(load_img(self.filepaths[row], target_size=self.target_size)) for row in rows)
        x = np.stack([self.transform(image) for image in images]).astype("float32")
        return x, np.eye(len(self.class_indices), dtype="float32")[self.classes[rows]]


def categorical_accuracy(outputs, targets):
    """Whether the largest output is the class of the one-hot target, (N,)."""
    return outputs.argmax(-1) == targets.argmax(-1)


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
    return torch.as_tensor(y, dtype=torch.float32)


def one_epoch(batches, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
    return (batches[index] for index in order)


def run_epoch(model, loss_fn, batches, optimizer=None, metrics=None):
    """One pass over the data, training if there is an optimizer: its mean values by name."""
    training = optimizer is not None
    model.train(training)
    totals = 0
    seen = 0
    with torch.set_grad_enabled(training):
        for batch in batches:
            outputs, targets = model(to_inputs(batch[0]).to(device)), to_targets(batch[1]).to(device)
            loss = loss_fn(outputs, targets)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            sums = [metric(outputs, targets).sum() for metric in metrics.values()]
            totals += torch.stack([loss * len(targets), *sums]).detach()
            seen += len(targets)
    return dict(zip(["loss", *metrics], (totals / seen).tolist()))


def fit(model, loss_fn, optimizer, batches, metrics=None, epochs=1, validation_data=None):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, True), optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, one_epoch(validation_data), metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def evaluate(model, loss_fn, batches, metrics=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, one_epoch(batches), metrics=metrics)
    return list(logs.values())


@torch.no_grad()
def predict(model, batches):
    """The output for each sample, as a NumPy array."""
    model.eval()
    outputs = []
    for batch in one_epoch(batches):
        outputs.append(model(to_inputs(batch[0]).to(device)).cpu())
    outputs = torch.cat(outputs)
    return outputs.softmax(-1).numpy()


paths = sorted(glob.glob('data/train/*/*.png'), key=os.path.basename)
df = pd.DataFrame({'id': [os.path.relpath(path, 'data/train') for path in paths]})
df['label'] = [path.split(os.sep)[-2] for path in paths]
df = df.sample(frac=1, random_state=3).reset_index(drop=True)
df.loc[4, 'id'] = 'missing.png'

datagen = ImageTransform(rescale=1./255., validation_split=0.25)
train_generator = FrameImages(datagen, dataframe=df,
                              directory='data/train/',
                              x_col='id',
                              y_col='label',
                              subset='training',
                              batch_size=5,
                              shuffle=False,
                              target_size=(10, 12))
valid_generator = FrameImages(datagen,
    dataframe=df, directory='data/train/', x_col='id', y_col='label', subset='validation',
    batch_size=5, seed=42, shuffle=False, target_size=(10, 12))
print(train_generator.class_indices, train_generator.n, len(valid_generator))

model = nn.Sequential(
    nn.Conv2d(3, 4, (3, 3)),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(320, 3),
).to(device)
model.apply(init_weights)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": categorical_accuracy}

history = fit(model, loss_fn, optimizer, train_generator, validation_data=valid_generator, epochs=2, metrics=metrics)
score = evaluate(model, loss_fn, valid_generator, metrics=metrics)
print('score', score)
predictions = np.argmax(predict(model, valid_generator), axis=1)
print(predictions, valid_generator.classes)
