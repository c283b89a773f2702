/**
 * One access group, a new one or one that is there: its fields beside a preview of what a member sees.
 * Nothing is saved before the difference has been told in words, and nothing over what somebody else saved.
 */
import { Alert, Anchor, Button, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconArrowLeft, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type AccessGroup, type Directory, type Role } from '../api/client';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { ChangeBar, Differences } from '../shared/ChangeBar';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { capital } from '../shared/format';
import { Page } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { Unsaved } from '../shared/Unsaved';
import { useWeighed } from '../shared/useWeighed';
import { ColumnFields, RowFields, TargetsField, useTargets } from './AccessGroupFields';
import classes from './AccessGroupPage.module.css';
import { AccessGroupPreview, usePreview } from './AccessGroupPreview';
import { accessGroupsKey } from './AccessGroupsPage';
import {
  type Difference,
  differences,
  draftOf,
  emptyDraft,
  type NamedColumns,
  onTop,
  useColumnWord,
  useLimits,
  useTargetWord,
  useValueWord,
  wishOf,
} from './accessGroups';

export function NewAccessGroupPage() {
  return <Loaded id={null} />;
}

export function AccessGroupPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <Loaded key={id} id={id} />;
}

function Loaded({ id }: { id: string | null }) {
  const { t } = useTranslation();
  const groups = useQuery({ queryKey: accessGroupsKey, queryFn: api.accessGroups.list });
  const group = useQuery({
    queryKey: ['access-group', id],
    queryFn: () => (id === null ? null : api.accessGroups.get(id)),
    // Read anew for each visit: what is edited is what holds.
    staleTime: 0,
    gcTime: 0,
  });
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles });
  const above = (
    <Anchor
      component={Link}
      to="/access-groups"
      size="sm"
      mb="xs"
      display="inline-flex"
      style={{ gap: 6, alignItems: 'center' }}
    >
      <IconArrowLeft size={16} stroke={1.8} aria-hidden />
      {t('access_groups.title')}
    </Anchor>
  );
  const error = group.error ?? groups.error ?? directory.error ?? roles.error;
  if (!groups.data || group.data === undefined || !directory.data || !roles.data)
    return (
      <Page title={t(id === null ? 'access_groups.create' : 'access_groups.one')} above={above}>
        {error ? (
          <ErrorState
            error={error}
            retry={() => [groups, group, directory, roles].forEach((query) => void query.refetch())}
          />
        ) : (
          <LoadingRows rows={12} />
        )}
      </Page>
    );
  return (
    <Editor
      group={group.data}
      columns={groups.data.columns}
      directory={directory.data}
      roles={roles.data.items}
      above={above}
    />
  );
}

interface EditorProps {
  group: AccessGroup | null;
  columns: NamedColumns;
  directory: Directory;
  roles: Role[];
  above: React.ReactNode;
}

function Editor({ group, columns, directory, roles, above }: EditorProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  // What is on the page stays what it is when somebody else saves: that is told when this one is saved.
  const [saved, setSaved] = useState(group);
  const base = saved ? draftOf(saved) : emptyDraft();
  const [draft, setDraft] = useState(base);
  const [theirs, setTheirs] = useState<AccessGroup | null>(null);
  const { listed, nameOf } = useTargets(directory, roles, saved);
  const found = differences(base, draft);
  const preview = usePreview(draft);
  const settle = (now: AccessGroup) => {
    setSaved(now);
    setDraft(draftOf(now));
    setTheirs(null);
  };
  const look = useMutation({
    mutationFn: () => api.accessGroups.whatIf(saved, wishOf(draft)),
    onError: toast.failed,
  });
  const save = useWeighed({
    mutationFn: () =>
      saved
        ? api.accessGroups.change(saved.id, saved.version, wishOf(draft))
        : api.accessGroups.create(wishOf(draft)),
    onSuccess: async (now) => {
      toast.done(t('access_groups.saved'));
      settle(now);
      // It may hold for whoever saved it, too.
      await client.invalidateQueries();
      if (!saved) void navigate({ to: '/access-groups/$id', params: { id: now.id }, replace: true });
    },
    onError: async (error) => {
      if (saved && codeOf(error) === 'precondition_failed') setTheirs(await api.accessGroups.get(saved.id));
    },
  });
  const set = (next: typeof draft) => {
    if (save.error && !theirs) save.reset();
    setDraft(next);
  };
  const errors = Object.fromEntries(
    Object.entries({
      ...(preview.isCurrent ? fieldErrorsOf(preview.error) : {}),
      ...fieldErrorsOf(save.error),
    }).map(([field, message]) => [field, capital(message)]),
  );
  const words = { nameOf, columns, groups: [...directory.groups, ...(saved?.group_names ?? [])] };
  const wrong = Object.keys(errors).length > 0;
  const told = save.error && !['precondition_failed', 'invalid_fields'].includes(codeOf(save.error));
  return (
    <Page
      wide
      above={above}
      title={saved?.name ?? t('access_groups.create')}
      subtitle={t('access_groups.one_subtitle')}
      actions={saved && <Delete group={saved} columns={columns} />}
    >
      <Unsaved changed={found.length > 0} />
      {saved?.warnings.map((warning) => (
        <Alert
          key={warning}
          variant="light"
          color="yellow"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          mb="xs"
        >
          {t(`access_groups.warning.${warning}`, { defaultValue: warning })}
        </Alert>
      ))}
      <div className={classes.columns}>
        <div className={classes.form}>
          <TextInput
            label={t('access_groups.name')}
            maxLength={80}
            value={draft.name}
            error={errors['name']}
            onChange={(event) => set({ ...draft, name: event.currentTarget.value })}
          />
          <TargetsField draft={draft} set={set} errors={errors} listed={listed} />
          <RowFields
            draft={draft}
            set={set}
            errors={errors}
            directory={{
              ...directory,
              groups: words.groups.filter((one, at, all) => all.findIndex(({ id }) => id === one.id) === at),
            }}
          />
          <ColumnFields
            columns={columns}
            shown={draft.columns}
            set={(shown) => set({ ...draft, columns: shown })}
            error={errors['columns']}
          />
        </div>
        <AccessGroupPreview preview={preview} columns={columns} shown={draft.columns} />
      </div>
      <ChangeBar
        told={found.length === 0 ? null : <Told found={found} words={words} />}
        troubles={[
          !draft.name.trim() && found.length > 0 && t('access_groups.needs_name'),
          told && messageOf(save.error, t),
          wrong && Object.values(errors).join(' '),
        ]}
        ready={Boolean(draft.name.trim()) && !wrong}
        discard={() => {
          setDraft(base);
          save.reset();
        }}
        look={{ run: () => look.mutate(), busy: look.isPending }}
        save={{ run: () => save.mutate(), busy: save.isPending }}
        conflict={
          theirs && {
            title: t('access_groups.conflict'),
            told: <Told found={differences(base, draftOf(theirs))} words={words} />,
            action: t('role.on_top'),
            keep: () => {
              settle(theirs);
              setDraft(onTop(draftOf(theirs), found));
              save.reset();
            },
            discard: () => {
              settle(theirs);
              save.reset();
            },
          }
        }
      />
    </Page>
  );
}

interface Words {
  nameOf: (target: string) => string;
  columns: NamedColumns;
  groups: { id: string; name: string }[];
}

function Told({ found, words }: { found: Difference[]; words: Words }) {
  const { t } = useTranslation();
  const columnWord = useColumnWord(words.columns);
  const valueWord = useValueWord(words.groups);
  const sentences = found.flatMap(({ of, added, removed }) => {
    if (of === 'name') {
      const [from, to] = [removed[0] ?? '', added[0] ?? ''];
      return from ? [t('role.renamed', { from, to })] : [t('access_groups.told.named', { to })];
    }
    const word = (value: string) =>
      of === 'targets' ? words.nameOf(value) : of === 'columns' ? columnWord(value) : valueWord(of, value);
    const list = (values: string[]) => values.map(word).join(', ');
    const kind = of === 'targets' || of === 'columns' ? of : 'rows';
    const what = kind === 'rows' ? t(`access_groups.field.${of}`) : '';
    return [
      ...(added.length > 0 ? [t(`access_groups.told.${kind}_added`, { what, list: list(added) })] : []),
      ...(removed.length > 0 ? [t(`access_groups.told.${kind}_removed`, { what, list: list(removed) })] : []),
    ];
  });
  return <Differences sentences={sentences} />;
}

function Delete({ group, columns }: { group: AccessGroup; columns: NamedColumns }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const targetWord = useTargetWord();
  const limits = useLimits(columns);
  const [opened, setOpened] = useState(false);
  const remove = useWeighed({
    mutationFn: () => api.accessGroups.delete(group.id, group.version),
    onSuccess: async () => {
      toast.done(t('access_groups.deleted', { name: group.name }));
      await navigate({ to: '/access-groups', ignoreBlocker: true });
      void client.invalidateQueries();
    },
    onError: (error) => {
      setOpened(false);
      toast.failed(error);
    },
  });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={17} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t('role.delete')}
      </Button>
      <ConfirmDialog
        opened={opened}
        title={t('access_groups.delete_title', { name: group.name })}
        text={
          group.targets.length === 0
            ? t('access_groups.delete_nobody')
            : t('access_groups.delete_text', {
                who: group.targets.map(targetWord).join(', '),
                what: limits(group).join(' '),
              })
        }
        action={t('role.delete')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
        close={() => setOpened(false)}
      />
    </>
  );
}
