/** The groups of the organisation. Members and supervisors of one have a page of their own. */
import { Anchor, Button, Group as Row, Modal, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { List } from '../shared/List';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { messageOf } from '../shared/toast';

export function GroupsPage() {
  const { t } = useTranslation();
  const groups = useQuery({ queryKey: ['groups'], queryFn: api.groups.list });
  const [creating, setCreating] = useState(false);
  const create = (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setCreating(true)}>
      {t('groups.create')}
    </Button>
  );
  return (
    <Page title={t('groups.title')} subtitle={t('groups.subtitle')} actions={groups.data && create}>
      {groups.error && <ErrorState error={groups.error} retry={() => void groups.refetch()} />}
      {groups.isPending && <LoadingRows rows={5} />}
      {groups.data?.items.length === 0 && (
        <EmptyState icon={IconUsersGroup} title={t('groups.empty.title')} text={t('groups.empty.text')} />
      )}
      {groups.data && groups.data.items.length > 0 && (
        <List
          caption={t('groups.title')}
          items={groups.data.items}
          keyOf={(group) => group.id}
          columns={[
            {
              title: t('groups.name'),
              cell: (group) => (
                <Anchor component={Link} to={`/groups/${group.id}`} inherit>
                  {group.name}
                </Anchor>
              ),
            },
            {
              title: t('groups.members'),
              cell: (group) => t('groups.people', { count: group.members.length }),
            },
            {
              title: t('groups.supervisors'),
              cell: (group) => group.supervisors.map((user) => user.name).join(', ') || '–',
            },
          ]}
        />
      )}
      {creating && <CreateDialog close={() => setCreating(false)} />}
    </Page>
  );
}

function CreateDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => api.groups.create(name.trim()),
    onSuccess: (group) => {
      void client.invalidateQueries({ queryKey: ['groups'] });
      void client.invalidateQueries({ queryKey: ['directory'] });
      void navigate({ to: '/groups/$id', params: { id: group.id } });
    },
  });
  return (
    <Modal
      opened
      onClose={close}
      title={t('groups.create')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t('groups.name')}
            data-autofocus
            value={name}
            error={
              create.error ? (fieldErrorsOf(create.error)['name'] ?? messageOf(create.error, t)) : undefined
            }
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Row justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
              {t('groups.create')}
            </Button>
          </Row>
        </Stack>
      </form>
    </Modal>
  );
}
