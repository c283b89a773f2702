/** Claims about the filters in the address and what is asked of the server for them. */
import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '../app/search';
import { activeCount, isFiltered, parseFilters, toQuery, withFilters } from './filters';

const now = new Date(2026, 10, 21, 15, 30);

describe('filters', () => {
  it('survive the address and back', () => {
    const filters = parseFilters({
      q: 'refund "twice" & more',
      period: '7d',
      direction: 'inbound',
      tag: 'new customer',
      number: '+49 30 1234',
      min_seconds: '60',
      unattributed: 'true',
      sort: 'duration',
    });
    expect(parseFilters(parseSearch(stringifySearch({ ...filters })))).toEqual(filters);
  });

  it('nonsense in an address is left out', () => {
    expect(
      parseFilters({
        direction: 'sideways',
        period: 'century',
        sort: 'name',
        min_seconds: '-4',
        status: 'x',
        unattributed: 'maybe',
        q: '   ',
        from: '2026-01-01',
      }),
    ).toEqual({});
  });

  it('days count only with the period that asks for them, and both belong to it', () => {
    const filters = parseFilters({ period: 'custom', from: '2026-11-02', until: '2026-11-03' });
    expect(toQuery(filters, now)).toEqual({
      from: new Date(2026, 10, 2).toISOString(),
      until: new Date(2026, 10, 4).toISOString(),
    });
    expect(withFilters(filters, { period: 'today' })).toEqual({ period: 'today' });
  });

  it('yesterday ends where today begins', () => {
    expect(toQuery({ period: 'yesterday' }, now)).toEqual({
      from: new Date(2026, 10, 20).toISOString(),
      until: new Date(2026, 10, 21).toISOString(),
    });
  });

  it('seven days are today and the six before it', () => {
    expect(toQuery({ period: '7d' }, now).from).toBe(new Date(2026, 10, 15).toISOString());
  });

  it('durations are asked for in milliseconds', () => {
    expect(toQuery({ min_seconds: '90', max_seconds: '600' }, now)).toEqual({
      min_duration_ms: 90_000,
      max_duration_ms: 600_000,
    });
  });

  it('a number without a digit is not asked for', () => {
    expect(toQuery({ number: '+' }, now)).toEqual({});
    expect(toQuery({ number: '+49' }, now)).toEqual({ number: '+49' });
  });

  it('a null takes a filter away', () => {
    expect(withFilters({ q: 'a', tag: 'b' }, { q: null })).toEqual({ tag: 'b' });
  });

  it('the order is no filter, and the usual order not worth an address', () => {
    expect(isFiltered({ sort: 'duration' })).toBe(false);
    expect(parseFilters({ sort: '-started_at' })).toEqual({});
    expect(activeCount({ period: 'custom', from: '2026-01-01', until: '2026-01-02', q: 'x' })).toBe(2);
  });
});
