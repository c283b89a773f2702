/**
 * The time zone that times are shown in: the one that the person chose, else the organisation's, else the device's.
 * It knows nothing of React or of the server.
 */
import { forget, keep, kept } from './storage';

const stored = 'soundkeep.zone';
export const own = 'own';
let organisations: string | undefined;

/** The zone that the organisation decided on; `own` leaves it to the device. */
export function organisationZone(zone: string) {
  organisations = zone === own ? undefined : zone;
}

export function choseOwnZone(): boolean {
  return kept(stored) === own;
}

export function chooseOwnZone(chosen: boolean) {
  if (chosen) keep(stored, own);
  else forget(stored);
}

/** The zone by its IANA name; nothing is the device's. */
export function zone(): string | undefined {
  return choseOwnZone() ? undefined : organisations;
}

interface Day {
  year: number;
  month: number;
  day: number;
}

/** The calendar day of a moment in the zone; January is 1. */
export function dayOf(moment: Date): Day {
  const timeZone = zone();
  if (!timeZone) return { year: moment.getFullYear(), month: moment.getMonth() + 1, day: moment.getDate() };
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(moment);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return { year: part('year'), month: part('month'), day: part('day') };
}

/** How far the zone is ahead of UTC at a moment, in milliseconds. */
function offsetMs(moment: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const there = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return there - Math.floor(moment.getTime() / 1000) * 1000;
}

/** The moment at which a calendar day begins in the zone; days may run over the end of the month. */
export function midnight({ year, month, day }: Day, days = 0): Date {
  const timeZone = zone();
  if (!timeZone) return new Date(year, month - 1, day + days);
  const wall = Date.UTC(year, month - 1, day + days);
  // Once more with the offset that holds there: it changes twice a year.
  const first = wall - offsetMs(new Date(wall), timeZone);
  return new Date(wall - offsetMs(new Date(first), timeZone));
}

/** The moment at which the day `2026-11-21` begins in the zone. */
export function dayStart(text: string, days = 0): Date {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  return midnight({ year, month, day }, days);
}

/** A moment as clocks show it in the zone, as a field takes it: `2026-11-21T09:05:00`. */
export function wallTime(moment: Date): string {
  const timeZone = zone();
  const aheadMs = timeZone ? offsetMs(moment, timeZone) : -moment.getTimezoneOffset() * 60_000;
  return new Date(moment.getTime() + aheadMs).toISOString().slice(0, 19);
}

/** The moment at which clocks show this in the zone; nothing for what is no time. */
export function momentOf(text: string): Date | undefined {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return undefined;
  const timeZone = zone();
  if (!timeZone) return new Date(text);
  // Once more with the offset that holds there: it changes twice a year.
  const first = wall - offsetMs(new Date(wall), timeZone);
  return new Date(wall - offsetMs(new Date(first), timeZone));
}
