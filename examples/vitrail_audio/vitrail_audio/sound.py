"""Sounds as arrays: WAV files, peaks, spectrograms."""

import io
import wave

import numpy as np
import PIL.Image

from vitrail.errors import Invalid

COLUMNS = 600  # of a spectrogram, at most
BANDS = 128
_WINDOW = 1024
_FLOOR_DB = -80.0
# From silence to full, each step lighter than the one before.
_COLORS = np.array(
    [(13, 12, 38), (60, 20, 96), (128, 34, 110), (200, 62, 82), (244, 128, 48), (252, 240, 170)], float
)


def read_wave(content):
    """The samples of a WAV file.

    Returns:
        (samples, rate): float32 (frames, channels) in [-1, 1], and frames per second.

    Raises:
        Invalid: it is no WAV file of whole numbers of 8 to 32 bits.
    """
    try:
        with wave.open(io.BytesIO(content)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    except (wave.Error, EOFError) as error:
        raise Invalid(f"the sound is no WAV file of whole numbers: {error}") from None
    whole = data[: len(data) // (width * channels) * width * channels].reshape(-1, width)
    if width == 1:
        samples = whole[:, 0].astype(np.float32) / 128 - 1
    else:
        wide = np.zeros((len(whole), 4), np.uint8)
        wide[:, 4 - width :] = whole
        samples = wide.view("<i4")[:, 0].astype(np.float32) / 2**31
    return samples.reshape(-1, channels), rate


def write_wave(samples, rate):
    """A WAV file of 16 bits.

    Args:
        samples: (frames, channels) in [-1, 1].
        rate: frames per second.
    """
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return into.getvalue()


def peaks(samples, count):
    """How far the sound swings in each of some equal spans of time.

    Returns:
        at most `count` floats in [0, 1], rounded to 1/1000.
    """
    loud = np.abs(samples).max(axis=1)
    spans = np.array_split(loud, max(1, min(count, len(loud))))
    return [round(float(span.max()), 3) if len(span) else 0.0 for span in spans]


def spectrogram(samples):
    """The sound's frequencies over time.

    Returns:
        a PNG picture: time from left to right, frequencies from 0 at the bottom to half the rate at the
        top, decibels below the loudest as colour.
    """
    mono = np.pad(samples.mean(axis=1), _WINDOW // 2)
    starts = np.linspace(0, len(mono) - _WINDOW, min(COLUMNS, 1 + len(mono) // 64)).astype(int)
    windows = np.stack([mono[start : start + _WINDOW] for start in starts]) * np.hanning(_WINDOW)
    power = np.abs(np.fft.rfft(windows))[:, 1:] ** 2
    bands = power.reshape(len(starts), BANDS, -1).max(axis=2)
    decibels = 10 * np.log10(np.maximum(bands / max(bands.max(), 1e-12), 1e-12))
    level = np.clip(1 - decibels / _FLOOR_DB, 0, 1).T[::-1]
    steps = np.linspace(0, 1, len(_COLORS))
    colors = np.stack([np.interp(level, steps, channel) for channel in _COLORS.T], axis=2)
    into = io.BytesIO()
    PIL.Image.fromarray(colors.astype(np.uint8)).save(into, "PNG", optimize=True)
    return into.getvalue()
