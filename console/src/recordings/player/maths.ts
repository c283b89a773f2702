/**
 * The sums of the player: where a click lands, which silences can be skipped, how peaks fit into pixels.
 * All times are milliseconds. It knows nothing of React, of the page, or of sound.
 */
export type Interval = [from: number, until: number];

export const rates = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;
/** Pauses shorter than this belong to the talk and are never skipped. */
export const silenceMsMin = 1200;
/** What is left of a skipped silence on either side, so that no word loses its edge. */
export const silenceMarginMs = 250;

export function clampTime(ms: number, durationMs: number): number {
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), durationMs) : 0;
}

/** The time under a point `x` of a waveform that is `width` wide. */
export function timeAt(x: number, width: number, durationMs: number): number {
  return width > 0 ? clampTime((x / width) * durationMs, durationMs) : 0;
}

/** The next faster (`1`) or slower (`-1`) rate. */
export function nextRate(rate: number, direction: 1 | -1): number {
  const faster = rates.find((candidate) => candidate > rate + 0.001);
  const slower = [...rates].reverse().find((candidate) => candidate < rate - 0.001);
  return (direction === 1 ? faster : slower) ?? rate;
}

/** Overlapping and touching intervals made one, in order. */
export function merged(intervals: Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const [from, until] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], until);
    else result.push([from, until]);
  }
  return result;
}

/** The stretches in which nobody speaks on any channel, less their margins. */
export function silences(speech: Interval[][], durationMs: number): Interval[] {
  const spoken = merged(speech.flat());
  if (spoken.length === 0) return [];
  const result: Interval[] = [];
  let from = 0;
  for (const [start, end] of [...spoken, [durationMs, durationMs] as Interval]) {
    if (start - from >= silenceMsMin) {
      const left = from === 0 ? 0 : from + silenceMarginMs;
      const right = start === durationMs ? durationMs : start - silenceMarginMs;
      result.push([left, right]);
    }
    from = Math.max(from, end);
  }
  return result;
}

/** Where to go on when a silence is being played; null while somebody speaks. */
export function skipTarget(positionMs: number, quiet: Interval[]): number | null {
  const here = quiet.find(([from, until]) => positionMs >= from && positionMs < until - 50);
  return here ? here[1] : null;
}

export function totalOf(intervals: Interval[]): number {
  return intervals.reduce((sum, [from, until]) => sum + (until - from), 0);
}

/**
 * Pairs of lowest and highest sample for each of `columns` columns, from pairs for the whole recording.
 * Every pair of the source counts in some column: no peak is lost by making it smaller.
 */
export function resample(peaks: ArrayLike<number>, columns: number): Float32Array {
  const result = new Float32Array(Math.max(0, columns) * 2);
  const pairs = Math.floor(peaks.length / 2);
  if (pairs === 0) return result;
  for (let column = 0; column < columns; column++) {
    const first = Math.min(pairs - 1, Math.floor((column * pairs) / columns));
    const end = Math.max(first + 1, Math.min(pairs, Math.floor(((column + 1) * pairs) / columns)));
    let low = 0;
    let high = 0;
    for (let pair = first; pair < end; pair++) {
      low = Math.min(low, peaks[pair * 2] ?? 0);
      high = Math.max(high, peaks[pair * 2 + 1] ?? 0);
    }
    result[column * 2] = low / 127;
    result[column * 2 + 1] = high / 127;
  }
  return result;
}

/** A factor that lets the loudest of all channels fill most of its lane; quiet noise isn't blown up to speech. */
export function gainOf(channels: ArrayLike<number>[]): number {
  let loudest = 0;
  for (const peaks of channels)
    for (let i = 0; i < peaks.length; i++) loudest = Math.max(loudest, Math.abs(peaks[i] ?? 0));
  return loudest < 8 ? 1 : Math.min(8, (127 / loudest) * 0.94);
}

/** Round steps for the time axis, with at most `most` marks. */
export function axisStep(durationMs: number, most: number): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].map(
    (seconds) => seconds * 1000,
  );
  return steps.find((step) => durationMs / step <= most) ?? 14_400_000;
}
