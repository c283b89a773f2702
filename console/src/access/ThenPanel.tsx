/**
 * Who could see, play and download a conversation at a past time, by which ledger events, and who did.
 * It knows nothing of the conversation itself.
 */
import { Alert, Button, Text, TextInput, Title, UnstyledButton } from '@mantine/core';
import { IconClock, IconEraser } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccessThen, api, type LedgerEvent } from '../api/client';
import { EventDrawer, EventList } from '../audit/events';
import { dateTime, exactTime, number } from '../shared/format';
import { List } from '../shared/List';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import { momentOf, wallTime } from '../shared/zone';
import classes from './ThenPanel.module.css';
import { type Asked, Counts, verdict } from './WhoPanel';
import who from './WhoPanel.module.css';

type Ground = AccessThen['grounds'][number];
type Person = NonNullable<AccessThen['access']>['items'][number];

export function ThenPanel({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [permission, setPermission] = useState<Asked>('recordings.play');
  const [typed, setTyped] = useState(() => wallTime(new Date()));
  const [at, setAt] = useState<string>();
  const [shown, setShown] = useState<LedgerEvent | null>(null);
  const then = useInfiniteQuery({
    queryKey: ['conversation', conversationId, 'then', permission, at],
    queryFn: ({ pageParam }) =>
      api.conversations.then(conversationId, {
        permission,
        ...(at ? { at } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.access?.next,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const wanted = momentOf(typed);
  const first = then.error ? undefined : then.data?.pages[0];
  const people = then.data?.pages.flatMap((page) => page.access?.items ?? []) ?? [];
  const grounds = then.data?.pages.flatMap((page) => page.grounds) ?? [];
  return (
    <div>
      <Title order={2} size="h3" mb={4}>
        {t('then.title')}
      </Title>
      <Text size="sm" c="dimmed" maw={620}>
        {t('then.text')}
      </Text>
      <form
        className={classes.time}
        onSubmit={(event) => {
          event.preventDefault();
          if (wanted) setAt(wanted.toISOString());
        }}
      >
        <TextInput
          type="datetime-local"
          step={1}
          label={t('then.at')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={!wanted} loading={then.isFetching}>
          {t('then.show')}
        </Button>
      </form>
      {then.error && <ErrorState error={then.error} retry={() => void then.refetch()} />}
      {!then.error && !first && <LoadingRows rows={6} height={34} />}
      {first && !first.access && (
        <EmptyState
          icon={IconClock}
          title={t('then.not_yet.title')}
          text={t('then.not_yet.text', { at: exactTime(first.at, locale) })}
        />
      )}
      {first?.access && (
        <section aria-label={t('then.could')}>
          {first.values_erased && (
            <Alert variant="light" color="yellow" icon={<IconEraser size={18} />} mb="sm">
              {t('then.erased')}
            </Alert>
          )}
          <Counts counts={first.access.permissions} chosen={permission} choose={setPermission} />
          {people.length === 0 && first.access.programs.length === 0 && (
            <Text size="sm" c="dimmed" py="md">
              {t('who.nobody')}
            </Text>
          )}
          {people.length > 0 && (
            <List<Person>
              caption={t('who.users')}
              items={people}
              keyOf={(person) => person.id}
              columns={[
                {
                  title: t('who.person'),
                  cell: (person) => (
                    <>
                      {person.name}
                      <Text size="xs" c="dimmed">
                        {person.email}
                      </Text>
                    </>
                  ),
                },
                ...verdict<Person>(permission, t).map(({ cell, title }, place) => ({
                  title: place === 0 ? t('then.outcome') : title,
                  cell: (person: Person) => (
                    <>
                      {cell(person)}
                      {place > 0 && (
                        <Grounds
                          grounds={grounds.filter(
                            (ground) => ground.user === person.id && ground.permissions.includes(permission),
                          )}
                          open={setShown}
                        />
                      )}
                    </>
                  ),
                })),
              ]}
            />
          )}
          {then.hasNextPage && (
            <Button
              mt="md"
              variant="default"
              loading={then.isFetchingNextPage}
              onClick={() => void then.fetchNextPage()}
            >
              {t('action.more')}
            </Button>
          )}
          {first.access.programs.length > 0 && (
            <ul className={classes.programs} aria-label={t('who.programs')}>
              {first.access.programs.map((program) => (
                <li key={program.id}>
                  {t('then.program', { name: program.name })}{' '}
                  <span className={who.rule}>
                    {program.access.find((one) => one.permission === permission)?.rule?.sentence}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
      {first?.did && (
        <section aria-label={t('then.did')}>
          <Title order={3} size="h4" mt="lg" mb={4}>
            {t('then.did')}
          </Title>
          {first.did.done.length === 0 && (
            <Text size="sm" c="dimmed">
              {t('then.nobody_did')}
            </Text>
          )}
          <EventList events={first.did.done} withObject={false} />
          {first.did.refused.length > 0 && (
            <>
              <Title order={3} size="h4" mt="lg" mb={4}>
                {t('then.refused')}
              </Title>
              <EventList events={first.did.refused} withObject={false} />
            </>
          )}
          {first.did.goes_on && (
            <Text size="sm" c="dimmed" mt="sm">
              {t('then.goes_on')}
            </Text>
          )}
        </section>
      )}
      {first && !first.did && (
        <Text size="sm" c="dimmed" mt="md">
          {t('then.no_ledger')}
        </Text>
      )}
      <EventDrawer event={shown} close={() => setShown(null)} />
    </div>
  );
}

function Grounds({ grounds, open }: { grounds: Ground[]; open: (event: LedgerEvent) => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <ul className={classes.grounds}>
      {grounds.map((ground) => {
        const { event, since } = ground;
        const at = since ?? event?.at;
        return (
          <li key={`${ground.what} ${ground.name} ${event?.id}`}>
            {t(`then.what.${ground.what}`, { name: ground.name ?? '' })}
            {at && ` ${t('then.since', { at: dateTime(at, locale) })} `}
            {event && (
              <UnstyledButton className={classes.event} onClick={() => open(event)}>
                {event.index === null
                  ? t('then.event')
                  : t('then.event_index', { index: number(event.index, locale) })}
                {event.actor.name && `, ${event.actor.name}`}
              </UnstyledButton>
            )}
          </li>
        );
      })}
    </ul>
  );
}
