'''Small convnet on images in folders, one folder a class.

data/train/circles/circle.0.png ...
data/test/circles/circle.0.png ...
'''
import matplotlib.pyplot as plt
import numpy as np
import math
import os
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
        return self.batch(range(self.n)[index * self.batch_size : (index + 1) * self.batch_size])

    def __iter__(self):
        return self

    def __next__(self):
        index, self.index = self.index, (self.index + 1) % len(self)
        return self[index]

    def reset(self):
        self.index = 0


class DirectoryImages(ImageBatches):
    """Batches of transformed images from folders, one folder a class."""

    def __init__(self, transform, directory, target_size=(256, 256), batch_size=32, shuffle=True, subset=None):
        classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.filepaths, labels = [], []
        for name in classes:
            folders = sorted(os.walk(os.path.join(directory, name), followlinks=False))
            files = [os.path.join(folder, file) for folder, _, names in folders for file in sorted(names)]
            files = [file for file in files if file.lower().endswith(image_files)]
            if subset is not None:
                split = int(len(files) * transform.validation_split)
                files = files[:split] if subset == "validation" else files[split:]
            self.filepaths += files
            labels += [self.class_indices[name]] * len(files)
        self.classes = np.array(labels, dtype="int32")
        self.filenames = [os.path.relpath(path, directory) for path in self.filepaths]
        self.transform = transform
        self.target_size = target_size
        self.n, self.batch_size = len(self.filepaths), batch_size
        self.index = 0
        print(f"Found {self.n} images belonging to {len(classes)} classes.")

    def load(self, path):
        image = load_img(path, self.target_size)
        return self.transform(img_to_array(image))

    def batch(self, rows):
        x = np.stack([self.load(self.filepaths[row]) for row in rows])
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


def one_epoch(batches, steps=None, shuffle=False):
    """The batches of one epoch; where they are had by their index, in another order if shuffled."""
    order = torch.randperm(len(batches)).tolist() if shuffle else range(len(batches))
    return (batches[index] for index in order[:steps])


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


def fit(
    model,
    loss_fn,
    optimizer,
    batches,
    metrics=None,
    epochs=1,
    validation_data=None,
    steps_per_epoch=None,
    validation_steps=None,
):
    """Train; the mean values of each epoch by name."""
    history = {}
    for epoch in range(epochs):
        logs = run_epoch(model, loss_fn, one_epoch(batches, steps_per_epoch, True), optimizer, metrics)
        val_logs = run_epoch(model, loss_fn, one_epoch(validation_data, validation_steps), metrics=metrics)
        logs.update({"val_" + name: value for name, value in val_logs.items()})
        values = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
        print(f"Epoch {epoch + 1}/{epochs} - {values}")
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if steps_per_epoch and len(batches) < steps_per_epoch:
            print(f"There are only {len(batches)} batches: training ends")
            break
    return history


def evaluate(model, loss_fn, batches, metrics=None, steps=None):
    """The mean loss, and the metrics after it, over the data."""
    logs = run_epoch(model, loss_fn, one_epoch(batches, steps), metrics=metrics)
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


train_dir = 'data/train'
test_dir = 'data/test'
batch_size = 4
img_width, img_height = 12, 12

# Rescale all images by 1/255
train_datagen = ImageTransform(rescale=1./255, validation_split=0.3)
test_datagen = ImageTransform(rescale=1./255)

train_generator = DirectoryImages(train_datagen,
    train_dir,
    # All images are resized
    target_size=(img_height, img_width),
    batch_size=batch_size,
    shuffle=False,
    subset='training')
validation_generator = DirectoryImages(train_datagen, train_dir,
                                       target_size=(img_height, img_width),
                                       batch_size=batch_size,
                                       shuffle=False,
                                       subset='validation')
test_generator = DirectoryImages(test_datagen, test_dir,
                                 target_size=(img_height, img_width),
                                 batch_size=batch_size,
                                 shuffle=False)
print(train_generator.class_indices)
print('samples:', train_generator.n, validation_generator.n, 'batches:', len(train_generator))

for data_batch, labels_batch in train_generator:
    print('data batch shape:', data_batch.shape)
    print('labels batch shape:', labels_batch.shape)
    break
print('first pixels', train_generator[1][0][0, 0, :2], np.mean(next(test_generator)[0]))
test_generator.reset()

model = nn.Sequential(
    nn.Conv2d(3, 8, (3, 3)),
    nn.ReLU(),
    nn.MaxPool2d((2, 2)),
    nn.Flatten(),
    nn.Linear(200, 16),
    nn.ReLU(),
    nn.Dropout(0.3),
    nn.Linear(16, 3),
).to(device)
model.apply(init_weights)

loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
metrics = {"accuracy": categorical_accuracy}

history = fit(model, loss_fn, optimizer,
    train_generator,
    steps_per_epoch=train_generator.n // batch_size,
    epochs=3,
    validation_data=validation_generator,
    validation_steps=len(validation_generator), metrics=metrics)

acc = history['accuracy']
val_acc = history['val_accuracy']
epochs = range(len(acc))
plt.plot(epochs, acc, 'bo', label='Training acc')
plt.plot(epochs, val_acc, 'b', label='Validation acc')
plt.legend()

score = evaluate(model, loss_fn, test_generator, steps=len(test_generator), metrics=metrics)
print('Test loss:', score[0], 'Test accuracy:', score[1])

probabilities = predict(model, test_generator)
predicted = np.argmax(probabilities, axis=1)
labels = {number: name for name, number in test_generator.class_indices.items()}
print([labels[k] for k in predicted])
print('right:', np.sum(predicted == test_generator.classes), 'of', test_generator.n)
print(test_generator.filenames[:2])
