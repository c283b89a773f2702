/**
 * Who may see, play and download a conversation: how many, then everybody by name with the rule that decides.
 * It knows nothing of the conversation itself.
 */
import { Anchor, Button, Select, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconDownload, IconEye, IconHeadphones, IconSearch, type TablerIcon } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccessOutcome, type AccessUsers, api } from '../api/client';
import { useMay } from '../identity/session';
import { List } from '../shared/List';
import { ErrorState, LoadingRows } from '../shared/states';
import { UserState } from './people';
import classes from './WhoPanel.module.css';

const asked = ['conversations.view', 'recordings.play', 'recordings.download'] as const;
export type Asked = (typeof asked)[number];
const looks: Record<Asked, { icon: TablerIcon; name: string }> = {
  'conversations.view': { icon: IconEye, name: 'who.see' },
  'recordings.play': { icon: IconHeadphones, name: 'who.play' },
  'recordings.download': { icon: IconDownload, name: 'who.download' },
};
const outcomes = ['near', 'may', 'held_back', 'may_not'] as const;
type Wanted = (typeof outcomes)[number];

export function WhoPanel({ conversationId }: { conversationId: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [permission, setPermission] = useState<Asked>('recordings.play');
  const [wanted, setWanted] = useState<Wanted>('near');
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text.trim(), 250);
  const who = useInfiniteQuery({
    queryKey: ['conversation', conversationId, 'who', permission, wanted, q],
    queryFn: ({ pageParam }) =>
      api.conversations.who(conversationId, {
        permission,
        ...(wanted === 'near' ? {} : { outcome: wanted }),
        ...(q ? { q } : {}),
        ...(pageParam ? { cursor: pageParam } : {}),
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const first = who.data?.pages[0];
  if (who.error && !first) return <ErrorState error={who.error} retry={() => void who.refetch()} />;
  if (!first) return <LoadingRows rows={6} height={34} />;
  const items = who.data?.pages.flatMap((page) => page.items) ?? [];
  const programs = first.programs.filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()));
  const notTold = first.permissions.find((count) => count.permission === permission)?.not_told ?? 0;
  return (
    <div>
      <Title order={2} size="h3" mb={8}>
        {t('who.title')}
      </Title>
      <Counts counts={first.permissions} chosen={permission} choose={setPermission} />
      <div className={classes.filters}>
        <TextInput
          type="search"
          aria-label={t('who.search')}
          placeholder={t('who.search')}
          leftSection={<IconSearch size={17} stroke={1.7} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Select
          aria-label={t('who.outcome')}
          allowDeselect={false}
          data={outcomes.map((value) => ({ value, label: t(`who.wanted.${value}`) }))}
          value={wanted}
          onChange={(next) => next && setWanted(next as Wanted)}
        />
      </div>
      {items.length === 0 && programs.length === 0 && (
        <Text size="sm" c="dimmed" py="md">
          {t('who.nobody')}
        </Text>
      )}
      {items.length > 0 && (
        <List
          caption={t('who.users')}
          items={items}
          keyOf={(user) => user.id}
          columns={[
            {
              title: t('who.person'),
              cell: (user) => (
                <div className={classes.person}>
                  <span className={classes.name}>
                    {may('users.manage') ? (
                      <Anchor component={Link} to={`/users/${user.id}`} inherit>
                        {user.name}
                      </Anchor>
                    ) : (
                      user.name
                    )}
                    {user.state !== 'active' && <UserState value={user.state} />}
                  </span>
                  <Text size="xs" c="dimmed">
                    {user.email}
                  </Text>
                </div>
              ),
            },
            ...verdict<AccessUsers['items'][number]>(permission, t),
          ]}
        />
      )}
      {who.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={who.isFetchingNextPage}
          onClick={() => void who.fetchNextPage()}
        >
          {t('action.more')}
        </Button>
      )}
      {programs.length > 0 && (
        <>
          <Title order={3} size="h3" mt="lg" mb={6}>
            {t('who.programs')}
          </Title>
          <List
            caption={t('who.programs')}
            items={programs}
            keyOf={(program) => program.id}
            columns={[
              {
                title: t('who.program'),
                cell: (program) => (
                  <div className={classes.person}>
                    {program.name}
                    <Text size="xs" c="dimmed">
                      {program.acts_for
                        ? t('who.acts_for', { name: program.acts_for.name })
                        : t('who.has_role', { role: program.role })}
                    </Text>
                  </div>
                ),
              },
              ...verdict<AccessUsers['programs'][number]>(permission, t),
            ]}
          />
        </>
      )}
      {notTold > 0 && (
        <Text size="sm" c="dimmed" mt="sm">
          {t('who.not_told', { count: notTold })}
        </Text>
      )}
    </div>
  );
}

interface CountsProps {
  counts: AccessUsers['permissions'];
  chosen: Asked;
  choose: (permission: Asked) => void;
}

export function Counts({ counts, chosen, choose }: CountsProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.counts} role="group" aria-label={t('who.counts')}>
      {asked.map((permission) => {
        const count = counts.find((one) => one.permission === permission);
        if (!count) return null;
        const { icon: Icon, name } = looks[permission];
        const beside = [
          count.held_back > 0 && t('who.held_back', { count: count.held_back }),
          count.programs > 0 && t('who.programs_count', { count: count.programs }),
          !count.available && t('who.coming'),
        ].filter(Boolean);
        return (
          <button
            key={permission}
            type="button"
            aria-pressed={permission === chosen}
            className={classes.count}
            onClick={() => choose(permission)}
          >
            <span className={classes.what}>
              <Icon size={17} stroke={1.8} aria-hidden />
              {t(name)}
            </span>
            <span className={classes.number}>{t('who.people', { count: count.may })}</span>
            <span className={classes.beside}>{beside.join(' · ') || t('who.nothing_else')}</span>
          </button>
        );
      })}
    </div>
  );
}

type Verdicts = AccessUsers['items'][number]['access'];

export function verdict<T extends { access: Verdicts }>(permission: Asked, t: (key: string) => string) {
  const of = (one: T) => one.access.find((verdict) => verdict.permission === permission);
  return [
    {
      title: t('who.outcome'),
      cell: (one: T): ReactNode => {
        const found: AccessOutcome | undefined = of(one)?.outcome;
        return (
          found && (
            <span className={classes.outcome} data-outcome={found}>
              {t(`who.is.${found}`)}
            </span>
          )
        );
      },
    },
    {
      title: t('who.rule'),
      cell: (one: T): ReactNode => <span className={classes.rule}>{of(one)?.rule?.sentence}</span>,
    },
  ];
}
