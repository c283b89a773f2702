/**
 * Ledger events as a list and one of them in full.
 * It knows nothing of how they were asked for.
 */
import { Code, CopyButton, Drawer, Text, Tooltip, UnstyledButton } from '@mantine/core';
import {
  IconKey,
  IconRobot,
  IconUser,
  IconUserQuestion,
  IconAddressBook,
  type TablerIcon,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type LedgerEvent } from '../api/client';
import { capital, dayKey, dayLabel, exactTime, number } from '../shared/format';
import { useLocale } from '../shared/useLocale';
import { zone } from '../shared/zone';
import classes from './events.module.css';

const actorIcons: Record<LedgerEvent['actor']['type'], TablerIcon> = {
  user: IconUser,
  api_key: IconKey,
  scim_token: IconAddressBook,
  system: IconRobot,
  anonymous: IconUserQuestion,
};

export function useKinds(enabled = true) {
  return useQuery({ queryKey: ['ledger', 'kinds'], queryFn: api.ledger.kinds, staleTime: Infinity, enabled });
}

/** `recording_play` as words, until the server's sentence for it is there. */
export function kindText(kind: string, kinds: { kind: string; sentence: string }[] | undefined): string {
  const said = kinds?.find((entry) => entry.kind === kind)?.sentence ?? kind.replaceAll('_', ' ');
  // Who it was stands beside it by name.
  const sentence = said.replace(/^(somebody|jemand)\s+/i, '');
  return capital(sentence);
}

/** Where an object of the ledger is shown, if it has a page. */
export function pageOf(object: NonNullable<LedgerEvent['object']>): string | null {
  const rooms: Record<string, string> = {
    conversation: '/conversations',
    user: '/users',
    group: '/groups',
    role: '/roles',
  };
  const room = rooms[object.type];
  return room ? `${room}/${object.id}` : null;
}

function secondsTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23', timeZone: zone() }).format(
    new Date(iso),
  );
}

export function EventList({ events, withObject }: { events: LedgerEvent[]; withObject: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const kinds = useKinds();
  const [shown, setShown] = useState<LedgerEvent | null>(null);
  const now = new Date();
  let lastDay = '';
  return (
    <>
      <div className={classes.events}>
        {events.map((event) => {
          const day = dayKey(new Date(event.at));
          const newDay = day !== lastDay;
          lastDay = day;
          const Icon = actorIcons[event.actor.type];
          return (
            <Fragment key={event.id}>
              {newDay && <h2 className={classes.day}>{dayLabel(event.at, locale, now)}</h2>}
              <UnstyledButton className={classes.event} onClick={() => setShown(event)}>
                <span className={`${classes.time} tabular`}>{secondsTime(event.at, locale)}</span>
                <span className={classes.actor}>
                  <Icon size={16} stroke={1.7} aria-hidden />
                  <span>{event.actor.name ?? t(`actor.${event.actor.type}`)}</span>
                </span>
                <span className={classes.kind}>{kindText(event.kind, kinds.data?.items)}</span>
                {withObject && (
                  <span className={classes.object}>
                    {event.object && (
                      <>
                        {t(`object.${event.object.type}`, { defaultValue: event.object.type })}{' '}
                        {event.object.name ?? event.object.id.slice(-6)}
                      </>
                    )}
                  </span>
                )}
                <span className={classes.outcome} data-outcome={event.outcome}>
                  {event.outcome !== 'success' && t(`outcome.${event.outcome}`)}
                </span>
                <span className={`${classes.index} tabular`}>
                  {event.index === null ? (
                    <Tooltip label={t('ledger.unsealed')}>
                      <span>…</span>
                    </Tooltip>
                  ) : (
                    `#${number(event.index, locale)}`
                  )}
                </span>
              </UnstyledButton>
            </Fragment>
          );
        })}
      </div>
      <EventDrawer event={shown} close={() => setShown(null)} />
    </>
  );
}

/** One event in full, beside what it is about. */
export function EventDrawer({ event, close }: { event: LedgerEvent | null; close: () => void }) {
  const { t } = useTranslation();
  const kinds = useKinds();
  return (
    <Drawer
      opened={event !== null}
      onClose={close}
      position="right"
      size={460}
      title={t('ledger.event')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {event && <EventDetails event={event} kind={kindText(event.kind, kinds.data?.items)} />}
    </Drawer>
  );
}

function EventDetails({ event, kind }: { event: LedgerEvent; kind: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const page = event.object && pageOf(event.object);
  const conversation = event.detail['conversation'];
  const objectText =
    event.object &&
    `${t(`object.${event.object.type}`, { defaultValue: event.object.type })} ${event.object.name ?? event.object.id}`;
  const rows: [string, ReactNode][] = [
    ['ledger.at', exactTime(event.at, locale)],
    ['ledger.actor', event.actor.name ?? t(`actor.${event.actor.type}`)],
    ['ledger.address', event.address && <Code>{event.address}</Code>],
    ['ledger.object', page ? <Link to={page}>{objectText}</Link> : objectText],
    [
      'ledger.about',
      event.object?.type !== 'conversation' && typeof conversation === 'string' && (
        <Link to="/conversations/$id" params={{ id: conversation }}>
          {t('ledger.open')}
        </Link>
      ),
    ],
    ['ledger.outcome', t(`outcome.${event.outcome}`)],
    ['ledger.reason', event.reason],
    ['ledger.kind', <Code key="kind">{event.kind}</Code>],
    ['ledger.index', event.index === null ? t('ledger.unsealed') : `#${number(event.index, locale)}`],
    ['ledger.id', <Code key="id">{event.id}</Code>],
  ];
  const values: [string, unknown][] = [
    ['ledger.old', event.old],
    ['ledger.new', event.new],
    ['ledger.detail', Object.keys(event.detail ?? {}).length > 0 ? event.detail : null],
  ];
  return (
    <div>
      <Text fw={600} mb="sm">
        {kind}
      </Text>
      <dl className={classes.details}>
        {rows
          .filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false)
          .map(([text, value]) => (
            <div key={text}>
              <dt>{t(text)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {values
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([text, value]) => (
          <div key={text} className={classes.value} data-name={text}>
            <Text size="sm" c="dimmed">
              {t(text)}
            </Text>
            <Code block tabIndex={0}>
              {JSON.stringify(value, null, 2)}
            </Code>
          </div>
        ))}
      <CopyButton value={JSON.stringify(event, null, 2)}>
        {({ copied, copy }) => (
          <UnstyledButton className={classes.copy} onClick={copy}>
            {t(copied ? 'action.copied' : 'ledger.copy')}
          </UnstyledButton>
        )}
      </CopyButton>
    </div>
  );
}
