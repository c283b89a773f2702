/** Claims about the sums of the player. */
import { describe, expect, it } from 'vitest';
import {
  axisStep,
  clampTime,
  gainOf,
  type Interval,
  merged,
  nextRate,
  resample,
  silenceMarginMs,
  silences,
  skipTarget,
  timeAt,
  totalOf,
} from './maths';

describe('seeking', () => {
  it('never leaves the recording', () => {
    expect(clampTime(-1, 1000)).toBe(0);
    expect(clampTime(2000, 1000)).toBe(1000);
    expect(clampTime(Number.NaN, 1000)).toBe(0);
    expect(timeAt(-20, 100, 60_000)).toBe(0);
    expect(timeAt(400, 100, 60_000)).toBe(60_000);
  });

  it('lands where the pointer is, and nowhere before the lanes have a width', () => {
    expect(timeAt(25, 100, 60_000)).toBe(15_000);
    expect(timeAt(25, 0, 60_000)).toBe(0);
  });
});

describe('speed', () => {
  it('goes up and down in steps and stays at the ends', () => {
    expect(nextRate(1, 1)).toBe(1.25);
    expect(nextRate(1, -1)).toBe(0.75);
    expect(nextRate(3, 1)).toBe(3);
    expect(nextRate(0.5, -1)).toBe(0.5);
    expect(nextRate(1.1, 1)).toBe(1.25);
  });
});

describe('silence', () => {
  const agent: Interval[] = [
    [0, 4000],
    [20_000, 25_000],
  ];
  const customer: Interval[] = [
    [3500, 9000],
    [9500, 10_000],
  ];

  it('is where no channel speaks', () => {
    expect(silences([agent, customer], 30_000)).toEqual([
      [10_000 + silenceMarginMs, 20_000 - silenceMarginMs],
      [25_000 + silenceMarginMs, 30_000],
    ]);
  });

  it('a channel that speaks keeps the other channel’s pause', () => {
    expect(silences([[[0, 30_000]], customer], 30_000)).toEqual([]);
  });

  it('short pauses belong to the talk', () => {
    expect(
      silences(
        [
          [
            [0, 5000],
            [6000, 10_000],
          ],
        ],
        10_000,
      ),
    ).toEqual([]);
  });

  it('without any speech found nothing is skipped', () => {
    expect(silences([[], []], 30_000)).toEqual([]);
  });

  it('skipping goes to its end and never back', () => {
    const quiet = silences([agent, customer], 30_000);
    expect(skipTarget(12_000, quiet)).toBe(20_000 - silenceMarginMs);
    expect(skipTarget(5000, quiet)).toBeNull();
    expect(skipTarget(20_000 - silenceMarginMs, quiet)).toBeNull();
    expect(skipTarget(29_000, quiet)).toBe(30_000);
  });

  it('what it saves is the sum of what is skipped', () => {
    expect(
      totalOf([
        [0, 10],
        [20, 25],
      ]),
    ).toBe(15);
    expect(
      merged([
        [5, 9],
        [0, 5],
        [20, 30],
        [22, 24],
      ]),
    ).toEqual([
      [0, 9],
      [20, 30],
    ]);
  });
});

describe('peaks', () => {
  it('no peak is lost by making them fewer', () => {
    const peaks = Array.from({ length: 2000 }, (_, index) => (index === 1235 ? 127 : index % 2 ? 3 : -3));
    const fewer = resample(peaks, 50);
    expect(fewer).toHaveLength(100);
    expect(Math.max(...fewer)).toBe(1);
  });

  it('more columns than peaks repeat them', () => {
    expect([...resample([-127, 127, 0, 0], 4)]).toEqual([-1, 1, -1, 1, 0, 0, 0, 0].map((value) => value));
  });

  it('nothing gives silence, not a failure', () => {
    expect([...resample([], 2)]).toEqual([0, 0, 0, 0]);
    expect(resample([-1, 1], 0)).toHaveLength(0);
  });

  it('quiet speech is drawn larger, plain noise is not', () => {
    expect(
      gainOf([
        [-40, 30],
        [-10, 10],
      ]),
    ).toBeCloseTo((127 / 40) * 0.94);
    expect(gainOf([[-5, 5]])).toBe(1);
  });
});

describe('the time axis', () => {
  it('uses round steps and not too many', () => {
    expect(axisStep(214_000, 9)).toBe(30_000);
    expect(axisStep(7_200_000, 9)).toBe(900_000);
    expect(axisStep(5000, 9)).toBe(1000);
  });
});
