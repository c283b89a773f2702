/**
 * One role: its name and its lines. The organisation's own are edited here; built-in ones are shown and cloned.
 * Nothing is saved before the difference has been told in words.
 */
import { Alert, Anchor, Badge, Button, Group, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconArrowLeft, IconCopy, IconLock, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Role } from '../api/client';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { useMay } from '../identity/session';
import { ChangeBar, Differences } from '../shared/ChangeBar';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { capital } from '../shared/format';
import { Page } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { Unsaved } from '../shared/Unsaved';
import { useWeighed } from '../shared/useWeighed';
import { NewRoleDialog } from './NewRoleDialog';
import { RoleGrid } from './RoleGrid';
import classes from './RolePage.module.css';
import {
  changeOf,
  type Difference,
  differences,
  draftOf,
  onTop,
  type Row,
  useHeldBy,
  useWord,
} from './roles';

export function RolePage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const role = useQuery({ queryKey: ['role', id], queryFn: () => api.role.get(id) });
  const matrix = useQuery({ queryKey: ['matrix'], queryFn: api.matrix, staleTime: 60_000 });
  const above = (
    <Anchor
      component={Link}
      to="/roles"
      size="sm"
      mb="xs"
      display="inline-flex"
      style={{ gap: 6, alignItems: 'center' }}
    >
      <IconArrowLeft size={16} stroke={1.8} aria-hidden />
      {t('role.back')}
    </Anchor>
  );
  const error = role.error ?? matrix.error;
  if (!role.data || !matrix.data)
    return (
      <Page title={t('role.one')} above={above}>
        {error ? (
          <ErrorState error={error} retry={() => void (role.refetch(), matrix.refetch())} />
        ) : (
          <LoadingRows rows={12} />
        )}
      </Page>
    );
  return <Editor key={id} role={role.data} rows={matrix.data.rows} above={above} />;
}

interface EditorProps {
  role: Role;
  rows: Row[];
  above: React.ReactNode;
}

function Editor({ role, rows, above }: EditorProps) {
  const { t } = useTranslation();
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const heldBy = useHeldBy();
  // What is on the page stays what it is when somebody else saves: that is told when this one is saved.
  const [saved, setSaved] = useState(role);
  const [draft, setDraft] = useState(() => draftOf(role));
  const [theirs, setTheirs] = useState<Role | null>(null);
  const edits = may('users.manage') && !saved.built_in;
  const found = useMemo(() => differences(draftOf(saved), draft), [saved, draft]);
  const changed = useMemo(() => new Set(found.flatMap(({ permission }) => permission ?? [])), [found]);
  const settle = (now: Role) => {
    setSaved(now);
    setTheirs(null);
    client.setQueryData(['role', now.key], now);
  };
  const look = useMutation({
    mutationFn: () => api.role.whatIf(saved.key, saved.version, changeOf(found)),
    onError: toast.failed,
  });
  const save = useWeighed({
    mutationFn: () => api.role.change(saved.key, saved.version, changeOf(found)),
    onSuccess: (now) => {
      settle(now);
      setDraft(draftOf(now));
      toast.done(t('role.saved'));
      for (const room of ['roles', 'users', 'user', 'session', 'api-keys'])
        void client.invalidateQueries({ queryKey: [room] });
    },
    onError: async (error) => {
      if (codeOf(error) === 'precondition_failed') setTheirs(await api.role.get(saved.key));
    },
  });
  const refused = fieldErrorsOf(save.error);
  return (
    <Page
      above={above}
      title={saved.name}
      subtitle={
        <Group gap="md" component="span">
          {saved.built_in && (
            <Badge variant="default" tt="none" fw={450}>
              {t('roles.built_in')}
            </Badge>
          )}
          {saved.held_by && <span>{t('role.held_by', { who: heldBy(saved) })}</span>}
        </Group>
      }
      actions={may('users.manage') && <Actions role={saved} />}
    >
      <Unsaved changed={found.length > 0} />
      {saved.built_in && (
        <Alert variant="light" color="gray" icon={<IconLock size={18} aria-hidden />} mb="sm">
          {t('role.built_in_text')}
        </Alert>
      )}
      {saved.warnings.map((warning) => (
        <Alert
          key={warning.sentence}
          variant="light"
          color="yellow"
          className={classes.warning}
          icon={<IconAlertTriangle size={18} aria-hidden />}
          mb="xs"
        >
          {warning.sentence}
        </Alert>
      ))}
      {edits && (
        <TextInput
          label={t('roles.name')}
          maw={420}
          maxLength={80}
          value={draft.name}
          error={refused['name']}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
        />
      )}
      <RoleGrid
        rows={rows}
        held={draft.permissions}
        changed={changed}
        set={
          edits
            ? (permission, word) =>
                setDraft({ ...draft, permissions: { ...draft.permissions, [permission]: word } })
            : undefined
        }
      />
      {edits && (
        <ChangeBar
          told={
            found.length === 0 ? null : (
              <>
                <Told rows={rows} found={found} />
                {saved.held_by && saved.held_by.users + saved.held_by.api_keys > 0 && (
                  <Text size="sm">{t('role.at_once', { who: heldBy(saved) })}</Text>
                )}
              </>
            )
          }
          troubles={[
            save.error !== null && codeOf(save.error) !== 'precondition_failed' && messageOf(save.error, t),
          ]}
          ready={Boolean(draft.name.trim())}
          discard={() => {
            setDraft(draftOf(saved));
            save.reset();
          }}
          look={{ run: () => look.mutate(), busy: look.isPending }}
          save={{ run: () => save.mutate(), busy: save.isPending }}
          conflict={
            theirs && {
              title: t('role.conflict'),
              told: <Told rows={rows} found={differences(draftOf(saved), draftOf(theirs))} />,
              action: t('role.on_top'),
              keep: () => {
                setDraft(onTop(draftOf(theirs), found));
                settle(theirs);
                save.reset();
              },
              discard: () => {
                setDraft(draftOf(theirs));
                settle(theirs);
                save.reset();
              },
            }
          }
        />
      )}
    </Page>
  );
}

function Told({ rows, found }: { rows: Row[]; found: Difference[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const sentence = ({ permission, from, to }: Difference) =>
    permission === null
      ? t('role.renamed', { from, to })
      : t('role.difference', {
          what: capital(rows.find((row) => row.permission === permission)?.meaning ?? permission),
          from: word(from),
          to: word(to),
        });
  return <Differences sentences={found.map(sentence)} />;
}

function Actions({ role }: { role: Role }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [cloning, setCloning] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const remove = useWeighed({
    mutationFn: () => api.role.delete(role.key, role.version),
    onSuccess: () => {
      toast.done(t('role.deleted', { name: role.name }));
      void client.invalidateQueries({ queryKey: ['roles'] });
      void navigate({ to: '/roles', ignoreBlocker: true });
    },
    onError: (error) => {
      setDeleting(false);
      toast.failed(error);
    },
  });
  return (
    <>
      <Button
        variant={role.built_in ? 'filled' : 'default'}
        leftSection={<IconCopy size={17} aria-hidden />}
        onClick={() => setCloning(true)}
      >
        {t('roles.clone')}
      </Button>
      {!role.built_in && (
        <Button
          variant="default"
          leftSection={<IconTrash size={17} aria-hidden />}
          onClick={() => setDeleting(true)}
        >
          {t('role.delete')}
        </Button>
      )}
      {cloning && <NewRoleDialog start={{ base: 'clone', of: role }} close={() => setCloning(false)} />}
      <ConfirmDialog
        opened={deleting}
        title={t('role.delete_title', { name: role.name })}
        text={t('role.delete_text')}
        action={t('role.delete')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        close={() => setDeleting(false)}
      />
    </>
  );
}
