/**
 * One user: state, role assignments, agent ids and groups.
 * What the assignments mean for a conversation is told on that conversation's access page.
 */
import { Anchor, Button, Group, Text, TextInput } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type User } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { accountKey } from '../identity/FactorsPanel';
import { PhonePanel } from '../identity/PhonePanel';
import { SessionsPanel } from '../identity/SessionsPanel';
import { useMay, useMe } from '../identity/session';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { ago, date, lastMoment } from '../shared/format';
import { Page, Panel } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { useWeighed } from '../shared/useWeighed';
import { AssignmentFields, emptyAssignment, isComplete, toAssignment } from './AssignmentFields';
import { IdentitiesPanel } from './IdentitiesPanel';
import { useLimitText, UserState } from './people';
import classes from './people.module.css';
import { ReachPanel } from './ReachPanel';
import { UserActions } from './UserActions';

/** Does something to a user, and shows what has become of them. */
function useDeed<T>(userId: string, deed: (argument: T) => Promise<unknown>, after?: () => void) {
  const client = useQueryClient();
  const toast = useToast();
  return useWeighed({
    mutationFn: deed,
    onSuccess: async () => {
      after?.();
      await client.invalidateQueries({ queryKey: ['user', userId] });
      void client.invalidateQueries({ queryKey: ['users'] });
    },
    onError: toast.failed,
  });
}

export function UserPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const { id } = useParams({ strict: false }) as { id: string };
  const me = useMe();
  const may = useMay();
  const client = useQueryClient();
  const user = useQuery({ queryKey: ['user', id], queryFn: () => api.users.get(id) });
  const account = useQuery({ queryKey: accountKey, queryFn: api.account.get });
  const above = (
    <Anchor
      component={Link}
      to="/users"
      size="sm"
      mb="xs"
      display="inline-flex"
      style={{ gap: 6, alignItems: 'center' }}
    >
      <IconArrowLeft size={16} stroke={1.8} aria-hidden />
      {t('users.back')}
    </Anchor>
  );
  if (user.error && !user.data)
    return (
      <Page title={t('users.one')} above={above}>
        <ErrorState error={user.error} retry={() => void user.refetch()} />
      </Page>
    );
  if (!user.data)
    return (
      <Page title={t('users.one')} above={above}>
        <LoadingRows rows={5} />
      </Page>
    );
  const { name, email, state, last_sign_in_at: last } = user.data;
  return (
    <Page
      key={id}
      above={above}
      title={name}
      subtitle={
        <Group gap="md" component="span">
          <span>{email}</span>
          <UserState value={state} inactive={user.data.inactive} />
          <span>
            {last ? t('users.last_seen', { when: ago(last, locale, new Date()) }) : t('users.never_seen')}
          </span>
          {user.data.managed_by && (
            <span>{t('users.managed_text', { name: user.data.managed_by.name })}</span>
          )}
        </Group>
      }
      actions={<UserActions user={user.data} />}
    >
      <div className={classes.grid}>
        <div className={classes.column}>
          <Assignments user={user.data} />
          <Groups user={user.data} />
        </div>
        <div className={classes.column}>
          <AgentIds user={user.data} />
          <IdentitiesPanel user={user.data} />
          {(account.data?.has_text_messages || user.data.phone !== null) && (
            <PhonePanel
              phone={user.data.phone}
              confirmed={user.data.phone_confirmed}
              text={t('phone.of_user')}
              done={t('phone.saved')}
              set={(number) => api.users.setPhone(id, number)}
              remove={(reason) => api.users.removePhone(id, reason)}
              asksWhy
              changed={() => client.invalidateQueries({ queryKey: ['user', id] })}
            />
          )}
          <SessionsPanel
            title={t('sessions.of_user')}
            queryKey={['user', id, 'sessions']}
            read={() => api.users.sessions(id)}
            end={(sessionId, reason) => api.users.endSession(id, sessionId, reason)}
            endAll={(reason) => api.users.endSessions(id, reason)}
            asksWhy
          />
        </div>
      </div>
      {(may('access.explain') || id === me.user.id) && (
        <div className={classes.below}>
          <ReachPanel userId={id} />
        </div>
      )}
    </Page>
  );
}

function Assignments({ user }: { user: User }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const me = useMe();
  const limitText = useLimitText();
  const [draft, setDraft] = useState(emptyAssignment);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const add = useDeed(
    user.id,
    () => api.users.assign(user.id, toAssignment(draft)),
    () => {
      setDraft(emptyAssignment);
      setAdding(false);
    },
  );
  const remove = useDeed(
    user.id,
    (assignmentId: string) => api.users.unassign(user.id, assignmentId),
    () => setRemoving(null),
  );
  return (
    <Panel
      title={t('assignment.title')}
      actions={
        !adding && (
          <Button variant="default" size="compact-sm" onClick={() => setAdding(true)}>
            {t('assignment.add')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed" mb="xs">
        {user.assignments.length > 0 ? t('assignment.text') : t('assignment.none')}
      </Text>
      <ul className={classes.rows}>
        {user.assignments.map((assignment) => (
          <li key={assignment.id}>
            <span>
              <b>{assignment.role.name}</b>
              <Text size="sm" c="dimmed">
                {limitText(assignment)}
                {assignment.until &&
                  ` · ${t('assignment.ends', { day: date(lastMoment(assignment.until), locale) })}`}
              </Text>
            </span>
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              aria-label={t('assignment.remove_named', { role: assignment.role.name })}
              onClick={() => setRemoving(assignment.id)}
            >
              {t('action.remove')}
            </Button>
          </li>
        ))}
      </ul>
      {adding && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add.mutate(undefined);
          }}
        >
          <AssignmentFields draft={draft} setDraft={setDraft} errors={fieldErrorsOf(add.error)} />
          <Group gap="xs" mt="sm">
            <Button type="submit" loading={add.isPending} disabled={!isComplete(draft)}>
              {t('assignment.add')}
            </Button>
            <Button variant="subtle" onClick={() => setAdding(false)}>
              {t('action.cancel')}
            </Button>
          </Group>
        </form>
      )}
      <ConfirmDialog
        opened={removing !== null}
        title={t('assignment.remove_title')}
        text={t(user.id === me.user.id ? 'assignment.remove_self' : 'assignment.remove_text', {
          name: user.name,
        })}
        action={t('action.remove')}
        busy={remove.isPending}
        onConfirm={() => removing && remove.mutate(removing)}
        close={() => setRemoving(null)}
      />
    </Panel>
  );
}

function AgentIds({ user }: { user: User }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [value, setValue] = useState('');
  const [from, setFrom] = useState('');
  const add = useDeed(
    user.id,
    () =>
      api.users.addAgentId(user.id, {
        value: value.trim(),
        ...(from ? { from: new Date(`${from}T00:00`).toISOString() } : {}),
      }),
    () => {
      setValue('');
      setFrom('');
    },
  );
  const now = new Date();
  const remove = useDeed(user.id, (agentId: string) => api.users.removeAgentId(user.id, agentId));
  return (
    <Panel title={t('agent_ids.title')}>
      <Text size="sm" c="dimmed" mb="xs">
        {t('agent_ids.text')}
      </Text>
      <ul className={classes.rows}>
        {user.agent_ids.map((agent) => (
          <li key={agent.id}>
            <span>
              <b className="tabular">{agent.value}</b>{' '}
              <Text span size="sm" c="dimmed">
                {agent.until
                  ? t('agent_ids.span', {
                      from: date(agent.from, locale),
                      until: date(lastMoment(agent.until), locale),
                    })
                  : t('agent_ids.since', { from: date(agent.from, locale) })}
              </Text>
            </span>
            {!(agent.until && new Date(agent.until) <= now) && (
              <Button
                variant="subtle"
                color="red"
                size="compact-sm"
                aria-label={t('agent_ids.remove', { value: agent.value })}
                loading={remove.isPending && remove.variables === agent.id}
                onClick={() => remove.mutate(agent.id)}
              >
                {t('action.remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <form
        className={classes.add}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined);
        }}
      >
        <TextInput
          label={t('agent_ids.value')}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t('agent_ids.from')}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={add.isPending} disabled={!value.trim()}>
          {t('action.add')}
        </Button>
      </form>
    </Panel>
  );
}

function Groups({ user }: { user: User }) {
  const { t } = useTranslation();
  const lists = [
    ['users.member_of', user.groups],
    ['users.supervises', user.supervises],
  ] as const;
  return (
    <Panel title={t('groups.title')}>
      {lists.map(([text, groups]) => (
        <Group key={text} gap="xs" mb="xs" align="baseline">
          <Text size="sm" c="dimmed" w={110}>
            {t(text)}
          </Text>
          {groups.length === 0 && <Text size="sm">–</Text>}
          {groups.map((group) => (
            <Anchor key={group.id} component={Link} to={`/groups/${group.id}`} size="sm">
              {group.name}
            </Anchor>
          ))}
        </Group>
      ))}
    </Panel>
  );
}
