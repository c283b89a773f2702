/** Through which providers a user comes in, and forgetting that. */
import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type User } from '../api/client';
import { ConfirmDialog } from '../shared/ConfirmDialog';
import { Panel } from '../shared/Page';
import { useToast } from '../shared/toast';
import classes from './people.module.css';

export function IdentitiesPanel({ user }: { user: User }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const [asking, setAsking] = useState(false);
  const forget = useMutation({
    mutationFn: (reason?: string) => api.users.forgetIdentities(user.id, reason),
    onSuccess: async () => {
      setAsking(false);
      toast.done(t('sso.user.forgotten'));
      await client.invalidateQueries({ queryKey: ['user', user.id] });
    },
    onError: (error) => {
      setAsking(false);
      toast.failed(error);
    },
  });
  const has = user.identities.length > 0;
  return (
    <Panel
      title={t('sso.user.title')}
      actions={
        has && (
          <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
            {t('sso.user.forget')}
          </Button>
        )
      }
    >
      {!has && (
        <Text size="sm" c="dimmed">
          {t('sso.user.none')}
        </Text>
      )}
      <ul className={classes.rows}>
        {user.identities.map(({ provider, slug }) => (
          <li key={slug}>{provider}</li>
        ))}
      </ul>
      <ConfirmDialog
        opened={asking}
        title={t('sso.user.forget_title', { name: user.name })}
        text={t('sso.user.forget_text')}
        action={t('sso.user.forget')}
        busy={forget.isPending}
        asksWhy
        onConfirm={(reason) => forget.mutate(reason)}
        close={() => setAsking(false)}
      />
    </Panel>
  );
}
