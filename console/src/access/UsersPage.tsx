/** The users of the organisation: found, listed, invited. One user in full has a page of their own. */
import { Anchor, Button, Text, TextInput } from '@mantine/core';
import { IconSearch, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { ago } from '../shared/format';
import { List } from '../shared/List';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useLocale } from '../shared/useLocale';
import { useTyped } from '../shared/useTyped';
import { InviteDialog } from './InviteDialog';
import { UserState } from './people';

export function UsersPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const navigate = useNavigate();
  const { q = '' } = useSearch({ strict: false }) as { q?: string };
  const [text, setText] = useState(q);
  const [inviting, setInviting] = useState(false);
  const search = useTyped(
    (next) => void navigate({ to: '/users', search: next ? { q: next } : {}, replace: true }),
  );
  const users = useInfiniteQuery({
    queryKey: ['users', q],
    queryFn: ({ pageParam }) =>
      api.users.list({ ...(q ? { q } : {}), ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const items = users.data?.pages.flatMap((page) => page.items) ?? [];
  const now = new Date();
  return (
    <Page
      wide
      title={t('users.title')}
      subtitle={t('users.subtitle')}
      actions={
        users.data && (
          <Button leftSection={<IconUserPlus size={17} aria-hidden />} onClick={() => setInviting(true)}>
            {t('users.invite')}
          </Button>
        )
      }
    >
      {users.data && (
        <TextInput
          type="search"
          aria-label={t('users.search')}
          placeholder={t('users.search')}
          leftSection={<IconSearch size={17} stroke={1.7} aria-hidden />}
          maw={360}
          mb="sm"
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
        />
      )}
      {users.error && items.length === 0 && (
        <ErrorState error={users.error} retry={() => void users.refetch()} />
      )}
      {users.isPending && <LoadingRows rows={8} />}
      {users.data && items.length === 0 && (
        <EmptyState icon={IconUsers} title={t('users.no_match')} text={t('users.no_match_text')} />
      )}
      {items.length > 0 && (
        <List
          caption={t('users.title')}
          items={items}
          keyOf={(user) => user.id}
          columns={[
            {
              title: t('users.name'),
              cell: (user) => (
                <>
                  <Anchor component={Link} to={`/users/${user.id}`} inherit>
                    {user.name}
                  </Anchor>
                  <Text size="xs" c="dimmed">
                    {user.email}
                  </Text>
                  {user.managed_by && (
                    <Text size="xs" c="dimmed">
                      {t('users.managed_by', { name: user.managed_by.name })}
                    </Text>
                  )}
                </>
              ),
            },
            {
              title: t('users.roles'),
              cell: (user) =>
                user.assignments.map((assignment) => assignment.role.name).join(', ') || (
                  <Text span inherit c="dimmed">
                    {t('users.no_role')}
                  </Text>
                ),
            },
            { title: t('users.groups'), cell: (user) => user.groups.map((group) => group.name).join(', ') },
            {
              title: t('users.agent_ids'),
              cell: (user) => user.agent_ids.map((agent) => agent.value).join(', '),
            },
            {
              title: t('users.state'),
              cell: (user) => <UserState value={user.state} inactive={user.inactive} />,
            },
            {
              title: t('users.last_sign_in'),
              cell: (user) =>
                user.last_sign_in_at ? ago(user.last_sign_in_at, locale, now) : t('users.never'),
            },
          ]}
        />
      )}
      {users.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={users.isFetchingNextPage}
          onClick={() => void users.fetchNextPage()}
        >
          {t('action.more')}
        </Button>
      )}
      {inviting && <InviteDialog close={() => setInviting(false)} />}
    </Page>
  );
}
