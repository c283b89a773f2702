/**
 * The list as a table: dense rows under their days, sortable by time and duration.
 * It knows nothing of filters or paging.
 */
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { Fragment, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/client';
import { dayKey, dayLabel } from '../shared/format';
import { useLocale } from '../shared/useLocale';
import type { Column } from './columns';
import classes from './ConversationTable.module.css';
import type { Sort } from './filters';

interface ConversationTableProps {
  rows: Conversation[];
  columns: Column[];
  sort: Sort;
  /** Without it the rows are only looked at. */
  onSort?: (sort: Sort) => void;
}

export function ConversationTable({ rows, columns, sort, onSort }: ConversationTableProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const still = !onSort;
  const byDay = sort.endsWith('started_at') && columns.some((column) => column.id === 'time');
  const now = new Date();
  const open = (event: MouseEvent, id: string) => {
    if (still) return;
    // Links and buttons inside a row do their own work; marking text isn't a click.
    if ((event.target as HTMLElement).closest('a, button') || window.getSelection()?.toString()) return;
    void navigate({ to: '/conversations/$id', params: { id } });
  };
  let lastDay = '';
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('list.title')}>
      <table className={classes.table}>
        <caption className="visually-hidden">{t('list.caption')}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const day = byDay && row.started_at ? dayKey(new Date(row.started_at)) : lastDay;
            const newDay = day !== lastDay;
            lastDay = day;
            return (
              <Fragment key={row.id}>
                {newDay && row.started_at && (
                  <tr className={classes.day}>
                    <th colSpan={columns.length} scope="rowgroup">
                      {dayLabel(row.started_at, locale, now)}
                    </th>
                  </tr>
                )}
                <tr
                  className={classes.row}
                  data-status={row.status}
                  data-still={still || undefined}
                  onClick={(event) => open(event, row.id)}
                >
                  {columns.map((column) => (
                    <td key={column.id} data-end={column.end || undefined} data-column={column.id}>
                      {column.cell(row, { t, locale, byDay, still })}
                    </td>
                  ))}
                </tr>
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps {
  column: Column;
  sort: Sort;
  onSort: ((sort: Sort) => void) | undefined;
}

function Head({ column, sort, onSort }: HeadProps) {
  const { t } = useTranslation();
  const text = t(`column.${column.id}`);
  if (!column.sort || !onSort)
    return (
      <th scope="col" data-end={column.end || undefined}>
        {column.narrow ? <span className="visually-hidden">{text}</span> : text}
      </th>
    );
  const down: Sort = `-${column.sort}`;
  const sorted = sort === down ? 'descending' : sort === column.sort ? 'ascending' : 'none';
  const Arrow = sorted === 'ascending' ? IconArrowUp : IconArrowDown;
  return (
    <th scope="col" data-end={column.end || undefined} aria-sort={sorted}>
      <button
        type="button"
        className={classes.sort}
        data-sorted={sorted !== 'none' || undefined}
        onClick={() => onSort(sort === down ? column.sort! : down)}
      >
        {text}
        <Arrow size={13} stroke={2} aria-hidden />
      </button>
    </th>
  );
}
