/** Sessions that are open, with what they came with, and ending one or all. It knows neither whose they are nor where they come from. */
import { Badge, Button, Group, Skeleton, Text } from '@mantine/core';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../api/client';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { ago, dateTime } from '../shared/format';
import { Panel } from '../shared/Page';
import { ErrorState } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import classes from './identity.module.css';

interface Props {
  title: string;
  queryKey: readonly string[];
  read: () => Promise<{ items: Session[] }>;
  end: (id: string, reason?: string) => Promise<void>;
  /** Ends all but the one that asks. */
  endAll: (reason?: string) => Promise<void>;
  /** They are somebody else's: it is asked once more, and the ledger keeps why. */
  asksWhy?: boolean;
}

/** One session, or all but the one that asks. */
type Which = Session | 'all';

interface Ending {
  which: Which;
  reason?: string | undefined;
}

export function SessionsPanel({ title, queryKey, read, end, endAll, asksWhy = false }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const sessions = useQuery({ queryKey, queryFn: read });
  const [asked, setAsked] = useState<Which | null>(null);
  const ending = useMutation({
    mutationFn: ({ which, reason }: Ending) => (which === 'all' ? endAll(reason) : end(which.id, reason)),
    onSuccess: (_, { which }) => toast.done(t(which === 'all' ? 'sessions.all_ended' : 'sessions.ended')),
    onError: toast.failed,
    onSettled: () => {
      setAsked(null);
      return client.invalidateQueries({ queryKey });
    },
  });
  const now = new Date();
  const named = (session: Session) => session.device ?? t('sessions.unknown_device');
  const isOn = (which: Which) => ending.isPending && ending.variables.which === which;
  const ask = (which: Which) => (asksWhy ? setAsked(which) : ending.mutate({ which }));
  const items = sessions.data?.items ?? [];
  const hasOwn = items.some((session) => session.is_own);
  const hasOthers = items.some((session) => !session.is_own);
  const everywhere = t(hasOwn ? 'sessions.end_others' : 'sessions.end_all');
  return (
    <Panel
      title={title}
      actions={
        hasOthers && (
          <Button variant="default" size="compact-sm" loading={isOn('all')} onClick={() => ask('all')}>
            {everywhere}
          </Button>
        )
      }
    >
      {sessions.error && <ErrorState error={sessions.error} retry={() => void sessions.refetch()} />}
      {sessions.isPending && <Skeleton height={60} />}
      {sessions.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('sessions.none')}
        </Text>
      )}
      <ul className={classes.factors}>
        {items.map((session) => {
          const Icon = session.is_mobile ? IconDeviceMobile : IconDeviceDesktop;
          return (
            <li key={session.id}>
              <Group gap="sm" wrap="nowrap">
                <Icon size={20} aria-hidden />
                <div>
                  <Group gap={8}>
                    <Text size="sm" fw={550}>
                      {named(session)}
                    </Text>
                    {session.is_own && (
                      <Badge size="sm" variant="light">
                        {t('sessions.this')}
                      </Badge>
                    )}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {t('sessions.facts', {
                      address: session.address ?? t('sessions.no_address'),
                      since: dateTime(session.created_at, locale),
                      used: ago(session.used_at, locale, now),
                    })}
                  </Text>
                </div>
              </Group>
              {!session.is_own && (
                <Button
                  variant="default"
                  size="compact-sm"
                  loading={isOn(session)}
                  aria-label={t('sessions.end_named', {
                    device: named(session),
                    since: dateTime(session.created_at, locale),
                  })}
                  onClick={() => ask(session)}
                >
                  {t('sessions.end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <ConfirmDialog
        opened={asked !== null}
        title={t(asked === 'all' ? 'sessions.end_all_title' : 'sessions.end_title')}
        text={
          asked === 'all'
            ? t(hasOwn ? 'sessions.end_others_text' : 'sessions.end_all_text')
            : asked &&
              t('sessions.end_text', { device: named(asked), since: dateTime(asked.created_at, locale) })
        }
        action={asked === 'all' ? everywhere : t('sessions.end')}
        busy={ending.isPending}
        asksWhy
        onConfirm={(reason) => asked && ending.mutate({ which: asked, reason })}
        close={() => setAsked(null)}
      />
    </Panel>
  );
}
