/** The filters of the ledger: how they stand in the address, and what is asked of the server for them. */
import type { LedgerQuery } from '../api/client';
import { dayStart } from '../shared/zone';

export const ledgerOutcomes = ['success', 'refused', 'failed'] as const;
export interface LedgerFilters {
  kind?: string;
  actor?: string;
  object?: string;
  outcome?: (typeof ledgerOutcomes)[number];
  /** Calendar days in the reader's time zone, both included. */
  from?: string;
  until?: string;
}
const names = ['kind', 'actor', 'object', 'from', 'until'] as const;
const day = /^\d{4}-\d{2}-\d{2}$/;

export function parseLedgerFilters(search: Record<string, unknown>): LedgerFilters {
  const filters: LedgerFilters = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value !== 'string' || value.trim() === '') continue;
    if ((name === 'from' || name === 'until') && !day.test(value)) continue;
    filters[name] = value.trim();
  }
  const outcome = ledgerOutcomes.find((known) => known === search['outcome']);
  if (outcome) filters.outcome = outcome;
  return filters;
}

export function toLedgerQuery(filters: LedgerFilters): LedgerQuery {
  const { from, until, ...rest } = filters;
  const midnight = (text: string, days: number) => dayStart(text, days).toISOString();
  return {
    ...rest,
    ...(from ? { from: midnight(from, 0) } : {}),
    ...(until ? { until: midnight(until, 1) } : {}),
  };
}
