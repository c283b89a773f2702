/** Claims about the ledger's filters. */
import { describe, expect, it } from 'vitest';
import { parseLedgerFilters, toLedgerQuery } from './filters';

describe('ledger filters', () => {
  it('take both days in full', () => {
    expect(toLedgerQuery({ kind: 'recording_play', from: '2026-11-02', until: '2026-11-02' })).toEqual({
      kind: 'recording_play',
      from: new Date(2026, 10, 2).toISOString(),
      until: new Date(2026, 10, 3).toISOString(),
    });
  });

  it('leave out what is empty or no day', () => {
    expect(parseLedgerFilters({ kind: ' ', from: 'yesterday', actor: 'u1', other: 'x' })).toEqual({
      actor: 'u1',
    });
  });
});
