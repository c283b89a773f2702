/** Claims about hidden columns: what no answer holds is neither drawn nor asked for. */
import { describe, expect, it } from 'vitest';
import { askable, onlyMasked, shownIn } from './hidden';

const bare = { id: 'c1', version: 1 };

describe('hidden columns', () => {
  it('are those that no row has, and null is not hidden', () => {
    const shows = shownIn([{ ...bare, contact: null }]);
    expect(shows('contact')).toBe(true);
    expect(shows('tags')).toBe(false);
    expect(shows('tags', 'contact')).toBe(true);
  });

  it('nothing is known to be hidden while there is no row', () => {
    expect(shownIn([])('started_at')).toBe(true);
    expect(askable([])('period')).toBe(true);
  });

  it('can not be filtered by', () => {
    const can = askable([{ ...bare, direction: 'inbound', from_number: '+4930', to_number: null }]);
    expect(['direction', 'number', 'q'].every((name) => can(name as 'q'))).toBe(true);
    expect(
      ['period', 'agent', 'unattributed', 'group', 'tag', 'status'].some((name) => can(name as 'q')),
    ).toBe(false);
  });

  it('a masked number can be read and not looked for', () => {
    const rows = [{ ...bare, from_number: '•••123', to_number: null }];
    expect(onlyMasked(rows)).toBe(true);
    expect(askable(rows)('number')).toBe(false);
    expect(askable(rows)('q')).toBe(false);
  });
});
