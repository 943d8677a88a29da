"""Layers that change images (N, C, H, W) at random while a model trains."""

import torch
import torch.nn.functional as F
from torch import nn

AUGMENT_ONE = True  # some images are had one by one


@torch.no_grad()
def augment(model, images):
    """Images (N, H, W, C) as the model changes them in training."""
    images = torch.as_tensor(images, dtype=torch.float32)
    if AUGMENT_ONE and images.dim() == 3:
        return augment(model, images[None])[0]
    return model.train()(images.movedim(-1, 1)).movedim(1, -1)


def uniform(x, low, high):
    """A random number from low to high for each sample of x."""
    return low + (high - low) * torch.rand(len(x), device=x.device)


def warp(x, places, mode="", padding_mode="", fill_value=0.0):
    """Read images elsewhere: matrices (N, 2, 3), row by row, say where from each place (x, y, 1), from -1 to 1."""
    theta = torch.stack(places, -1).view(-1, 2, 3)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    if fill_value:
        x = x - fill_value
    x = F.grid_sample(x, grid, mode or "bilinear", padding_mode or "reflection", align_corners=False)
    return x + fill_value if fill_value else x


class RandomFlip(nn.Module):
    """Flip each image along each of these axes with an even chance."""

    def __init__(self, *dims):
        super().__init__()
        self.dims = dims

    def forward(self, x):
        if self.training:
            for dim in self.dims:
                flipped = torch.rand(len(x), 1, 1, 1, device=x.device) < 0.5
                x = torch.where(flipped, x.flip(dim), x)
        return x


class RandomRotation(nn.Module):
    """Turn each image by a random part of a full turn."""

    def __init__(self, low, high, mode="", padding_mode="", fill_value=0.0):
        super().__init__()
        self.low, self.high = low, high
        self.mode = mode
        self.padding_mode = padding_mode
        self.fill_value = fill_value

    def forward(self, x):
        if not self.training:
            return x
        angle = 2 * torch.pi * uniform(x, self.low, self.high)
        cos, sin, zero = angle.cos(), angle.sin(), torch.zeros_like(angle)
        aspect = x.shape[2] / x.shape[3]
        places = [cos, -sin * aspect, zero, sin / aspect, cos, zero]
        return warp(x, places, self.mode, self.padding_mode, self.fill_value)


class RandomZoom(nn.Module):
    """Zoom each image out (above 0) or in by random parts of its height and width, or the same part of both."""

    def __init__(self, height, width=None, mode="", padding_mode="", fill_value=0.0):
        super().__init__()
        self.height = height
        self.width = width
        self.mode = mode
        self.padding_mode = padding_mode
        self.fill_value = fill_value

    def forward(self, x):
        if not self.training:
            return x
        height = 1 + uniform(x, *self.height)
        width = height if self.width is None else 1 + uniform(x, *self.width)
        zero = torch.zeros_like(height)
        places = [width, zero, zero, zero, height, zero]
        return warp(x, places, self.mode, self.padding_mode, self.fill_value)


class RandomTranslation(nn.Module):
    """Move each image down and right by random parts of its height and width."""

    def __init__(self, height, width, mode="", padding_mode="", fill_value=0.0):
        super().__init__()
        self.height, self.width = height, width
        self.mode = mode
        self.padding_mode = padding_mode
        self.fill_value = fill_value

    def forward(self, x):
        if not self.training:
            return x
        down, right = uniform(x, *self.height), uniform(x, *self.width)
        zero, one = torch.zeros_like(down), torch.ones_like(down)
        places = [one, zero, -2 * right, zero, one, -2 * down]
        return warp(x, places, self.mode, self.padding_mode, self.fill_value)


class RandomBrightness(nn.Module):
    """Add a random part of the range of values to each image."""

    def __init__(self, low, high, value_range=(0, 255)):
        super().__init__()
        self.low, self.high = low, high
        self.value_range = value_range

    def forward(self, x):
        if not self.training:
            return x
        darkest, brightest = self.value_range
        change = (brightest - darkest) * uniform(x, self.low, self.high)
        return (x + change.view(-1, 1, 1, 1)).clamp(darkest, brightest)


class RandomContrast(nn.Module):
    """Scale how far pixels are from the mean of their channel by a random factor."""

    def __init__(self, low, high, value_range=(0, 255), per_image=False):
        super().__init__()
        self.low, self.high = low, high
        self.value_range = value_range
        self.per_image = per_image

    def forward(self, x):
        if not self.training:
            return x
        if self.per_image:
            factor = uniform(x, self.low, self.high).view(-1, 1, 1, 1)
        else:
            factor = uniform(x[:1], self.low, self.high)
        mean = x.mean((2, 3), keepdim=True)
        return ((x - mean) * factor + mean).clamp(*self.value_range)


class RandomCrop(nn.Module):
    """A random piece of images; in evaluation all of them, or their middle of the size `whole`, resized to it."""

    def __init__(self, height, width, whole=None):
        super().__init__()
        self.height, self.width = height, width
        self.whole = whole

    def forward(self, x):
        if self.training:
            top = torch.randint(x.shape[2] - self.height + 1, ())
            left = torch.randint(x.shape[3] - self.width + 1, ())
            return x[:, :, top : top + self.height, left : left + self.width]
        if self.whole is not None:
            height, width = self.whole
            top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
            x = x[:, :, top : top + height, left : left + width]
        return F.interpolate(x, (self.height, self.width), mode="bilinear")


class RandomStretch(nn.Module):
    """Stretch the height (dim 2) or width (3) of a batch of images by a random part."""

    def __init__(self, low, high, dim, mode="bilinear"):
        super().__init__()
        self.low, self.high = low, high
        self.dim = dim
        self.mode = mode

    def forward(self, x):
        if not self.training:
            return x
        size = list(x.shape[2:])
        size[self.dim - 2] = int(size[self.dim - 2] * (1 + uniform(x[:1], self.low, self.high)))
        return F.interpolate(x, size, mode=self.mode)
