/**
 * API keys: made (and shown once), listed by their prefix, revoked.
 * It never sees a key again after it has been shown.
 */
import { Button, Group, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type ApiKey } from '../api/client';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Copy } from '../shared/Copy';
import { ago, date } from '../shared/format';
import { List } from '../shared/List';
import { Page } from '../shared/Page';
import { EmptyState, ErrorState, LoadingRows } from '../shared/states';
import { useToast } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import { HowToUse } from './HowToUse';
import { KeyNetworksDialog } from './KeyNetworks';
import { EndCell } from './KeyParts';
import { NewKeyDialog } from './NewKeyDialog';
import { keysKey } from './queries';
import { RotateKeyDialog } from './RotateKeyDialog';
import classes from './settings.module.css';

interface Taking {
  id: string;
  reason?: string | undefined;
}

export function ApiKeysPage() {
  const { t } = useTranslation();
  const locale = useLocale();
  const client = useQueryClient();
  const toast = useToast();
  const keys = useQuery({ queryKey: keysKey, queryFn: api.apiKeys.list });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  const [placing, setPlacing] = useState<ApiKey | null>(null);
  const revoke = useMutation({
    mutationFn: ({ id, reason }: Taking) => api.apiKeys.revoke(id, reason),
    onSuccess: async () => {
      setRevoking(null);
      toast.done(t('keys_page.revoked'));
      await client.invalidateQueries({ queryKey: keysKey });
    },
    onError: toast.failed,
  });
  const [ending, setEnding] = useState<ApiKey | null>(null);
  const endTokens = useMutation({
    mutationFn: ({ id, reason }: Taking) => api.apiKeys.endTokens(id, reason),
    onSuccess: async () => {
      setEnding(null);
      toast.done(t('keys_page.tokens_ended'));
      await client.invalidateQueries({ queryKey: keysKey });
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
                  {item.networks.length > 0 && (
                    <Text size="xs" c="dimmed">
                      {t('keys_page.from_networks', { networks: item.networks.join(', ') })}
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
              cell: (item) => <EndCell at={item.expires_at} soon={item.ends_soon} now={now} />,
            },
            {
              title: t('keys_page.revoke'),
              quiet: true,
              cell: (item) => (
                <Group gap={6} justify="flex-end">
                  <Button
                    variant="default"
                    size="compact-sm"
                    aria-label={t('keys_page.networks_named', { name: item.name })}
                    onClick={() => setPlacing(item)}
                  >
                    {t('keys_page.networks')}
                  </Button>
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
        asksWhy
        onConfirm={(reason) => ending && endTokens.mutate({ id: ending.id, reason })}
        close={() => setEnding(null)}
      />
      {creating && <NewKeyDialog close={() => setCreating(false)} />}
      {rotating && <RotateKeyDialog apiKey={rotating} close={() => setRotating(null)} />}
      {placing && <KeyNetworksDialog apiKey={placing} close={() => setPlacing(null)} />}
      <ConfirmDialog
        opened={revoking !== null}
        title={t('keys_page.revoke_named', { name: revoking?.name })}
        text={t('keys_page.revoke_text')}
        action={t('keys_page.revoke')}
        busy={revoke.isPending}
        asksWhy
        onConfirm={(reason) => revoking && revoke.mutate({ id: revoking.id, reason })}
        close={() => setRevoking(null)}
      />
    </Page>
  );
}
