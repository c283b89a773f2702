/** One group: its members, its supervisors, its name. It knows nothing of the group's conversations. */
import { Anchor, Button, Group as Row, Modal, Select, Text, TextInput } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Group, type Named } from '../api/client';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Page, Panel } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useWeighed } from '../shared/useWeighed';
import classes from './people.module.css';

export function GroupPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const group = useQuery({ queryKey: ['group', id], queryFn: () => api.groups.get(id) });
  const above = (
    <Anchor
      component={Link}
      to="/groups"
      size="sm"
      mb="xs"
      display="inline-flex"
      style={{ gap: 6, alignItems: 'center' }}
    >
      <IconArrowLeft size={16} stroke={1.8} aria-hidden />
      {t('groups.back')}
    </Anchor>
  );
  if (!group.data)
    return (
      <Page title={t('groups.one')} above={above}>
        {group.error ? (
          <ErrorState error={group.error} retry={() => void group.refetch()} />
        ) : (
          <LoadingRows rows={5} />
        )}
      </Page>
    );
  return (
    <Page key={id} above={above} title={group.data.name} actions={<Actions group={group.data} />}>
      <div className={classes.grid}>
        <People
          title={t('groups.members')}
          text={t('groups.members_text')}
          group={group.data}
          people={group.data.members}
          add={api.groups.addMember}
          remove={api.groups.removeMember}
        />
        <People
          title={t('groups.supervisors')}
          text={t('groups.supervisors_text')}
          group={group.data}
          people={group.data.supervisors}
          add={api.groups.addSupervisor}
          remove={api.groups.removeSupervisor}
        />
      </div>
    </Page>
  );
}

interface PeopleProps {
  title: string;
  text: string;
  group: Group;
  people: Named[];
  add: (groupId: string, userId: string) => Promise<void>;
  remove: (groupId: string, userId: string) => Promise<void>;
}

function People({ title, text, group, people, add, remove }: PeopleProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [chosen, setChosen] = useState<string | null>(null);
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  const refresh = async () => {
    setChosen(null);
    await client.invalidateQueries({ queryKey: ['group', group.id] });
    void client.invalidateQueries({ queryKey: ['groups'] });
    void client.invalidateQueries({ queryKey: ['users'] });
  };
  const join = useWeighed({
    mutationFn: (userId: string) => add(group.id, userId),
    onSuccess: refresh,
    onError: toast.failed,
  });
  const leave = useWeighed({
    mutationFn: (userId: string) => remove(group.id, userId),
    onSuccess: refresh,
    onError: toast.failed,
  });
  const candidates = (directory.data?.users ?? []).filter(
    (user) => !people.some((other) => other.id === user.id),
  );
  return (
    <Panel title={title}>
      <Text size="sm" c="dimmed" mb="xs">
        {text}
      </Text>
      <ul className={classes.rows}>
        {people.map((person) => (
          <li key={person.id}>
            <Anchor component={Link} to={`/users/${person.id}`} size="sm">
              {person.name}
            </Anchor>
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              aria-label={t('groups.remove', { name: person.name, list: title })}
              loading={leave.isPending && leave.variables === person.id}
              onClick={() => leave.mutate(person.id)}
            >
              {t('action.remove')}
            </Button>
          </li>
        ))}
      </ul>
      <form
        className={classes.add}
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen) join.mutate(chosen);
        }}
      >
        <Select
          label={t('groups.person')}
          searchable
          data={candidates.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={setChosen}
        />
        <Button type="submit" variant="default" loading={join.isPending} disabled={!chosen}>
          {t('action.add')}
        </Button>
      </form>
    </Panel>
  );
}

function Actions({ group }: { group: Group }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [renaming, setRenaming] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [name, setName] = useState(group.name);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['groups'] });
    void client.invalidateQueries({ queryKey: ['directory'] });
  };
  const rename = useMutation({
    mutationFn: () => api.groups.rename(group.id, group.version, name.trim()),
    onSuccess: (changed) => {
      setRenaming(false);
      client.setQueryData(['group', group.id], changed);
      refresh();
    },
    onError: toast.failed,
  });
  const remove = useWeighed({
    mutationFn: () => api.groups.delete(group.id, group.version),
    onSuccess: () => {
      refresh();
      void navigate({ to: '/groups' });
    },
    onError: toast.failed,
  });
  return (
    <>
      <Button variant="default" onClick={() => setRenaming(true)}>
        {t('groups.rename')}
      </Button>
      <Button variant="default" onClick={() => setDeleting(true)}>
        {t('groups.delete')}
      </Button>
      <Modal
        opened={renaming}
        onClose={() => setRenaming(false)}
        title={t('groups.rename')}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            rename.mutate();
          }}
        >
          <TextInput
            label={t('groups.name')}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Row justify="flex-end" mt="md">
            <Button type="submit" loading={rename.isPending} disabled={!name.trim()}>
              {t('action.save')}
            </Button>
          </Row>
        </form>
      </Modal>
      <ConfirmDialog
        opened={deleting}
        title={t('groups.delete_title', { name: group.name })}
        text={t('groups.delete_text')}
        action={t('groups.delete')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        close={() => setDeleting(false)}
      />
    </>
  );
}
