/**
 * API keys: made (and shown once), listed by their prefix, revoked.
 * It never sees a key again after it has been shown.
 */
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Radio,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type ApiKey, type KeyEnd } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Copy } from '../shared/Copy';
import { ago, date, exactTime } from '../shared/format';
import { List } from '../shared/List';
import { Once } from '../shared/Once';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { HowToUse } from './HowToUse';
import classes from './settings.module.css';

const key = ['api-keys'];
export const expiryDaysAtFirst = 90;

/** So many days before a key ends it is told. */
const noticeDays = 30;
const endsSoon = (end: string, now: Date) =>
  new Date(end).getTime() - now.getTime() < noticeDays * 24 * 60 * 60 * 1000;

export const endOf = (days: number | string, never: boolean): KeyEnd =>
  never ? { never_expires: true } : { expires_in_days: Number(days), never_expires: false };

export function ApiKeysPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const keys = useQuery({ queryKey: key, queryFn: api.apiKeys.list });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  const revoke = useMutation({
    mutationFn: (id: string) => api.apiKeys.revoke(id),
    onSuccess: async () => {
      setRevoking(null);
      toast.done(t('keys_page.revoked'));
      await client.invalidateQueries({ queryKey: key });
    },
    onError: toast.failed,
  });
  const [ending, setEnding] = useState<ApiKey | null>(null);
  const endTokens = useMutation({
    mutationFn: (id: string) => api.apiKeys.endTokens(id),
    onSuccess: async () => {
      setEnding(null);
      toast.done(t('keys_page.tokens_ended'));
      await client.invalidateQueries({ queryKey: key });
    },
    onError: toast.failed,
  });
  const now = new Date();
  const create = (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setCreating(true)}>
      {t('keys_page.create')}
    </Button>
  );
  return (
    <Page title={t('keys_page.title')} subtitle={t('keys_page.subtitle')} actions={keys.data && create}>
      {keys.error && <ErrorState error={keys.error} retry={() => void keys.refetch()} />}
      {keys.isPending && <LoadingRows rows={4} />}
      {keys.data?.items.length === 0 && (
        <EmptyState icon={IconKey} title={t('keys_page.empty.title')} text={t('keys_page.empty.text')} />
      )}
      {keys.data && keys.data.items.length > 0 && (
        <List
          caption={t('keys_page.title')}
          items={keys.data.items}
          keyOf={(item) => item.id}
          columns={[
            {
              title: t('keys_page.name'),
              cell: (item) => (
                <>
                  <Text inherit fw={560}>
                    {item.name}
                  </Text>
                  <Text size="xs" c="dimmed" ff="monospace">
                    {item.prefix}…
                  </Text>
                  <span className={classes.clientId}>
                    <Text component="span" size="xs" c="dimmed">
                      {t('keys_page.id')} <code>{item.id}</code>
                    </Text>
                    <Copy value={item.id} label={t('keys_page.copy_id', { name: item.name })} />
                  </span>
                </>
              ),
            },
            {
              title: t('keys_page.rights'),
              cell: (item) => (
                <>
                  {item.acts_for ? t('keys_page.acts_for', { name: item.acts_for.name }) : item.role.name}
                  {item.scopes && (
                    <Text size="xs" c="dimmed">
                      {t('keys_page.narrowed', { count: item.scopes.length })}
                    </Text>
                  )}
                </>
              ),
            },
            {
              title: t('keys_page.created'),
              cell: (item) =>
                [date(item.created_at, locale), item.created_by?.name].filter(Boolean).join(', '),
            },
            {
              title: t('keys_page.used'),
              cell: (item) => (
                <>
                  {item.last_used_at ? ago(item.last_used_at, locale, now) : t('keys_page.never')}
                  {item.access_tokens > 0 && (
                    <Group gap={6} wrap="wrap">
                      <Text component="span" size="xs" c="dimmed">
                        {t('keys_page.tokens', { count: item.access_tokens })}
                      </Text>
                      <Button
                        variant="default"
                        size="compact-xs"
                        aria-label={t('keys_page.end_tokens_named', { name: item.name })}
                        onClick={() => setEnding(item)}
                      >
                        {t('keys_page.end_tokens')}
                      </Button>
                    </Group>
                  )}
                </>
              ),
            },
            {
              title: t('keys_page.expires'),
              cell: (item) =>
                item.expires_at ? (
                  <>
                    <time
                      className={classes.end}
                      dateTime={item.expires_at}
                      title={exactTime(item.expires_at, locale)}
                    >
                      {ago(item.expires_at, locale, now)}
                    </time>
                    {endsSoon(item.expires_at, now) && (
                      <span className={classes.soon}>{t('keys_page.soon')}</span>
                    )}
                  </>
                ) : (
                  t('keys_page.no_end')
                ),
            },
            {
              title: t('keys_page.revoke'),
              quiet: true,
              cell: (item) => (
                <Group gap={6} wrap="nowrap" justify="flex-end">
                  <Button
                    variant="default"
                    size="compact-sm"
                    aria-label={t('keys_page.rotate_named', { name: item.name })}
                    onClick={() => setRotating(item)}
                  >
                    {t('keys_page.rotate')}
                  </Button>
                  <Button
                    variant="default"
                    size="compact-sm"
                    aria-label={t('keys_page.revoke_named', { name: item.name })}
                    onClick={() => setRevoking(item)}
                  >
                    {t('keys_page.revoke')}
                  </Button>
                </Group>
              ),
            },
          ]}
        />
      )}
      {keys.data && <HowToUse />}
      <ConfirmDialog
        opened={ending !== null}
        title={t('keys_page.end_tokens_named', { name: ending?.name })}
        text={t('keys_page.end_tokens_text')}
        action={t('keys_page.end_tokens')}
        busy={endTokens.isPending}
        onConfirm={() => ending && endTokens.mutate(ending.id)}
        close={() => setEnding(null)}
      />
      {creating && <CreateDialog close={() => setCreating(false)} />}
      {rotating && <RotateDialog apiKey={rotating} close={() => setRotating(null)} />}
      <ConfirmDialog
        opened={revoking !== null}
        title={t('keys_page.revoke_named', { name: revoking?.name })}
        text={t('keys_page.revoke_text')}
        action={t('keys_page.revoke')}
        busy={revoke.isPending}
        onConfirm={() => revoking && revoke.mutate(revoking.id)}
        close={() => setRevoking(null)}
      />
    </Page>
  );
}

function CreateDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const [name, setName] = useState('');
  const directory = useQuery({ queryKey: ['directory'], queryFn: api.directory, staleTime: 60_000 });
  const [of, setOf] = useState<'role' | 'user'>('role');
  const [role, setRole] = useState<string | null>(null);
  const [user, setUser] = useState<string | null>(null);
  const rights = of === 'role' ? role : user;
  const [days, setDays] = useState<number | string>(expiryDaysAtFirst);
  const [never, setNever] = useState(false);
  const [scopes, setScopes] = useState<string[]>([]);
  const permissions = useQuery({ queryKey: ['access-matrix'], queryFn: api.matrix, staleTime: 60_000 });
  const create = useMutation({
    mutationFn: () =>
      api.apiKeys.create({
        name: name.trim(),
        ...(of === 'role' ? { role: role ?? '' } : { acts_for: user ?? '' }),
        ...(scopes.length > 0 ? { scopes } : {}),
        ...endOf(days, never),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
  const refused = fieldErrorsOf(create.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      closeOnClickOutside={!create.data}
      title={t('keys_page.create')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {create.data ? (
        <KeyText id={create.data.id} secret={create.data.key} close={close} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack gap="md">
            {create.error && Object.keys(refused).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(create.error, t)}
              </Alert>
            )}
            <TextInput
              label={t('keys_page.name')}
              description={t('keys_page.name_hint')}
              required
              withAsterisk={false}
              data-autofocus
              value={name}
              error={refused['name']}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Radio.Group
              label={t('keys_page.rights')}
              value={of}
              onChange={(chosen) => setOf(chosen === 'user' ? 'user' : 'role')}
            >
              <Group mt={6}>
                <Radio value="role" label={t('keys_page.of_role')} />
                <Radio value="user" label={t('keys_page.of_user')} />
              </Group>
            </Radio.Group>
            {of === 'role' ? (
              <Select
                label={t('keys_page.role')}
                description={t('keys_page.role_hint')}
                data={(roles.data?.items ?? []).map((entry) => ({ value: entry.key, label: entry.name }))}
                value={role}
                error={refused['role']}
                onChange={setRole}
              />
            ) : (
              <Select
                label={t('keys_page.user')}
                description={t('keys_page.user_hint')}
                searchable
                nothingFoundMessage={t('filter.nothing')}
                data={(directory.data?.users ?? []).map((entry) => ({ value: entry.id, label: entry.name }))}
                value={user}
                error={refused['acts_for']}
                onChange={setUser}
              />
            )}
            <MultiSelect
              label={t('keys_page.scopes')}
              description={t('keys_page.scopes_hint')}
              searchable
              clearable
              nothingFoundMessage={t('filter.nothing')}
              data={(permissions.data?.rows ?? [])
                .filter((row) => row.available)
                .map((row) => ({ value: row.permission, label: row.meaning }))}
              value={scopes}
              error={refused['scopes']}
              onChange={setScopes}
            />
            <EndFields
              days={days}
              never={never}
              error={refused['expires_in_days']}
              setDays={setDays}
              setNever={setNever}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                {t('action.cancel')}
              </Button>
              <Button type="submit" loading={create.isPending} disabled={!name.trim() || !rights}>
                {t('keys_page.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

interface EndFieldsProps {
  days: number | string;
  never: boolean;
  error: string | undefined;
  setDays: (days: number | string) => void;
  setNever: (never: boolean) => void;
}

export function EndFields({ days, never, error, setDays, setNever }: EndFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <NumberInput
        label={t('keys_page.days')}
        min={1}
        max={365}
        allowDecimal={false}
        disabled={never}
        value={days}
        error={error}
        onChange={setDays}
      />
      <Checkbox
        label={t('keys_page.never_ends')}
        checked={never}
        onChange={(event) => setNever(event.currentTarget.checked)}
      />
    </>
  );
}

function RotateDialog({ apiKey, close }: { apiKey: ApiKey; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [overlap, setOverlap] = useState<number | string>(7);
  const [days, setDays] = useState<number | string>(expiryDaysAtFirst);
  const [never, setNever] = useState(apiKey.expires_at === null);
  const rotate = useMutation({
    mutationFn: () => api.apiKeys.rotate(apiKey.id, { overlap_days: Number(overlap), ...endOf(days, never) }),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  });
  const refused = fieldErrorsOf(rotate.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      closeOnClickOutside={!rotate.data}
      title={t('keys_page.rotate_named', { name: apiKey.name })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {rotate.data ? (
        <KeyText id={rotate.data.id} secret={rotate.data.key} close={close} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            rotate.mutate();
          }}
        >
          <Stack gap="md">
            <Text size="sm">{t('keys_page.rotate_text')}</Text>
            {rotate.error && Object.keys(refused).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(rotate.error, t)}
              </Alert>
            )}
            <NumberInput
              label={t('keys_page.overlap')}
              description={t('keys_page.overlap_hint')}
              min={0}
              max={30}
              allowDecimal={false}
              data-autofocus
              value={overlap}
              error={refused['overlap_days']}
              onChange={setOverlap}
            />
            <EndFields
              days={days}
              never={never}
              error={refused['expires_in_days']}
              setDays={setDays}
              setNever={setNever}
            />
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                {t('action.cancel')}
              </Button>
              <Button type="submit" loading={rotate.isPending}>
                {t('keys_page.rotate')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

interface KeyTextProps {
  secret: string;
  close: () => void;
  title?: string;
  /** The key that programs come in with: how to is told below. */
  id?: string;
}

export function KeyText({ id, secret, close, title }: KeyTextProps) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Once title={title ?? t('keys_page.made.title')} text={t('keys_page.made.text')} secret={secret} />
      {id !== undefined && <HowToUse id={id} />}
      <Group justify="flex-end">
        <Button onClick={close}>{t('action.done')}</Button>
      </Group>
    </Stack>
  );
}
