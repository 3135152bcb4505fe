"""A picture and a voice that a test can recognise: a colour with a moving bar, a tone in syllables."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FPS, SECONDS = 640, 360, 15, 4
RATE = 48_000


@dataclass(frozen=True)
class Likeness:
    name: str
    yuv: tuple[int, int, int]
    rgb: tuple[int, int, int]
    tone_hz: int


MEDIATOR = Likeness("mediator", (90, 190, 90), (25, 93, 211), 440)
APPLICANT = Likeness("applicant", (110, 90, 200), (224, 66, 33), 740)
RESPONDENT = Likeness("respondent", (140, 80, 80), (68, 202, 48), 1180)


def make_picture(likeness: Likeness, path: Path) -> Path:
    luma, blue, red = likeness.yuv
    chroma = np.full((HEIGHT // 2, WIDTH // 2), blue, np.uint8).tobytes()
    chroma += np.full((HEIGHT // 2, WIDTH // 2), red, np.uint8).tobytes()
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420\n".encode())
        for frame in range(FPS * SECONDS):
            picture = np.full((HEIGHT, WIDTH), luma, np.uint8)
            left = frame * (WIDTH - 40) // (FPS * SECONDS)
            picture[: HEIGHT // 8, left : left + 40] = 235
            file.write(b"FRAME\n" + picture.tobytes() + chroma)
    return path


def make_voice(likeness: Likeness, path: Path) -> Path:
    time = np.arange(RATE * 6) / RATE
    syllables = ((time % 0.4) < 0.25) * np.clip(np.minimum((time % 0.4) / 0.02, (0.25 - time % 0.4) / 0.02), 0, 1)
    voice = np.sin(2 * np.pi * likeness.tone_hz * time) + 0.3 * np.sin(4 * np.pi * likeness.tone_hz * time)
    samples = (voice * syllables * 0.5 * 32_000 / 1.3).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path
