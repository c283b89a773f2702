/**
 * Directories that bring users and groups by SCIM: where they find us, their tokens, and what their groups give.
 * It never sees a token again after it has been shown.
 */
import { Alert, Button, Code, Group, Modal, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconAddressBook } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type DirectoryGroup, type IdentityProvider, type ScimToken } from '../api/client';
import { fieldErrorsOf } from '../api/problem';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Copy } from '../shared/Copy';
import { ago, date } from '../shared/format';
import { List } from '../shared/List';
import { Page, Panel } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { useWeighed } from '../shared/useWeighed';
import { EndCell, EndFields, endOf, expiryDaysAtFirst, KeyText } from './KeyParts';
import { givenBy, slugOf, withGiven } from './directories';

const key = ['identity-providers'];

export function DirectoriesPage() {
  const { t } = useTranslation();
  const providers = useQuery({ queryKey: key, queryFn: api.providers.list });
  const [adding, setAdding] = useState(false);
  const items = providers.data?.items ?? [];
  return (
    <Page
      title={t('directories.title')}
      subtitle={t('directories.subtitle')}
      actions={
        providers.data && (
          <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setAdding(true)}>
            {t('directories.add')}
          </Button>
        )
      }
    >
      {providers.error && <ErrorState error={providers.error} retry={() => void providers.refetch()} />}
      {providers.isPending && <LoadingRows rows={4} />}
      {providers.data && items.length === 0 && (
        <EmptyState
          icon={IconAddressBook}
          title={t('directories.empty.title')}
          text={t('directories.empty.text')}
        />
      )}
      <Stack gap="md">
        {items.map((provider) => (
          <Directory key={provider.id} provider={provider} />
        ))}
      </Stack>
      {adding && <AddDialog close={() => setAdding(false)} />}
    </Page>
  );
}

function Directory({ provider }: { provider: IdentityProvider }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const tokensKey = [...key, provider.id, 'tokens'];
  const tokens = useQuery({ queryKey: tokensKey, queryFn: () => api.directories.tokens(provider.id) });
  const [creating, setCreating] = useState(false);
  const [rotating, setRotating] = useState<ScimToken | null>(null);
  const [revoking, setRevoking] = useState<ScimToken | null>(null);
  const revoke = useMutation({
    mutationFn: ({ token, reason }: { token: string; reason?: string | undefined }) =>
      api.directories.revokeToken(provider.id, token, reason),
    onSuccess: async () => {
      setRevoking(null);
      toast.done(t('directories.revoked'));
      await client.invalidateQueries({ queryKey: tokensKey });
    },
    onError: toast.failed,
  });
  const now = new Date();
  const changed = () => void client.invalidateQueries({ queryKey: tokensKey });
  return (
    <Panel
      title={provider.name}
      actions={
        <Button variant="default" size="compact-sm" onClick={() => setCreating(true)}>
          {t('directories.token_add')}
        </Button>
      }
    >
      {tokens.error && <ErrorState error={tokens.error} retry={() => void tokens.refetch()} />}
      {tokens.isPending && <LoadingRows rows={2} />}
      {tokens.data && (
        <>
          <Group gap="xs" mb="sm">
            <Text size="sm">{t('directories.address')}</Text>
            <Code>{tokens.data.base_url}</Code>
            <Copy value={tokens.data.base_url} label={t('directories.copy_address')} />
          </Group>
          {tokens.data.tokens.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t('directories.no_token')}
            </Text>
          ) : (
            <List
              caption={t('directories.tokens_of', { name: provider.name })}
              items={tokens.data.tokens}
              keyOf={(token) => token.id}
              columns={[
                { title: t('directories.token'), cell: (token) => <Code>{token.prefix}…</Code> },
                {
                  title: t('keys_page.created'),
                  cell: (token) =>
                    [date(token.created_at, locale), token.created_by?.name].filter(Boolean).join(', '),
                },
                {
                  title: t('keys_page.used'),
                  cell: (token) =>
                    token.last_used_at ? ago(token.last_used_at, locale, now) : t('keys_page.never'),
                },
                {
                  title: t('keys_page.expires'),
                  cell: (token) => <EndCell at={token.expires_at} soon={token.ends_soon} now={now} />,
                },
                {
                  title: t('keys_page.revoke'),
                  quiet: true,
                  cell: (token) => (
                    <Group gap={6} wrap="nowrap" justify="flex-end">
                      <Button
                        variant="default"
                        size="compact-sm"
                        aria-label={t('keys_page.rotate_named', { name: token.prefix })}
                        onClick={() => setRotating(token)}
                      >
                        {t('keys_page.rotate')}
                      </Button>
                      <Button
                        variant="default"
                        size="compact-sm"
                        aria-label={t('keys_page.revoke_named', { name: token.prefix })}
                        onClick={() => setRevoking(token)}
                      >
                        {t('keys_page.revoke')}
                      </Button>
                    </Group>
                  ),
                },
              ]}
            />
          )}
        </>
      )}
      <PushedGroups provider={provider} />
      {creating && (
        <TokenDialog
          title={t('directories.token_add')}
          make={(end) => api.directories.createToken(provider.id, end)}
          made={changed}
          close={() => setCreating(false)}
        />
      )}
      {rotating && (
        <TokenDialog
          title={t('keys_page.rotate_named', { name: rotating.prefix })}
          text={t('directories.rotate_text')}
          make={(end) => api.directories.rotateToken(provider.id, rotating.id, { overlap_days: 7, ...end })}
          made={changed}
          close={() => setRotating(null)}
        />
      )}
      <ConfirmDialog
        opened={revoking !== null}
        title={t('keys_page.revoke_named', { name: revoking?.prefix })}
        text={t('directories.revoke_text')}
        action={t('keys_page.revoke')}
        busy={revoke.isPending}
        asksWhy
        onConfirm={(reason) => revoking && revoke.mutate({ token: revoking.id, reason })}
        close={() => setRevoking(null)}
      />
    </Panel>
  );
}

/** What the groups give that a directory pushed. */
function PushedGroups({ provider }: { provider: IdentityProvider }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const pushed = useQuery({
    queryKey: [...key, provider.id, 'groups'],
    queryFn: () => api.directories.groups(provider.id),
  });
  const roles = useQuery({ queryKey: ['roles'], queryFn: api.roles, staleTime: 60_000 });
  const groups = useQuery({ queryKey: ['groups', 'all'], queryFn: api.groups.list, staleTime: 60_000 });
  const change = useWeighed({
    mutationFn: ({ group, given }: { group: DirectoryGroup; given: string[] }) =>
      api.providers.change(provider.id, provider.version, withGiven(provider, group.name, given)),
    onSuccess: async () => {
      toast.done(t('directories.mapped'));
      await client.invalidateQueries({ queryKey: key });
    },
    onError: toast.failed,
  });
  if (!pushed.data || pushed.data.length === 0)
    return (
      <Text size="sm" c="dimmed" mt="md">
        {t('directories.no_groups')}
      </Text>
    );
  const choices = [
    {
      group: t('directories.role'),
      items: (roles.data?.items ?? []).map((role) => ({ value: `role:${role.key}`, label: role.name })),
    },
    {
      group: t('directories.member'),
      items: (groups.data?.items ?? []).map((group) => ({ value: `member:${group.id}`, label: group.name })),
    },
  ];
  return (
    <>
      <Text size="sm" fw={560} mt="md" mb={4}>
        {t('directories.groups')}
      </Text>
      <List
        caption={t('directories.groups_of', { name: provider.name })}
        items={pushed.data}
        keyOf={(group) => group.id}
        columns={[
          { title: t('directories.group'), cell: (group) => group.name },
          { title: t('directories.members'), cell: (group) => group.members },
          {
            title: t('directories.gives'),
            cell: (group) => (
              <MultiSelect
                aria-label={t('directories.gives_named', { name: group.name })}
                placeholder={givenBy(provider, group.name).length > 0 ? '' : t('directories.gives_nothing')}
                data={choices}
                value={givenBy(provider, group.name)}
                disabled={change.isPending}
                onChange={(given) => change.mutate({ group, given })}
              />
            ),
          },
        ]}
      />
    </>
  );
}

interface TokenDialogProps {
  title: string;
  text?: string;
  make: (end: ReturnType<typeof endOf>) => Promise<{ text: string }>;
  made: () => void;
  close: () => void;
}

function TokenDialog({ title, text, make, made, close }: TokenDialogProps) {
  const { t } = useTranslation();
  const [days, setDays] = useState<number | string>(expiryDaysAtFirst);
  const [never, setNever] = useState(false);
  const create = useMutation({ mutationFn: () => make(endOf(days, never)), onSuccess: made });
  const refused = fieldErrorsOf(create.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      closeOnClickOutside={!create.data}
      title={title}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {create.data ? (
        <KeyText secret={create.data.text} close={close} title={t('directories.made')} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Stack gap="md">
            <Text size="sm">{text ?? t('directories.token_text')}</Text>
            {create.error && Object.keys(refused).length === 0 && (
              <Alert color="red" role="alert">
                {messageOf(create.error, t)}
              </Alert>
            )}
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
              <Button type="submit" loading={create.isPending}>
                {title}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function AddDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: () =>
      api.providers.create({ name: name.trim(), slug: slugOf(name), guide: 'other', protocol: 'none' }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: key });
      close();
    },
  });
  const refused = fieldErrorsOf(add.error);
  return (
    <Modal
      opened
      onClose={close}
      size={520}
      title={t('directories.add')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Stack gap="md">
          <Text size="sm">{t('directories.add_text')}</Text>
          {add.error && Object.keys(refused).length === 0 && (
            <Alert color="red" role="alert">
              {messageOf(add.error, t)}
            </Alert>
          )}
          <TextInput
            label={t('directories.name')}
            description={t('directories.name_hint')}
            required
            withAsterisk={false}
            data-autofocus
            value={name}
            error={refused['name'] ?? refused['slug']}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={slugOf(name) === ''}>
              {t('directories.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
