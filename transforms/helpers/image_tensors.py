"""Images (..., H, W, channels) as TensorFlow's functions change them, as tensors."""

import torch
import torch.nn.functional as F


def resize_image(images, size, mode="bilinear"):
    """Images in another size; the nearest cells keep their data type."""
    batch = images.reshape(-1, *images.shape[-3:]).permute(0, 3, 1, 2)
    resized = F.interpolate(batch.float(), tuple(size), mode=mode).permute(0, 2, 3, 1)
    resized = resized.reshape(*images.shape[:-3], *resized.shape[1:])
    return resized.to(images.dtype) if mode == "nearest-exact" else resized


def resize_by_kernel(images, size, method, antialias=False):
    """Images in another size, each cell a mean of those around it by the weights of a kernel."""
    x = images.float()
    for axis, n_out in zip((-3, -2), size):
        weights = resize_weights(x.shape[axis], n_out, method, antialias)
        x = torch.movedim(torch.tensordot(x, weights, ([axis % x.dim()], [1])), -1, axis)
    return x


def resize_weights(n_in, n_out, method, antialias=False):
    """What each of n_out cells takes of each of n_in cells, (n_out, n_in)."""
    scale = n_in / n_out
    cells = torch.arange(n_in, dtype=torch.float64)
    out = torch.arange(n_out, dtype=torch.float64)[:, None]
    if method == "area":
        overlap = torch.minimum(cells + 1, (out + 1) * scale) - torch.maximum(cells, out * scale)
        return (overlap.clamp(min=0) / scale).float()
    x = cells + 0.5 - (out + 0.5) * scale
    if method == "bicubic" and not antialias:
        x = torch.floor(x) + (1024 * (x - torch.floor(x))).round() / 1024  # TensorFlow looks it up in a table
    x = x.abs() / (max(scale, 1) if antialias else 1)
    if method == "bilinear":
        weights = (1 - x).clamp(min=0)
    elif method == "bicubic":
        weights = torch.where(x < 1, (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2) * (
            x < 2
        )
    elif method == "mitchellcubic":
        near = (7 / 6 * x - 2) * x * x + 8 / 9
        weights = torch.where(x < 1, near, ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9) * (x < 2)
    elif method == "gaussian":
        weights = torch.exp(-2 * x * x) * (x < 1.5)
    else:
        radius = 3 if method == "lanczos3" else 5
        weights = torch.sinc(x) * torch.sinc(x / radius) * (x < radius)
    return (weights / weights.sum(1, keepdim=True)).float()


def image_floats(images):
    """Images as floats: whole numbers become parts of their largest."""
    return images if images.is_floating_point() else images.float() / torch.iinfo(images.dtype).max


def image_dtype(images, dtype):
    """Floats from 0 to 1 as images of a data type."""
    if dtype.is_floating_point:
        return images.to(dtype)
    largest = torch.iinfo(dtype).max
    return (images * (largest + 0.5)).clamp(0, largest).to(dtype)


def rgb_to_grayscale(images):
    """Images of one channel."""
    gray = (image_floats(images) * torch.tensor([0.2989, 0.587, 0.114])).sum(-1, keepdim=True)
    return image_dtype(gray, images.dtype)


def grayscale_to_rgb(images):
    """The one channel three times."""
    return torch.cat([images] * 3, -1)


def per_image_standardization(images):
    """Each image with a mean of 0 and a variance of 1."""
    x = images.float()
    mean = x.mean((-3, -2, -1), keepdim=True)
    std = x.std((-3, -2, -1), correction=0, keepdim=True)
    return (x - mean) / std.clamp(min=x.shape[-3:].numel() ** -0.5)


def central_crop(images, central_fraction):
    """The middle of images."""
    height, width = images.shape[-3:-1]
    top, left = (int((size - size * central_fraction) / 2) for size in (height, width))
    return images[..., top : height - top, left : width - left, :]


def crop_to_bounding_box(images, offset_height, offset_width, target_height, target_width):
    """A piece of images."""
    rows = slice(offset_height, offset_height + target_height)
    return images[..., rows, offset_width : offset_width + target_width, :]


def pad_to_bounding_box(images, offset_height, offset_width, target_height, target_width):
    """Images on a larger one of zeros."""
    height, width = images.shape[-3:-1]
    right, bottom = target_width - offset_width - width, target_height - offset_height - height
    return F.pad(images, (0, 0, offset_width, right, offset_height, bottom))


def resize_with_crop_or_pad(images, target_height, target_width):
    """The middle of images, with zeros around it where they are smaller."""
    height, width = images.shape[-3:-1]
    top, left = max((height - target_height) // 2, 0), max((width - target_width) // 2, 0)
    x = images[..., top : top + target_height, left : left + target_width, :]
    rows, columns = target_height - x.shape[-3], target_width - x.shape[-2]
    return F.pad(x, (0, 0, columns // 2, columns - columns // 2, rows // 2, rows - rows // 2))


def resize_with_pad(images, target_height, target_width, mode="bilinear"):
    """Images resized to fit, with zeros around them."""
    height, width = images.shape[-3:-1]
    ratio = max(width / target_width, height / target_height)
    rows, columns = height / ratio, width / ratio
    x = resize_image(images, (int(rows), int(columns)), mode)
    top, left = int((target_height - rows) / 2), int((target_width - columns) / 2)
    bottom, right = target_height - top - int(rows), target_width - left - int(columns)
    return F.pad(x, (0, 0, left, right, top, bottom))


def adjust_brightness(images, delta):
    """Images with a number added, of the range from 0 to 1."""
    return image_dtype(image_floats(images) + delta, images.dtype)


def adjust_contrast(images, contrast_factor):
    """Images further from or nearer to the mean of each channel."""
    x = image_floats(images)
    mean = x.mean((-3, -2), keepdim=True)
    return image_dtype((x - mean) * contrast_factor + mean, images.dtype)


def adjust_gamma(images, gamma=1, gain=1):
    """Images to a power."""
    return image_dtype(gain * image_floats(images) ** gamma, images.dtype)


def hue_and_chroma(images):
    """Each colour as its hue, from 0 to 6, its largest channel and the range of its channels."""
    low, high = images.amin(-1), images.amax(-1)
    red, green, blue = images.unbind(-1)
    chroma = high - low
    safe = torch.where(chroma > 0, chroma, 1)
    hue = torch.where(
        high == red,
        (green - blue) / safe,
        torch.where(high == green, 2 + (blue - red) / safe, 4 + (red - green) / safe),
    )
    return torch.where(chroma > 0, hue % 6, 0), high, chroma


def from_hue(hue, high, chroma):
    """Colours from their hue, largest channel and range of channels."""
    parts = [((hue + shift) % 6 - 3).abs() - 1 for shift in (0, 4, 2)]
    return torch.stack([high - chroma * (1 - part.clamp(0, 1)) for part in parts], -1)


def adjust_saturation(images, saturation_factor):
    """Images of stronger or weaker colours."""
    hue, high, chroma = hue_and_chroma(image_floats(images))
    return image_dtype(from_hue(hue, high, torch.minimum(chroma * saturation_factor, high)), images.dtype)


def adjust_hue(images, delta):
    """Images with their colours turned by a part of a circle."""
    hue, high, chroma = hue_and_chroma(image_floats(images))
    return image_dtype(from_hue(hue + 6 * delta, high, chroma), images.dtype)


def random_flip(images, axis):
    """Each image turned around along an axis, with an even chance."""
    if images.dim() == 3:
        return images.flip(axis) if torch.rand(()) < 0.5 else images
    return torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(axis), images)


def random_crop(images, size):
    """A random piece."""
    starts = [int(torch.randint(whole - part + 1, ())) for whole, part in zip(images.shape, size)]
    return images[tuple(slice(start, start + part) for start, part in zip(starts, size))]


def random_uniform(low, high):
    """A random number from low to high."""
    return low + (high - low) * torch.rand(())
