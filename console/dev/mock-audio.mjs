/**
 * Synthesised two-sided telephone talk for the mock server: WAV bytes, peaks and speech intervals.
 * It knows nothing of HTTP. Nothing here is shipped.
 */
const RATE = 8000;
const POINTS_PER_SECOND = 50;

/** A small deterministic random generator (mulberry32), so that screenshots stay the same. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Turns of two speakers with pauses, a hold and some cross-talk, in milliseconds. */
function turns(durationMs, random) {
  const sides = [[], []];
  let at = 600 + random() * 900;
  let side = 0;
  while (at < durationMs - 1500) {
    const length = Math.min(1800 + random() * random() * 11000, durationMs - 500 - at);
    sides[side].push([Math.round(at), Math.round(at + length)]);
    if (random() < 0.18) {
      const from = at + length * 0.6;
      sides[1 - side].push([Math.round(from), Math.round(Math.min(from + 900, durationMs - 400))]);
    }
    const hold = random() < 0.06 && durationMs > 60_000;
    at += length + (hold ? 9000 + random() * 14000 : 120 + random() * 700);
    if (random() < 0.8) side = 1 - side;
  }
  return sides.map((list) =>
    list
      .sort((a, b) => a[0] - b[0])
      .reduce((merged, turn) => {
        const last = merged.at(-1);
        if (last && turn[0] <= last[1] + 200) last[1] = Math.max(last[1], turn[1]);
        else merged.push([...turn]);
        return merged;
      }, []),
  );
}

function voice(samples, intervals, pitch, random) {
  for (const [from, until] of intervals) {
    const start = Math.floor((from * RATE) / 1000);
    const end = Math.min(samples.length, Math.floor((until * RATE) / 1000));
    let syllable = start;
    while (syllable < end) {
      const length = Math.floor(RATE * (0.09 + random() * 0.2));
      const loud = 0.25 + random() * random() * 0.65;
      const f0 = pitch * (0.88 + random() * 0.28);
      const formant = 500 + random() * 1400;
      for (let i = 0; i < length && syllable + i < end; i++) {
        const t = i / RATE;
        const envelope = Math.sin((Math.PI * i) / length) ** 0.7;
        const tone =
          Math.sin(2 * Math.PI * f0 * t) * 0.6 +
          Math.sin(2 * Math.PI * f0 * 2 * t) * 0.25 +
          Math.sin(2 * Math.PI * formant * t) * 0.18;
        samples[syllable + i] += envelope * loud * tone;
      }
      syllable += length + Math.floor(RATE * random() * 0.07);
    }
  }
}

export function synthesise(seed, durationMs, channels = 2) {
  const random = randomFrom(seed);
  const speech = turns(durationMs, random).slice(0, 2);
  const total = Math.floor((durationMs * RATE) / 1000);
  const sides = [new Float32Array(total), new Float32Array(total)];
  voice(sides[0], speech[0], 118, random);
  voice(sides[1], speech[1], 205, random);
  for (const side of sides) for (let i = 0; i < total; i++) side[i] += (random() - 0.5) * 0.012;

  const used = channels === 2 ? sides : [sides[0].map((value, i) => (value + sides[1][i]) / 1.4)];
  const merged = [...speech[0], ...speech[1]].sort((a, b) => a[0] - b[0]);
  const intervals =
    channels === 2
      ? speech
      : [
          merged.reduce((all, turn) => {
            const last = all.at(-1);
            if (last && turn[0] <= last[1]) last[1] = Math.max(last[1], turn[1]);
            else all.push([...turn]);
            return all;
          }, []),
        ];

  const wav = Buffer.alloc(44 + total * channels * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + total * channels * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(channels, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * channels * 2, 28);
  wav.writeUInt16LE(channels * 2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(total * channels * 2, 40);
  for (let i = 0; i < total; i++)
    for (let c = 0; c < channels; c++)
      wav.writeInt16LE(Math.max(-1, Math.min(1, used[c][i])) * 32000, 44 + (i * channels + c) * 2);

  const step = RATE / POINTS_PER_SECOND;
  const peaks = used.map((side) => {
    const points = [];
    for (let i = 0; i < total; i += step) {
      let low = 0;
      let high = 0;
      for (let j = i; j < Math.min(total, i + step); j++) {
        if (side[j] < low) low = side[j];
        if (side[j] > high) high = side[j];
      }
      points.push(Math.max(-127, Math.round(low * 127)), Math.min(127, Math.round(high * 127)));
    }
    return points;
  });
  const labels = channels === 2 ? ['agent', 'customer'] : [null];
  return {
    wav,
    peaks: {
      duration_ms: durationMs,
      points_per_second: POINTS_PER_SECOND,
      channels: used.map((_, c) => ({ label: labels[c], peaks: peaks[c], speech: intervals[c] })),
    },
  };
}
