/** What can be done to a provider that is saved: testing it, switching it on and off, ending its sessions, deleting it. */
import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type IdentityProvider } from '../../api/client';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { useToast } from '../../shared/toast';
import { useWeighed } from '../../shared/useWeighed';
import { draftOf, wishOf } from './draft';

interface ProviderActionsProps {
  provider: IdentityProvider;
  /** Something typed isn't saved, of which a test would know nothing. */
  changed: boolean;
  settle: (provider: IdentityProvider) => void;
}

export function ProviderActions({ provider, changed, settle }: ProviderActionsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const [deleting, setDeleting] = useState(false);
  const [stopping, setStopping] = useState(false);
  const [ending, setEnding] = useState(false);
  const test = useMutation({
    mutationFn: () => api.providers.test(provider.id),
    onSuccess: (address) => window.location.assign(address),
    onError: toast.failed,
  });
  const turn = useWeighed({
    mutationFn: (state: IdentityProvider['state']) =>
      api.providers.change(provider.id, provider.version, wishOf(draftOf(provider), state)),
    onSuccess: async (now) => {
      setStopping(false);
      settle(now);
      toast.done(t(now.state === 'on' ? 'sso.switched_on' : 'sso.switched_off', { name: now.name }));
      await client.invalidateQueries();
    },
    onError: (error) => {
      setStopping(false);
      toast.failed(error);
    },
  });
  const end = useMutation({
    mutationFn: () => api.providers.endSessions(provider.id),
    onSuccess: () => {
      setEnding(false);
      toast.done(t('sso.sessions_ended', { name: provider.name }));
      // One's own may be among them.
      void client.invalidateQueries();
    },
    onError: (error) => {
      setEnding(false);
      toast.failed(error);
    },
  });
  const remove = useWeighed({
    mutationFn: (reason?: string) => api.providers.delete(provider.id, reason),
    onSuccess: async () => {
      toast.done(t('sso.deleted', { name: provider.name }));
      await navigate({ to: '/sign-in-providers', ignoreBlocker: true });
      void client.invalidateQueries();
    },
    onError: (error) => {
      setDeleting(false);
      toast.failed(error);
    },
  });
  const why = changed ? { title: t('sso.save_first') } : {};
  return (
    <>
      {provider.protocol !== 'none' && (
        <Button
          variant={provider.tested_at ? 'default' : 'filled'}
          disabled={changed}
          loading={test.isPending || test.isSuccess}
          onClick={() => test.mutate()}
          {...why}
        >
          {t('sso.test.action')}
        </Button>
      )}
      {provider.protocol !== 'none' &&
        (provider.state === 'off' ? (
          <Button
            variant={provider.tested_at ? 'filled' : 'default'}
            disabled={changed}
            loading={turn.isPending}
            onClick={() => turn.mutate('on')}
            {...why}
          >
            {t('sso.switch_on')}
          </Button>
        ) : (
          <Button variant="default" disabled={changed} onClick={() => setStopping(true)} {...why}>
            {t('sso.switch_off')}
          </Button>
        ))}
      {provider.protocol !== 'none' && (provider.state === 'on' || provider.tested_at !== null) && (
        <Button variant="default" onClick={() => setEnding(true)}>
          {t('sso.end_sessions')}
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconTrash size={17} aria-hidden />}
        onClick={() => setDeleting(true)}
      >
        {t('role.delete')}
      </Button>
      <ConfirmDialog
        opened={stopping}
        title={t('sso.switch_off_title', { name: provider.name })}
        text={t('sso.switch_off_text')}
        action={t('sso.switch_off')}
        busy={turn.isPending}
        onConfirm={() => turn.mutate('off')}
        close={() => setStopping(false)}
      />
      <ConfirmDialog
        opened={ending}
        title={t('sso.end_sessions_title', { name: provider.name })}
        text={t(provider.state === 'on' ? 'sso.end_sessions_text' : 'sso.end_sessions_text_off')}
        action={t('sso.end_sessions')}
        busy={end.isPending}
        onConfirm={() => end.mutate()}
        close={() => setEnding(false)}
      />
      <ConfirmDialog
        opened={deleting}
        title={t('sso.delete_title', { name: provider.name })}
        text={t('sso.delete_text')}
        action={t('role.delete')}
        busy={remove.isPending}
        asksWhy
        onConfirm={(reason) => remove.mutate(reason)}
        close={() => setDeleting(false)}
      />
    </>
  );
}
