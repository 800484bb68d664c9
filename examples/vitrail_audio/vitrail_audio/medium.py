"""A sound as a value of a cell."""

import os
from pathlib import Path

import numpy as np

from vitrail import Medium
from vitrail.dtypes import List, Number, Struct, Text, optional
from vitrail.errors import Invalid, NotFound
from vitrail.media.content import Content
from vitrail_audio import sound

PEAKS = 240


class Audio(Medium):
    """A sound, kept as a WAV file with its spectrogram.

    Args:
        data_or_path: a WAV file's path or its bytes, which are kept as they are; or an array (frames,) or
            (frames, channels), kept with 16 bits: floats from -1 to 1, or 16-bit whole numbers.
        sample_rate: frames per second of an array.
        caption: a line of text.

    Raises:
        Invalid: no sound can be made of it; the message says why.
        NotFound: there is no such file.
    """

    kind = "audio"
    parts = (
        ("digest", Text()),
        ("format", Text()),
        ("rate", Number(integer=True, unit="Hz")),
        ("channels", Number(integer=True)),
        ("seconds", Number(integer=False, unit="s")),
        ("caption", optional(Text())),
        ("peaks", List(Number(integer=False))),
        ("spectrogram", Struct((("digest", Text()),))),
    )

    def __init__(self, data_or_path, sample_rate=None, caption=None):
        if isinstance(data_or_path, str | os.PathLike):
            content = _file(Path(data_or_path))
        elif isinstance(data_or_path, bytes):
            content = data_or_path
        else:
            content = sound.write_wave(*_checked(data_or_path, sample_rate))
        samples, rate = sound.read_wave(content)
        if not len(samples):
            raise Invalid("a sound has at least one sample, this one has none")
        file, picture = Content.of(content), Content.of(sound.spectrogram(samples))
        record = {
            "digest": file.digest,
            "format": "wav",
            "rate": rate,
            "channels": samples.shape[1],
            "seconds": len(samples) / rate,
            "caption": caption,
            "peaks": sound.peaks(samples, PEAKS),
            "spectrogram": {"digest": picture.digest},
        }
        super().__init__(record, file, picture)

    @property
    def sample_rate(self):
        """Frames per second."""
        return self.record()["rate"]

    def samples(self):
        """The sound: float32 (frames, channels) in [-1, 1]."""
        return sound.read_wave(self.read())[0]


def _file(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"no file {str(path)!r}") from None


def _checked(data, rate):
    """An array as (frames, channels) of floats in [-1, 1], and its rate."""
    samples = np.asarray(data)
    if not isinstance(rate, int) or rate <= 0:
        raise Invalid(f"an array of samples wants its sample_rate, a whole number of Hz, got {rate!r}")
    if samples.ndim not in {1, 2} or (samples.ndim == 2 and not 1 <= samples.shape[1] <= 32):
        raise Invalid(f"samples are (frames,) or (frames, channels), not {samples.shape}")
    if samples.dtype == np.int16:
        samples = samples / 32768
    elif samples.dtype.kind != "f":
        raise Invalid(f"samples are floats or 16-bit whole numbers, not {samples.dtype}")
    if samples.size and not np.abs(samples).max() <= 1:
        raise Invalid(f"samples lie from -1 to 1, these reach {np.abs(samples).max():g}")
    return (samples if samples.ndim == 2 else samples[:, None]), rate
