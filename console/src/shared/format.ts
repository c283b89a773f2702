/**
 * How times, durations, sizes and numbers are written, in the reader's language and time zone.
 * It knows nothing of React or of the server.
 */
import { dayOf, midnight, zone } from './zone';

const two = (value: number) => String(value).padStart(2, '0');

/** `1:05`, `1:02:03`: minutes and seconds, with hours where there are any. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A duration in words, for those who hear the page: `3 minutes 4 seconds`. */
export function spokenDuration(ms: number, locale: string): string {
  const seconds = Math.round(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'hour'],
    [Math.floor((seconds % 3600) / 60), 'minute'],
    [seconds % 60, 'second'],
  ];
  const spoken = parts
    .filter(([value], index) => value > 0 || (index === 2 && seconds < 60))
    .map(([value, unit]) =>
      new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value),
    );
  return spoken.join(' ');
}

export function bytes(count: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[unit],
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

export function number(value: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** `1,000+` while the server has counted no further. */
export function count(value: number, exact: boolean, locale: string): string {
  return number(value, locale) + (exact ? '' : '+');
}

export function timeOfDay(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone(),
  }).format(new Date(iso));
}

export function date(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone() }).format(new Date(iso));
}

/** An end that isn't included, as the last moment that is: midnight of the 25th ends with the 24th. */
export function lastMoment(end: string): string {
  return new Date(new Date(end).getTime() - 1).toISOString();
}

/** Sentences of use cases begin small. */
export function capital(sentence: string): string {
  return sentence.charAt(0).toLocaleUpperCase() + sentence.slice(1);
}

export function dateTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone(),
  }).format(new Date(iso));
}

export function exactTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'full',
    timeStyle: 'long',
    hourCycle: 'h23',
    timeZone: zone(),
  }).format(new Date(iso));
}

/** The calendar day in the reader's time zone, as `2026-11-21`. */
export function dayKey(moment: Date): string {
  const { year, month, day } = dayOf(moment);
  return `${year}-${two(month)}-${two(day)}`;
}

/** `Today`, `Yesterday`, `Thursday, 19 November`, with the year where it isn't this one. */
export function dayLabel(iso: string, locale: string, now: Date): string {
  const day = new Date(iso);
  const yesterday = midnight(dayOf(now), -1);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  if (dayKey(day) === dayKey(now)) return capital(relative.format(0, 'day'));
  if (dayKey(day) === dayKey(yesterday)) return capital(relative.format(-1, 'day'));
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: zone(),
    ...(dayOf(day).year === dayOf(now).year ? {} : { year: 'numeric' }),
  }).format(day);
}

/** `3 minutes ago`, `in 4 days`: the coarsest unit that says enough. */
export function ago(iso: string, locale: string, now: Date): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [
    [60, 'second'],
    [3600, 'minute'],
    [86_400, 'hour'],
    [86_400 * 30, 'day'],
    [86_400 * 365, 'month'],
    [Infinity, 'year'],
  ];
  const index = steps.findIndex(([limit]) => Math.abs(seconds) < limit);
  const unit = steps[index]?.[1] ?? 'year';
  const size = index > 0 ? (steps[index - 1]?.[0] ?? 1) : 1;
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}
