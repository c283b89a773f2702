/** Claims about how times, sizes and counts are written. */
import { describe, expect, it } from 'vitest';
import { ago, bytes, clock, count, dayKey, dayLabel, lastMoment, spokenDuration, timeOfDay } from './format';

describe('format', () => {
  it('a clock shows hours only where there are any', () => {
    expect(clock(0)).toBe('0:00');
    expect(clock(65_999)).toBe('1:05');
    expect(clock(3_723_000)).toBe('1:02:03');
    expect(clock(-5)).toBe('0:00');
  });

  it('a duration is spoken in the language of the reader', () => {
    expect(spokenDuration(184_000, 'en')).toBe('3 minutes 4 seconds');
    expect(spokenDuration(184_000, 'de')).toBe('3 Minuten 4 Sekunden');
    expect(spokenDuration(0, 'en')).toBe('0 seconds');
    expect(spokenDuration(3_600_000, 'en')).toBe('1 hour');
  });

  it('a count that stopped early says so', () => {
    expect(count(1000, false, 'en')).toBe('1,000+');
    expect(count(1000, true, 'en')).toBe('1,000');
    expect(count(1000, false, 'de')).toBe('1.000+');
  });

  it('sizes use the largest unit that leaves a whole number before the point', () => {
    expect(bytes(999, 'en')).toBe('999 bytes');
    expect(bytes(1500, 'en')).toBe('1.5 kB');
    expect(bytes(48_044, 'en')).toBe('48 kB');
    expect(bytes(2_000_000_000, 'en')).toBe('2 GB');
  });

  it('days close to now have names, others a date with the year only where it differs', () => {
    const now = new Date(2026, 10, 21, 9, 0);
    expect(dayLabel(new Date(2026, 10, 21, 1).toISOString(), 'en', now)).toBe('Today');
    expect(dayLabel(new Date(2026, 10, 20, 23).toISOString(), 'de', now)).toBe('Gestern');
    expect(dayLabel(new Date(2026, 10, 19, 12).toISOString(), 'en', now)).toBe('Thursday, November 19');
    expect(dayLabel(new Date(2025, 11, 31, 12).toISOString(), 'en', now)).toContain('2025');
  });

  it('a day belongs to the time zone of the reader', () => {
    expect(dayKey(new Date(2026, 0, 5, 0, 1))).toBe('2026-01-05');
  });

  it('times of day are on a clock of 24 hours', () => {
    expect(timeOfDay(new Date(2026, 0, 5, 15, 7).toISOString(), 'en')).toBe('15:07');
    expect(timeOfDay(new Date(2026, 0, 5, 0, 7).toISOString(), 'en')).toBe('00:07');
  });

  it('distances in time use the coarsest unit that says enough', () => {
    const now = new Date('2026-11-21T09:00:00Z');
    expect(ago('2026-11-21T08:57:00Z', 'en', now)).toBe('3 minutes ago');
    expect(ago('2026-11-25T09:00:00Z', 'en', now)).toBe('in 4 days');
    expect(ago('2026-11-21T08:59:50Z', 'en', now)).toBe('10 seconds ago');
  });
});

describe('ends that are not included', () => {
  it('are shown as the last day that is', () => {
    expect(dayKey(new Date(lastMoment(new Date(2026, 11, 25).toISOString())))).toBe('2026-12-24');
  });
});
