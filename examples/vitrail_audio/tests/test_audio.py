"""A sound is logged, stored, read and drawn, and is the same again."""

import numpy as np
import pytest
from vitrail_audio import Audio, sound
from vitrail_audio.pane import Options, Waves

import vitrail as vt
from vitrail.errors import Invalid, NotFound
from vitrail.registry import Registry
from vitrail.testing import MemoryFrame, VisualizerContract

RATE = 8_000
TONE = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE)


class TestWaves(VisualizerContract):
    visualizer = Waves
    settings = ({"cell": "spectrogram", "spectrogram": False},)


def drawn(part, **settings):
    made = Waves()
    made.options = Options(**settings)
    record = Audio(TONE, RATE, caption="<a> tone").record()
    return getattr(made, part)(record, Audio(TONE, RATE).dtype, MemoryFrame(Registry()))


def test_the_face_has_it():
    assert vt.Audio is Audio


def test_a_logged_sound_is_read_back_in_a_table_and_alone(tmp_path):
    tone, stereo = Audio(TONE, RATE, caption="la"), Audio(np.stack([TONE, -TONE], axis=1), RATE)
    with vt.init(project="p", job_type="record", store=tmp_path) as run:
        artifact = vt.Artifact("sounds", "dataset")
        table = vt.Table(["name", "sound"], data=[["tone", tone], ["stereo", stereo], ["none", None]])
        artifact.add(table, "sounds")
        artifact.add(tone, "tone")
        run.log_artifact(artifact)
    found = vt.Api(store=tmp_path).artifact("sounds:latest")
    assert found.get("tone") == tone
    again = found.get("sounds")
    assert [row[1] for row in again.data] == [tone, stereo, None]
    assert type(again.data[0][1]) is Audio
    assert np.abs(again.data[0][1].samples()[:, 0] - TONE).max() < 1e-4
    assert again.data[1][1].samples().shape == (RATE, 2)
    two = again.query("{$gte: ['$sound.channels', 2]}")
    assert [row[0] for row in two.data] == ["stereo"]
    with vt.init(project="p", job_type="filter", store=tmp_path) as run:
        fewer = vt.Artifact("fewer", "dataset")
        fewer.add(two, "sounds")
        run.log_artifact(fewer)
    kept = vt.Api(store=tmp_path).artifact("fewer:latest").get("sounds").data[0][1]
    assert kept == stereo
    assert kept.read() == stereo.read()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_wav_files_of_every_width_are_read(width, tmp_path):
    import wave

    path = tmp_path / "tone.wav"
    high = (TONE * (2 ** (8 * width - 1) - 1)).astype(np.int64) + (128 if width == 1 else 0)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(width)
        file.setframerate(RATE)
        data = high.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width]
        file.writeframes(data.tobytes())
    assert np.abs(Audio(path).samples()[:, 0] - TONE).max() < 2 / 2 ** (8 * width - 1) + 1e-6


def test_the_spectrogram_of_a_tone_is_a_line_at_its_height():
    import io

    import PIL.Image

    picture = np.asarray(PIL.Image.open(io.BytesIO(sound.spectrogram(TONE[:, None])))).sum(axis=2)
    height = picture[:, picture.shape[1] // 2].argmax()
    assert height == pytest.approx(sound.BANDS * (1 - 1_000 / (RATE / 2)), abs=1)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((TONE,), "wants its sample_rate"),
        ((TONE * 3, RATE), "from -1 to 1"),
        ((np.zeros((2, 2, 2)), RATE), "not \\(2, 2, 2\\)"),
        ((np.array(["a"]), RATE), "not <U1"),
        ((np.zeros(0), RATE), "at least one sample"),
        ((b"RIFF",), "no WAV file"),
    ],
)
def test_what_is_no_sound_is_refused(given, said):
    with pytest.raises(Invalid, match=said):
        Audio(*given)


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(NotFound, match=r"nowhere\.wav"):
        Audio("nowhere.wav")


def test_a_cell_is_a_waveform_or_a_spectrogram():
    assert drawn("cell").startswith("<svg")
    assert "1 s of sound" in drawn("cell")
    assert drawn("cell", cell="spectrogram").startswith("<img")


def test_a_pane_has_a_player_and_the_spectrogram():
    assert "<audio controls" in drawn("pane")
    assert "&lt;a&gt; tone" in drawn("pane")
    assert "<img" in drawn("pane")
    assert "<img" not in drawn("pane", spectrogram=False)
