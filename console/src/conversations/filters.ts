/**
 * The filters of the conversation list: how they stand in the address, and what is asked of the server for them.
 * It knows nothing of React, and reads no clock: the present moment is an argument.
 */
import type { ConversationFilters } from '../api/client';
import { dayOf, dayStart, midnight as midnightOf } from '../shared/zone';

export const periods = ['today', 'yesterday', '7d', '30d', '90d', 'custom'] as const;
export type Period = (typeof periods)[number];
export const sorts = ['-started_at', 'started_at', '-duration', 'duration'] as const;
export type Sort = (typeof sorts)[number];
export const directions = ['inbound', 'outbound', 'internal', 'unknown'] as const;
export const statuses = ['ready', 'processing', 'failed', 'erased'] as const;

export interface Filters {
  q?: string;
  period?: Period;
  /** Calendar days in the reader's time zone, both included; only with the period `custom`. */
  from?: string;
  until?: string;
  direction?: (typeof directions)[number];
  agent?: string;
  group?: string;
  tag?: string;
  status?: (typeof statuses)[number];
  number?: string;
  min_seconds?: string;
  max_seconds?: string;
  unattributed?: 'true';
  sort?: Sort;
}

const texts = ['q', 'agent', 'group', 'tag', 'number'] as const;
const day = /^\d{4}-\d{2}-\d{2}$/;
const wholeNumber = /^\d{1,6}$/;

/** Reads an address; whatever makes no sense in it is left out. */
export function parseFilters(search: Record<string, unknown>): Filters {
  const filters: Filters = {};
  const text = (name: string) => {
    const value = search[name];
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
  for (const name of texts) {
    const value = text(name);
    if (value) filters[name] = value;
  }
  const among = <T extends string>(name: string, allowed: readonly T[]) =>
    allowed.find((value) => value === text(name));
  const direction = among('direction', directions);
  const status = among('status', statuses);
  const period = among('period', periods);
  const sort = among('sort', sorts);
  if (direction) filters.direction = direction;
  if (status) filters.status = status;
  if (sort && sort !== '-started_at') filters.sort = sort;
  if (period) filters.period = period;
  if (period === 'custom')
    for (const name of ['from', 'until'] as const) {
      const value = text(name);
      if (value && day.test(value)) filters[name] = value;
    }
  for (const name of ['min_seconds', 'max_seconds'] as const) {
    const value = text(name);
    if (value && wholeNumber.test(value)) filters[name] = value;
  }
  if (text('unattributed') === 'true') filters.unattributed = 'true';
  return filters;
}

/** The filters with some of them replaced; what is empty is taken out. */
export function withFilters(
  filters: Filters,
  change: Partial<Record<keyof Filters, string | null | undefined>>,
): Filters {
  return parseFilters({ ...filters, ...change });
}

export function isFiltered(filters: Filters): boolean {
  return activeCount(filters) > 0;
}

/** How many filters narrow the list; the order isn't one. */
export function activeCount(filters: Filters): number {
  return Object.keys(filters).filter((name) => !['sort', 'from', 'until'].includes(name)).length;
}

const midnight = (now: Date, days = 0) => midnightOf(dayOf(now), days);

function span(filters: Filters, now: Date): { from?: Date; until?: Date } {
  switch (filters.period) {
    case 'today':
      return { from: midnight(now) };
    case 'yesterday':
      return { from: midnight(now, -1), until: midnight(now) };
    case '7d':
      return { from: midnight(now, -6) };
    case '30d':
      return { from: midnight(now, -29) };
    case '90d':
      return { from: midnight(now, -89) };
    case 'custom':
      return {
        ...(filters.from ? { from: dayStart(filters.from) } : {}),
        ...(filters.until ? { until: dayStart(filters.until, 1) } : {}),
      };
    default:
      return {};
  }
}

/** What the server is asked: periods as moments in UTC, durations in milliseconds. */
export function toQuery(filters: Filters, now: Date): ConversationFilters {
  const { from, until } = span(filters, now);
  const query: ConversationFilters = {};
  for (const name of texts) if (filters[name]) query[name] = filters[name];
  // Half-typed, such as a plus sign: nothing to look for yet.
  if (!/\d/.test(query.number ?? '')) delete query.number;
  if (filters.direction) query.direction = filters.direction;
  if (filters.status) query.status = filters.status;
  if (from) query.from = from.toISOString();
  if (until) query.until = until.toISOString();
  if (filters.min_seconds) query.min_duration_ms = Number(filters.min_seconds) * 1000;
  if (filters.max_seconds) query.max_duration_ms = Number(filters.max_seconds) * 1000;
  if (filters.unattributed) query.unattributed = true;
  return query;
}
