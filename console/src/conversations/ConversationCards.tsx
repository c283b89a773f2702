/** The list on a narrow screen: one card a conversation. It knows nothing of filters or paging. */
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/client';
import { clock, date, dayKey, dayLabel, timeOfDay } from '../shared/format';
import { useLocale } from '../shared/useLocale';
import classes from './ConversationCards.module.css';
import { ListenCell } from './ListenCell';
import { Agents, Direction, headingOf, Status, Tags } from './words';

export function ConversationCards({ rows, byDay }: { rows: Conversation[]; byDay: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = new Date();
  let lastDay = '';
  return (
    <div className={classes.cards}>
      {rows.map((row) => {
        const day = dayKey(new Date(row.started_at));
        const newDay = byDay && day !== lastDay;
        lastDay = day;
        return (
          <Fragment key={row.id}>
            {newDay && <h2 className={classes.day}>{dayLabel(row.started_at, locale, now)}</h2>}
            <article className={classes.card} data-status={row.status}>
              <div className={classes.text}>
                <Link to="/conversations/$id" params={{ id: row.id }} className={classes.name}>
                  {headingOf(row, t)}
                </Link>
                <div className={classes.line}>
                  <span className="tabular">
                    {!byDay && `${date(row.started_at, locale)}, `}
                    {timeOfDay(row.started_at, locale)}
                  </span>
                  <Direction value={row.direction} />
                  {row.duration_ms !== null && <span className="tabular">{clock(row.duration_ms)}</span>}
                </div>
                <div className={classes.line}>
                  <Agents agents={row.agents} />
                  {row.status !== 'ready' && <Status value={row.status} />}
                </div>
                {row.tags.length > 0 && <Tags tags={row.tags} />}
              </div>
              <div className={classes.listen}>
                <ListenCell row={row} />
              </div>
            </article>
          </Fragment>
        );
      })}
    </div>
  );
}
