/**
 * What an access group hides: a column that is hidden is in no answer, and nothing of it is drawn.
 * It knows nothing of access groups, only of what answers hold. Everybody's rows hide the same columns.
 */
import type { Conversation } from '../api/client';
import type { Filters } from './filters';

export type Field = Exclude<keyof Conversation, 'id' | 'version'>;
/** Whether a field is shown; asked about the answers that there are. */
export type Shows = (...fields: Field[]) => boolean;

export const showsAll: Shows = () => true;

/** Reads it from rows; while there are none, nothing is known to be hidden. */
export function shownIn(rows: Conversation[]): Shows {
  if (rows.length === 0) return showsAll;
  return (...fields) => fields.some((field) => rows.some((row) => row[field] !== undefined));
}

const masked = (number: string | null | undefined) => number?.startsWith('•') ?? false;

/** Whether numbers are there and none of them is whole: what is masked can't be looked for. */
export function onlyMasked(rows: Conversation[]): boolean {
  const numbers = rows.flatMap((row) => [row.from_number, row.to_number]).filter(Boolean);
  return numbers.length > 0 && numbers.every(masked);
}

/** The filters that can be asked, given what the answers show. */
export function askable(rows: Conversation[]): (name: keyof Filters | 'duration') => boolean {
  const shows = shownIn(rows);
  const numbers = shows('from_number', 'to_number') && !onlyMasked(rows);
  const fields: Partial<Record<string, Field>> = {
    period: 'started_at',
    direction: 'direction',
    agent: 'agents',
    unattributed: 'agents',
    group: 'groups',
    tag: 'tags',
    status: 'status',
    duration: 'duration_ms',
  };
  return (name) => {
    if (name === 'number') return numbers;
    if (name === 'q') return numbers || shows('contact', 'agents', 'tags');
    const field = fields[name];
    return !field || shows(field);
  };
}
