/**
 * The columns of the conversation list, one entry each.
 * It knows nothing of where the rows come from.
 */
import { Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import type { Conversation } from '../api/client';
import { clock, date, exactTime, timeOfDay } from '../shared/format';
import { type Field, shownIn } from './hidden';
import { ListenCell } from './ListenCell';
import { Agents, Direction, headingOf, namesOf, Status, Tags } from './words';

export interface CellContext {
  t: TFunction;
  locale: string;
  /** Days stand above the rows only while the list is in the order of time. */
  byDay: boolean;
  /** Nothing in the rows can be pressed: they are only looked at. */
  still: boolean;
}
export interface Column {
  id: string;
  sort?: 'started_at' | 'duration';
  end?: boolean;
  fixed?: boolean;
  narrow?: boolean;
  /** Where its values are; a column of which no row has any is hidden. */
  field: Field;
  cell: (row: Conversation, context: CellContext) => ReactNode;
}

const none = (
  <Text span c="dimmed" inherit aria-hidden="true">
    –
  </Text>
);
const digits = (value: string | null | undefined) =>
  value ? <span className="tabular">{value}</span> : none;

const opener = (row: Conversation, still: boolean, title: string | undefined, children: ReactNode) =>
  still ? (
    <span title={title}>{children}</span>
  ) : (
    <Link to="/conversations/$id" params={{ id: row.id }} title={title} data-rowlink>
      {children}
    </Link>
  );

export const columns: Column[] = [
  {
    id: 'time',
    field: 'started_at',
    sort: 'started_at',
    fixed: true,
    cell: (row, { locale, byDay, still }) =>
      row.started_at === undefined
        ? none
        : opener(
            row,
            still,
            exactTime(row.started_at, locale),
            <time dateTime={row.started_at} className="tabular">
              {!byDay && `${date(row.started_at, locale)}, `}
              {timeOfDay(row.started_at, locale)}
            </time>,
          ),
  },
  {
    id: 'direction',
    field: 'direction',
    cell: (row) => (row.direction === undefined ? none : <Direction value={row.direction} />),
  },
  { id: 'from', field: 'from_number', cell: (row) => digits(row.from_number) },
  { id: 'to', field: 'to_number', cell: (row) => digits(row.to_number) },
  { id: 'contact', field: 'contact', cell: (row) => row.contact ?? none },
  {
    id: 'agent',
    field: 'agents',
    cell: (row) => (row.agents === undefined ? none : <Agents agents={row.agents} />),
  },
  { id: 'group', field: 'groups', cell: (row) => namesOf(row.groups ?? []) || none },
  {
    id: 'channel',
    field: 'channel',
    cell: (row, { t }) =>
      row.channel === undefined ? none : t(`channel.${row.channel}`, { defaultValue: row.channel }),
  },
  {
    id: 'duration',
    field: 'duration_ms',
    sort: 'duration',
    end: true,
    cell: (row) =>
      typeof row.duration_ms === 'number' ? <span className="tabular">{clock(row.duration_ms)}</span> : none,
  },
  {
    id: 'tags',
    field: 'tags',
    cell: (row) => (row.tags?.length ? <Tags tags={row.tags} limit={1} /> : none),
  },
  {
    id: 'status',
    field: 'status',
    cell: (row) => (row.status === undefined ? none : <Status value={row.status} />),
  },
  {
    id: 'audio',
    field: 'audio',
    narrow: true,
    cell: (row, { still }) => <ListenCell row={row} still={still} />,
  },
];
/** Stands first where the time is hidden: a row can be opened all the same. */
const nameOnly: Column = {
  id: 'conversation',
  field: 'contact',
  fixed: true,
  cell: (row, { t, still }) => opener(row, still, undefined, headingOf(row, t)),
};

/** The columns of which these rows show anything, those among them that somebody chose. */
export function columnsOf(rows: Conversation[], chosen?: string[]): Column[] {
  const shows = shownIn(rows);
  const visible = columns.filter(
    (column) => shows(column.field) && (column.fixed || !chosen || chosen.includes(column.id)),
  );
  if (shows('started_at')) return visible;
  // It names the contact already.
  return [nameOnly, ...visible.filter((column) => column.id !== 'contact')];
}

export const columnIds = columns.map((column) => column.id);
/** Shown until somebody chooses; every call is a voice call as long as there is no other channel. */
export const columnsAtFirst = columnIds.filter((id) => id !== 'channel');
