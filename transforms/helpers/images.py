"""Images in batches, from arrays and folders, and what is done to each of them.

All random numbers come from NumPy, in the order in which Keras draws them: the same seed gives the same images.
Functions for single images stand in preprocessing.py.
"""

import math
import os

import numpy as np
from PIL import ImageEnhance
from preprocessing import array_to_img, img_to_array, load_img, save_img
from scipy.ndimage import affine_transform

RANDOM_IMAGES = True  # some transform is random
AFFINE_IMAGES = True  # ... and moves pixels
SHIFTED_IMAGES = True  # ... by a shift
ZOOM_PAIRS = False  # zoom_range is a pair of limits, not a distance from 1
SHIFT_SHARES = False  # all shifts are shares of the size, by floats below 1
FITTED_IMAGES = True  # some transform is fitted
AUGMENTED_FIT = False  # ... to images after random changes
MEASURED_IMAGES = False  # ... or to all that they have in common
IMAGE_FUNCTION = True  # some transform has a preprocessing_function
IMAGES_SHUFFLED = True  # some images are shuffled
IMAGES_UNSHUFFLED = True  # some are not
IMAGES_SEEDED = True  # some have a seed
IMAGES_NEXT = True  # some are had by next() or iteration
IMAGES_RESET = True  # ... and start again
IMAGE_NAMES = True  # something reads the names of files
IMAGES_SAVED = True  # some are saved
IMAGES_LABELLED = True  # some have targets
IMAGES_UNLABELLED = True  # some have none
IMAGES_WEIGHTED = True  # some have sample_weight
SUBSETS = True  # some are split
FRAME_ONE_HOT = True  # images that a table names come with one-hot rows
FRAME_NUMBERS = False  # ... with numbers of classes
FRAME_RAW = False  # ... with the table's own numbers
ONE_HOT_CLASSES = True  # images of folders come with one-hot rows
NUMBERED_CLASSES = True  # ... with numbers
INPUT_CLASSES = True  # ... with themselves
NO_CLASSES = True  # ... alone

image_files = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")


def random_shift(limit, size):
    """A shift by a share of the size, by so many pixels, or by one of several numbers."""
    if isinstance(limit, float):
        shift = np.random.uniform(-limit, limit)
    else:
        shift = np.random.choice(limit) * np.random.choice([-1, 1])
    return shift * size if np.max(limit) < 1 else shift


def change_brightness(x, factor):
    """An image made brighter or darker; values beyond 0 to 255 are stretched to that for it."""
    low, high = x.min(), x.max()
    stretched = low < 0 or high > 255
    x = img_to_array(ImageEnhance.Brightness(array_to_img(x, stretched)).enhance(factor))
    return x / 255 * (high - low) + low if stretched else x


class ImageTransform:
    """What is done to each image, an array of floats (H, W, channels)."""

    def __init__(
        self,
        featurewise_center=False,
        samplewise_center=False,
        featurewise_std_normalization=False,
        samplewise_std_normalization=False,
        zca_whitening=False,
        zca_epsilon=1e-6,
        rotation_range=0,
        width_shift_range=0.0,
        height_shift_range=0.0,
        brightness_range=None,
        shear_range=0.0,
        zoom_range=0.0,
        channel_shift_range=0.0,
        fill_mode="nearest",
        cval=0.0,
        horizontal_flip=False,
        vertical_flip=False,
        rescale=None,
        preprocessing_function=None,
        validation_split=0.0,
        interpolation_order=1,
    ):
        self.featurewise_center = featurewise_center
        self.samplewise_center = samplewise_center
        self.featurewise_std_normalization = featurewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening = zca_whitening
        self.zca_epsilon = zca_epsilon
        self.rotation_range = rotation_range
        self.width_shift_range = width_shift_range
        self.height_shift_range = height_shift_range
        self.brightness_range = brightness_range
        self.shear_range = shear_range
        self.zoom_range = zoom_range
        self.channel_shift_range = channel_shift_range
        self.fill_mode = fill_mode
        self.cval = cval
        self.horizontal_flip = horizontal_flip
        self.vertical_flip = vertical_flip
        self.rescale = rescale
        self.preprocessing_function = preprocessing_function
        self.validation_split = validation_split
        self.interpolation_order = interpolation_order

    if AUGMENTED_FIT:

        def fit(self, x, augment=False, rounds=1, seed=None):
            """Measure the images, or several random changes of each, for what is done featurewise."""
            if seed is not None:
                np.random.seed(seed)
            x = np.array(x, dtype="float32")
            if self.rescale:
                x *= self.rescale
            if augment:
                x = np.stack([self.vary(image) for _ in range(rounds) for image in x]).astype("float32")
            self.measure(x)

    elif FITTED_IMAGES:

        def fit(self, x):
            """Measure the images for what is done featurewise."""
            x = np.array(x, dtype="float32")
            if self.rescale:
                x *= self.rescale
            if MEASURED_IMAGES:
                self.measure(x)
            else:
                self.mean = x.mean(axis=(0, 1, 2))
                if self.featurewise_std_normalization:
                    self.std = (x - self.mean).std(axis=(0, 1, 2))

    if MEASURED_IMAGES:

        def measure(self, x):
            self.mean = x.mean(axis=(0, 1, 2))
            x = x - self.mean
            if self.zca_whitening:
                u, s, _ = np.linalg.svd(x.reshape(len(x), -1).T, full_matrices=False)
                self.whitening = (u * (np.sqrt(len(x)) / (s + self.zca_epsilon))) @ u.T
            elif self.featurewise_std_normalization:
                self.std = x.std(axis=(0, 1, 2))

    def __call__(self, x):
        if RANDOM_IMAGES:
            x = self.vary(x)
        if self.preprocessing_function is not None:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center or self.samplewise_std_normalization:
            x = x - x.mean()
        if self.samplewise_std_normalization:
            x = x / (x.std() + 1e-6)
        if self.featurewise_center or self.featurewise_std_normalization or self.zca_whitening:
            x = x - self.mean
        if self.zca_whitening:
            x = (x.reshape(1, -1) @ self.whitening).reshape(x.shape).astype("float32")
        elif self.featurewise_std_normalization:
            x = x / (self.std + 1e-6)
        return x

    if RANDOM_IMAGES:

        def vary(self, x):
            """The image after random changes."""
            if AFFINE_IMAGES:
                matrix = np.eye(3)
            if self.rotation_range:
                angle = np.deg2rad(np.random.uniform(-self.rotation_range, self.rotation_range))
                matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
            if SHIFTED_IMAGES:
                shift = np.eye(3)
            if self.height_shift_range:
                if SHIFT_SHARES:
                    share = np.random.uniform(-self.height_shift_range, self.height_shift_range)
                    shift[0, 2] = share * x.shape[0]
                else:
                    shift[0, 2] = random_shift(self.height_shift_range, x.shape[0])
            if self.width_shift_range:
                if SHIFT_SHARES:
                    share = np.random.uniform(-self.width_shift_range, self.width_shift_range)
                    shift[1, 2] = share * x.shape[1]
                else:
                    shift[1, 2] = random_shift(self.width_shift_range, x.shape[1])
            if SHIFTED_IMAGES:
                matrix = matrix @ shift
            if self.shear_range:
                angle = np.deg2rad(np.random.uniform(-self.shear_range, self.shear_range))
                matrix = matrix @ [[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]]
            if self.zoom_range:
                if ZOOM_PAIRS:
                    zoom = np.random.uniform(*self.zoom_range, 2)
                else:
                    zoom = np.random.uniform(1 - self.zoom_range, 1 + self.zoom_range, 2)
                matrix = matrix @ np.diag([*zoom, 1])
            mirror, turn = np.random.random(2) < 0.5
            if AFFINE_IMAGES and not (matrix == np.eye(3)).all():
                x = self.warp(x, matrix)
            if self.channel_shift_range:
                shift = np.random.uniform(-self.channel_shift_range, self.channel_shift_range)
                x = np.clip(x + shift, x.min(), x.max())
            if self.horizontal_flip and mirror:
                x = x[:, ::-1]
            if self.vertical_flip and turn:
                x = x[::-1]
            if self.brightness_range is not None:
                x = change_brightness(x, np.random.uniform(*self.brightness_range))
            return x

    if AFFINE_IMAGES:

        def warp(self, x, matrix):
            """The image moved by a matrix around its centre."""
            centre = np.array(x.shape[:2]) / 2 - 0.5
            turned = matrix[1::-1, 1::-1]
            offset = (matrix[:2, 2] + centre)[::-1] - turned @ centre[::-1]
            warped = np.empty_like(x)
            for channel in range(x.shape[2]):
                affine_transform(
                    x[:, :, channel],
                    turned,
                    offset,
                    output=warped[:, :, channel],
                    order=self.interpolation_order,
                    mode=self.fill_mode,
                    cval=self.cval,
                )
            return warped


class ImageBatches:
    """Batches of images by their index, each pass in a new order where they are shuffled."""

    def __len__(self):
        return math.ceil(self.n / self.batch_size)

    if IMAGES_SHUFFLED:

        def on_epoch_end(self):
            if IMAGES_UNSHUFFLED:
                self.order = np.random.permutation(self.n) if self.shuffle else np.arange(self.n)
            else:
                self.order = np.random.permutation(self.n)

    def __getitem__(self, index):
        if IMAGES_SEEDED and self.seed is not None:
            np.random.seed(self.seed + self.seen)
            self.seen += 1
        if IMAGES_SHUFFLED:
            if self.order is None:
                self.on_epoch_end()
            return self.batch(self.order[index * self.batch_size : (index + 1) * self.batch_size])
        else:
            return self.batch(range(self.n)[index * self.batch_size : (index + 1) * self.batch_size])

    if IMAGES_NEXT:

        def __iter__(self):
            return self

        def __next__(self):
            index, self.index = self.index, (self.index + 1) % len(self)
            if IMAGES_SHUFFLED and index == 0:
                self.order = None
            return self[index]

    if IMAGES_RESET:

        def reset(self):
            self.index = 0

    if IMAGES_SAVED:

        def save(self, rows, x):
            for row, image in zip(rows, x):
                number = np.random.randint(self.numbers)
                save_img(
                    os.path.join(self.save_to_dir, f"{self.save_prefix}_{row}_{number}.{self.save_format}"),
                    image,
                )


class ArrayImages(ImageBatches):
    """Batches of transformed images from an array, with their targets."""

    def __init__(
        self,
        transform,
        x,
        y=None,
        batch_size=32,
        shuffle=True,
        sample_weight=None,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
    ):
        if SUBSETS and subset is not None:
            part = slice(int(len(x) * transform.validation_split))
            if subset == "training":
                part = slice(part.stop, None)
            x, y = x[part], None if y is None else y[part]
        self.transform = transform
        self.x = np.asarray(x, dtype="float32")
        if IMAGES_LABELLED and IMAGES_UNLABELLED:
            self.y = None if y is None else np.asarray(y)
        elif IMAGES_LABELLED:
            self.y = np.asarray(y)
        if IMAGES_WEIGHTED:
            self.sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        self.n, self.batch_size = len(self.x), batch_size
        if IMAGES_SHUFFLED and IMAGES_UNSHUFFLED:
            self.shuffle, self.order = shuffle, None
        elif IMAGES_SHUFFLED:
            self.order = None
        if IMAGES_SEEDED:
            self.seed, self.seen = seed, 0
        if IMAGES_NEXT:
            self.index = 0
        if IMAGES_SAVED:
            self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
            self.numbers = 10000

    def batch(self, rows):
        if IMAGE_FUNCTION:
            x = np.stack([self.transform(self.x[row].copy()) for row in rows]).astype("float32")
        else:
            x = np.stack([self.transform(self.x[row]) for row in rows])
        if IMAGES_SAVED and self.save_to_dir:
            self.save(rows, x)
        if IMAGES_WEIGHTED and self.sample_weight is not None:
            return x, self.y[rows], self.sample_weight[rows]
        elif IMAGES_LABELLED and IMAGES_UNLABELLED:
            return x if self.y is None else (x, self.y[rows])
        else:
            return (x, self.y[rows]) if IMAGES_LABELLED else x


class DirectoryImages(ImageBatches):
    """Batches of transformed images from folders, one folder a class."""

    def __init__(
        self,
        transform,
        directory,
        target_size=(256, 256),
        color_mode=None,
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        follow_links=False,
        subset=None,
        interpolation=None,
    ):
        if not classes:
            classes = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())
        self.class_indices = {name: number for number, name in enumerate(classes)}
        self.filepaths, labels = [], []
        for name in classes:
            folders = sorted(os.walk(os.path.join(directory, name), followlinks=follow_links))
            files = [os.path.join(folder, file) for folder, _, names in folders for file in sorted(names)]
            files = [file for file in files if file.lower().endswith(image_files)]
            if SUBSETS and subset is not None:
                split = int(len(files) * transform.validation_split)
                files = files[:split] if subset == "validation" else files[split:]
            self.filepaths += files
            labels += [self.class_indices[name]] * len(files)
        self.classes = np.array(labels, dtype="int32")
        if IMAGE_NAMES:
            self.filenames = [os.path.relpath(path, directory) for path in self.filepaths]
        self.transform = transform
        self.target_size = target_size
        self.color_mode = color_mode
        self.interpolation = interpolation
        self.class_mode = class_mode
        self.n, self.batch_size = len(self.filepaths), batch_size
        if IMAGES_SHUFFLED and IMAGES_UNSHUFFLED:
            self.shuffle, self.order = shuffle, None
        elif IMAGES_SHUFFLED:
            self.order = None
        if IMAGES_SEEDED:
            self.seed, self.seen = seed, 0
        if IMAGES_NEXT:
            self.index = 0
        if IMAGES_SAVED:
            self.save_to_dir, self.save_prefix, self.save_format = save_to_dir, save_prefix, save_format
            self.numbers = 10000000
        print(f"Found {self.n} images belonging to {len(classes)} classes.")

    def load(self, path):
        image = load_img(path, self.color_mode, self.target_size, self.interpolation)
        return self.transform(img_to_array(image))

    def batch(self, rows):
        if IMAGE_FUNCTION:
            x = np.stack([self.load(self.filepaths[row]) for row in rows]).astype("float32")
        else:
            x = np.stack([self.load(self.filepaths[row]) for row in rows])
        if IMAGES_SAVED and self.save_to_dir:
            self.save(rows, x)
        if NO_CLASSES and (ONE_HOT_CLASSES or NUMBERED_CLASSES or INPUT_CLASSES) and self.class_mode is None:
            return x
        if INPUT_CLASSES and (ONE_HOT_CLASSES or NUMBERED_CLASSES) and self.class_mode == "input":
            return x, x.copy()
        if ONE_HOT_CLASSES and NUMBERED_CLASSES and self.class_mode == "categorical":
            return x, np.eye(len(self.class_indices), dtype="float32")[self.classes[rows]]
        if NUMBERED_CLASSES:
            return x, self.classes[rows].astype("float32")
        elif ONE_HOT_CLASSES:
            return x, np.eye(len(self.class_indices), dtype="float32")[self.classes[rows]]
        elif INPUT_CLASSES:
            return x, x.copy()
        else:
            return x


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
        if FRAME_ONE_HOT or FRAME_NUMBERS:
            self.class_indices = {name: number for number, name in enumerate(sorted(set(dataframe[y_col])))}
        if SUBSETS and subset is not None:
            split = int(transform.validation_split * len(dataframe))
            dataframe = dataframe[:split] if subset == "validation" else dataframe[split:]
        self.filepaths = [os.path.join(directory, name) for name in dataframe[x_col]]
        if FRAME_ONE_HOT or FRAME_NUMBERS:
            self.classes = np.array([self.class_indices[name] for name in dataframe[y_col]])
        elif FRAME_RAW:
            self.targets = dataframe[y_col].values
        self.transform = transform
        self.target_size = target_size
        self.n, self.batch_size = len(self.filepaths), batch_size
        if IMAGES_SHUFFLED and IMAGES_UNSHUFFLED:
            self.shuffle, self.order = shuffle, None
        elif IMAGES_SHUFFLED:
            self.order = None
        if IMAGES_SEEDED:
            self.seed, self.seen = seed, 0
        if IMAGES_NEXT:
            self.index = 0
        print(f"Found {self.n} image files.")

    def batch(self, rows):
        images = (img_to_array(load_img(self.filepaths[row], target_size=self.target_size)) for row in rows)
        x = np.stack([self.transform(image) for image in images]).astype("float32")
        if FRAME_ONE_HOT:
            return x, np.eye(len(self.class_indices), dtype="float32")[self.classes[rows]]
        elif FRAME_NUMBERS:
            return x, self.classes[rows].astype("float32")
        elif FRAME_RAW:
            return x, self.targets[rows]
        else:
            return x
