#!/usr/bin/env python3
"""Remakes the demo: speaks scripts/*.txt with speech synthesisers, puts the voices on two telephone channels (agent left,
customer right) and writes audio/* and conversations.json.

Needs the Debian packages python3, sox, ffmpeg, flite, espeak-ng and, from non-free, libttspico-utils. Usage:
make.py [NAME...], where a name is the beginning of a script's; without one all are made.
It must not need anything at run time of Soundkeep: what it makes is committed.
"""

import array
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RATE = 8000

# Engine, its voice, pitch in cents, tempo. People keep their voice in all conversations.
VOICES = {
    "maya": ("flite", "slt", 0, 1.0),
    "ben": ("flite", "rms", 0, 1.0),
    "ben_de": ("pico", "de-DE", -430, 1.0),
    "aisha": ("pico", "en-GB", 0, 1.0),
    "callum": ("flite", "awb", 0, 1.05),
    "sofia": ("pico", "en-US", 0, 1.0),
    "daniel": ("flite", "rms", 180, 1.06),
    "greeting": ("pico", "en-US", -60, 1.05),
    "rebecca": ("flite", "slt", 60, 1.02),
    "graham": ("flite", "rms", -160, 0.98),
    "helen": ("pico", "en-GB", -120, 1.0),
    "alan": ("flite", "rms", -120, 1.02),
    "deborah": ("pico", "en-US", 130, 1.12),
    "martin": ("flite", "awb", -170, 1.0),
    "stranger": ("flite", "awb", 80, 1.08),
    "fiona": ("pico", "en-GB", 110, 1.04),
    "patricia": ("pico", "en-GB", -170, 0.94),
    "kevin": ("flite", "rms", 110, 1.06),
    "simon": ("flite", "rms", -90, 1.0),
    "angela": ("pico", "en-US", 60, 1.06),
    "katrin": ("pico", "de-DE", 40, 1.0),
    "jochen": ("espeak-ng", "de", 0, 1.0),
    "laura": ("pico", "en-GB", 60, 1.05),
    "nadia": ("pico", "en-US", -90, 1.03),
    "george": ("flite", "awb", -230, 0.93),
    "denise": ("pico", "en-US", 90, 1.12),
    "erik": ("flite", "rms", -210, 1.0),
    "joyce": ("pico", "en-GB", 170, 0.95),
}

# Frequencies in hertz of ringing tones by country code of the number that is called, and of the keys.
RINGING = {"+1": (440, 480), "+44": (400, 450), "+49": (425,)}
KEYS = {"1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "4": (770, 1209), "5": (770, 1336),
        "6": (770, 1477), "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "0": (941, 1336)}

ENCODERS = {
    "mulaw": ["-c:a", "pcm_mulaw"],
    "alaw": ["-c:a", "pcm_alaw"],
    "pcm": ["-c:a", "pcm_s16le"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "24k", "-joint_stereo", "0"],
    "opus": ["-c:a", "libopus", "-b:a", "19k", "-application", "voip", "-frame_duration", "60", "-apply_phase_inv", "0"],
    "flac": ["-c:a", "flac", "-compression_level", "12"],
}


def run(*command, **kwargs):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, **kwargs).stdout


def speak(voice, text, folder):
    """16-bit samples of a sentence in telephone quality, without silence around it."""
    engine, name, cents, tempo = VOICES[voice]
    raw = folder / "raw.wav"
    if engine == "flite":
        run("flite", "-voice", name, "-t", text, "-o", raw)
    elif engine == "pico":
        run("pico2wave", "-l", name, "-w", raw, text)
    else:
        run("espeak-ng", "-v", name, "-s", "150", "-w", raw, text)
    trim = ["silence", "1", "0.02", "0.3%", "reverse"]
    effects = ["pitch", cents] if cents else []
    effects += ["tempo", "-s", tempo] if tempo != 1.0 else []
    effects += ["sinc", "250-3500", *trim, *trim, "norm", "-5"]
    pcm = run("sox", "-V1", raw, "-r", RATE, "-c", "1", "-b", "16", "-e", "signed", "-t", "raw", "-", *effects)
    return array.array("h", pcm)


def tone(frequencies, seconds, level=0.12):
    count = int(seconds * RATE)
    edge = RATE // 200

    def sample(at):
        fade = min(1.0, at / edge, (count - at) / edge)
        wave = sum(math.sin(2 * math.pi * frequency * at / RATE) for frequency in frequencies) / len(frequencies)
        return int(32767 * level * fade * wave)

    return array.array("h", (sample(at) for at in range(count)))


def hold_music(seconds):
    """Slow broken chords, as patient as any."""
    chords = [(262, 330, 392, 523), (220, 262, 330, 440), (175, 220, 262, 349), (196, 247, 294, 392)]
    music = array.array("h", bytes(2 * int(seconds * RATE)))
    note = RATE // 4
    for number, start in enumerate(range(0, len(music), note)):
        chord = chords[number // 8 % 4]
        frequency = 2 * chord[(0, 1, 2, 3, 2, 1, 2, 1)[number % 8]]
        for at in range(min(3 * note, len(music) - start)):
            decay = math.exp(-at / (0.35 * RATE)) * min(1.0, at / 40)
            phase = 2 * math.pi * frequency * at / RATE
            music[start + at] += int(1900 * decay * (math.sin(phase) + 0.3 * math.sin(2 * phase)))
    return music


class Call:
    """Two channels that grow as the script is played."""

    def __init__(self, seed):
        self.channels = (array.array("h"), array.array("h"))
        self.random = random.Random(seed)
        self.now = int(0.4 * RATE)
        self.last = (0, 0)
        self.transcript = []

    def put(self, side, samples, start):
        channel = self.channels[side]
        channel.extend([0] * max(0, start + len(samples) - len(channel)))
        for at, sample in enumerate(samples, start):
            channel[at] = max(-32768, min(32767, channel[at] + sample))
        self.now = max(self.now, start + len(samples))

    def pause(self, seconds):
        self.now += int(seconds * RATE)

    def say(self, speaker, text, samples, interrupts):
        side = 0 if speaker == "agent" else 1
        start = self.now
        if interrupts:
            start = max(self.last[0] + RATE // 2, self.last[1] - int(0.9 * RATE))
        self.put(side, samples, start)
        self.last = (start, start + len(samples))
        self.transcript.append({
            "speaker": speaker, "from_ms": start * 1000 // RATE, "until_ms": (start + len(samples)) * 1000 // RATE,
            "text": text})
        self.pause(0.3 + 0.5 * self.random.random())

    def finish(self, quiet):
        length = self.now + RATE // 2
        for channel in self.channels:
            channel.extend([0] * (length - len(channel)))
            for at in range(length if not quiet else 0):
                channel[at] = max(-32768, min(32767, channel[at] + self.random.randint(-5, 5)))
        return self.channels


def perform(script, lines, folder):
    call = Call(script["file"])
    agent_voice, customer_voice = script["voices"].split(", ")
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "silence":
            call.pause(float(rest))
        elif word == "hold":
            call.put(0, hold_music(float(rest)), call.now)
            call.pause(0.6)
        elif word == "ring":
            code = next((code for code in RINGING if script["to"].startswith(code)), "+44")
            for _ in range(int(rest)):
                call.put(1, tone(RINGING[code], 1.0), call.now)
                call.pause(1.2)
        elif word == "dtmf":
            for key in rest:
                call.put(1, tone(KEYS[key], 0.12, 0.2), call.now)
                call.pause(0.15)
            call.pause(0.5)
        elif word == "beep":
            call.put(0, tone((1000,), 0.6), call.now)
            call.pause(0.5)
        else:
            speaker = word.rstrip(":").rstrip("+")
            voice = agent_voice if speaker == "agent" else customer_voice
            call.say(speaker, rest, speak(voice, rest, folder), word.endswith("+:"))
    return call


def encode(script, call, folder):
    left, right = call.finish(quiet=script["codec"] == "flac")
    mono = script.get("layout") == "mono"
    if mono:
        mixed = array.array("h", (max(-32768, min(32767, a + b)) for a, b in zip(left, right)))
    else:
        mixed = array.array("h", (sample for frame in zip(left, right) for sample in frame))
    raw = folder / "call.raw"
    raw.write_bytes(mixed.tobytes())
    target = HERE / "audio" / script["file"]
    target.parent.mkdir(exist_ok=True)
    run("ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "s16le", "-ar", RATE, "-ac", 1 if mono else 2, "-i", raw,
        "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", *ENCODERS[script["codec"]], target)
    return ["both"] if mono else ["agent", "customer"], len(left) * 1000 // RATE


def read(path):
    head, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
    script = {"notes": []}
    for line in head.splitlines():
        key, _, value = line.partition(":")
        if key == "note":
            author, _, text = value.partition("|")
            script["notes"].append({"author": author.strip(), "text": text.strip()})
        else:
            script[key] = value.strip()
    script.setdefault("codec", script["file"].rpartition(".")[2])
    return script, [line for line in body.splitlines() if line.strip()]


def entry(script, channels, duration_ms, transcript):
    number = lambda text: text.replace(" ", "") or None
    return {
        "file": "audio/" + script["file"], "codec": script["codec"], "language": script.get("language", "en"),
        "channels": channels, "duration_ms": duration_ms,
        "started": {"days_ago": int(script["days_ago"]), "time_of_day": script["time"]},
        "direction": script["direction"], "from_number": number(script["from"]), "to_number": number(script["to"]),
        "contact": script["contact"] or None, "agent": script["agent"] or None, "group": script["group"],
        "tags": script["tags"].split(", "), "notes": script["notes"], "transcript": transcript,
    }


def main(names):
    index = HERE / "conversations.json"
    known = {item["file"]: item for item in json.loads(index.read_text())} if index.exists() else {}
    made = []
    for path in sorted((HERE / "scripts").glob("*.txt")):
        script, lines = read(path)
        if names and not any(path.name.startswith(name) for name in names):
            made.append(known["audio/" + script["file"]])
            continue
        with tempfile.TemporaryDirectory() as folder:
            call = perform(script, lines, Path(folder))
            channels, duration_ms = encode(script, call, Path(folder))
        made.append(entry(script, channels, duration_ms, call.transcript))
        size = (HERE / "audio" / script["file"]).stat().st_size
        print(f"{script['file']:44} {duration_ms / 1000:6.1f} s {size / 1000:7.1f} kB")
    index.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
