/** Claims about the zone that times are shown in: the organisation's, unless the person keeps their own. */
import { afterEach, describe, expect, it } from 'vitest';
import { dayKey, timeOfDay } from './format';
import { chooseOwnZone, dayStart, momentOf, organisationZone, own, wallTime } from './zone';

afterEach(() => {
  organisationZone(own);
  chooseOwnZone(false);
});

describe('the zone of the organisation', () => {
  it('times and days are shown in it', () => {
    organisationZone('Pacific/Auckland');
    expect(timeOfDay('2026-11-21T12:00:00Z', 'en')).toBe('01:00');
    expect(dayKey(new Date('2026-11-21T12:00:00Z'))).toBe('2026-11-22');
  });

  it('a day begins where it begins there, also when clocks change', () => {
    organisationZone('Europe/Berlin');
    expect(dayStart('2026-03-29').toISOString()).toBe('2026-03-28T23:00:00.000Z');
    expect(dayStart('2026-03-29', 1).toISOString()).toBe('2026-03-29T22:00:00.000Z');
    expect(dayStart('2026-10-25', 1).toISOString()).toBe('2026-10-25T23:00:00.000Z');
  });

  it('a time that is typed is of the zone', () => {
    organisationZone('Europe/Berlin');
    expect(momentOf('2026-07-01T12:00:05')?.toISOString()).toBe('2026-07-01T10:00:05.000Z');
    expect(momentOf('2026-11-21T12:00')?.toISOString()).toBe('2026-11-21T11:00:00.000Z');
    expect(wallTime(new Date('2026-07-01T10:00:05.400Z'))).toBe('2026-07-01T12:00:05');
    expect(momentOf('')).toBeUndefined();
    chooseOwnZone(true);
    const moment = new Date(2026, 10, 21, 15, 7, 9);
    expect(momentOf(wallTime(moment))?.getTime()).toBe(moment.getTime());
  });

  it('whoever keeps their own is not moved', () => {
    organisationZone('Pacific/Auckland');
    chooseOwnZone(true);
    const moment = new Date(2026, 10, 21, 15, 7);
    expect(timeOfDay(moment.toISOString(), 'en')).toBe('15:07');
    expect(dayStart('2026-11-21').getTime()).toBe(new Date(2026, 10, 21).getTime());
  });
});
