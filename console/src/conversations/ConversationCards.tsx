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

interface ConversationCardsProps {
  rows: Conversation[];
  byDay: boolean;
  /** Nothing can be pressed: the cards are only looked at. */
  still?: boolean;
}

export function ConversationCards({ rows, byDay, still = false }: ConversationCardsProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const now = new Date();
  let lastDay = '';
  return (
    <div className={classes.cards}>
      {rows.map((row) => {
        const day = byDay && row.started_at ? dayKey(new Date(row.started_at)) : lastDay;
        const newDay = day !== lastDay;
        lastDay = day;
        return (
          <Fragment key={row.id}>
            {newDay && row.started_at && (
              <h2 className={classes.day}>{dayLabel(row.started_at, locale, now)}</h2>
            )}
            <article className={classes.card} data-status={row.status}>
              <div className={classes.text}>
                {still ? (
                  <span className={classes.name}>{headingOf(row, t)}</span>
                ) : (
                  <Link to="/conversations/$id" params={{ id: row.id }} className={classes.name}>
                    {headingOf(row, t)}
                  </Link>
                )}
                <div className={classes.line}>
                  {row.started_at && (
                    <span className="tabular">
                      {!byDay && `${date(row.started_at, locale)}, `}
                      {timeOfDay(row.started_at, locale)}
                    </span>
                  )}
                  {row.direction && <Direction value={row.direction} />}
                  {typeof row.duration_ms === 'number' && (
                    <span className="tabular">{clock(row.duration_ms)}</span>
                  )}
                </div>
                <div className={classes.line}>
                  {row.agents && <Agents agents={row.agents} />}
                  {row.status && row.status !== 'ready' && <Status value={row.status} />}
                </div>
                {row.tags && row.tags.length > 0 && <Tags tags={row.tags} />}
              </div>
              {row.audio && (
                <div className={classes.listen}>
                  <ListenCell row={row} still={still} />
                </div>
              )}
            </article>
          </Fragment>
        );
      })}
    </div>
  );
}
