"""Images as TensorFlow's functions read and change them."""

import io

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image


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
