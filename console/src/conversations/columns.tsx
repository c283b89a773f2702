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
import { ListenCell } from './ListenCell';
import { Agents, Direction, namesOf, Status, Tags } from './words';

export interface CellContext {
  t: TFunction;
  locale: string;
  /** Days stand above the rows only while the list is in the order of time. */
  byDay: boolean;
}
export interface Column {
  id: string;
  sort?: 'started_at' | 'duration';
  end?: boolean;
  fixed?: boolean;
  narrow?: boolean;
  cell: (row: Conversation, context: CellContext) => ReactNode;
}

const none = (
  <Text span c="dimmed" inherit aria-hidden="true">
    –
  </Text>
);
const digits = (value: string | null) => (value ? <span className="tabular">{value}</span> : none);

export const columns: Column[] = [
  {
    id: 'time',
    sort: 'started_at',
    fixed: true,
    cell: (row, { locale, byDay }) => (
      <Link
        to="/conversations/$id"
        params={{ id: row.id }}
        title={exactTime(row.started_at, locale)}
        data-rowlink
      >
        <time dateTime={row.started_at} className="tabular">
          {!byDay && `${date(row.started_at, locale)}, `}
          {timeOfDay(row.started_at, locale)}
        </time>
      </Link>
    ),
  },
  { id: 'direction', cell: (row) => <Direction value={row.direction} /> },
  { id: 'from', cell: (row) => digits(row.from_number) },
  { id: 'to', cell: (row) => digits(row.to_number) },
  { id: 'contact', cell: (row) => row.contact ?? none },
  { id: 'agent', cell: (row) => <Agents agents={row.agents} /> },
  { id: 'group', cell: (row) => namesOf(row.groups) || none },
  { id: 'channel', cell: (row, { t }) => t(`channel.${row.channel}`, { defaultValue: row.channel }) },
  {
    id: 'duration',
    sort: 'duration',
    end: true,
    cell: (row) =>
      row.duration_ms === null ? none : <span className="tabular">{clock(row.duration_ms)}</span>,
  },
  { id: 'tags', cell: (row) => (row.tags.length > 0 ? <Tags tags={row.tags} limit={1} /> : none) },
  { id: 'status', cell: (row) => <Status value={row.status} /> },
  { id: 'audio', narrow: true, cell: (row) => <ListenCell row={row} /> },
];
export const columnIds = columns.map((column) => column.id);
/** Shown until somebody chooses; every call is a voice call as long as there is no other channel. */
export const columnsAtFirst = columnIds.filter((id) => id !== 'channel');
