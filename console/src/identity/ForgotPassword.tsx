/**
 * Asking for a link to choose another password. What is answered is the same whether there is such an account or not.
 */
import { Alert, Anchor, Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { messageOf } from '../shared/toast';

export function ForgotPassword({ email: known, onBack }: { email: string; onBack: () => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState(known);
  const [organisation, setOrganisation] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  const ask = useMutation({
    mutationFn: () => api.session.forgot(email.trim(), organisation.trim() || undefined),
  });
  useEffect(() => {
    document.title = `${t('forgot.title')} · Soundkeep`;
    if (ask.isSuccess) heading.current?.focus();
  }, [t, ask.isSuccess]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  const back = (
    <Anchor component="button" type="button" size="sm" onClick={onBack}>
      {t('forgot.back')}
    </Anchor>
  );
  if (ask.isSuccess)
    return (
      <Stack gap="md">
        <Title order={1} ref={heading} tabIndex={-1}>
          {t('forgot.asked')}
        </Title>
        <Text size="sm">{t('forgot.asked_text', { email: email.trim() })}</Text>
        <Text c="dimmed" size="sm">
          {t('forgot.none')}
        </Text>
        {back}
      </Stack>
    );
  return (
    <form onSubmit={submit}>
      <Title order={1}>{t('forgot.title')}</Title>
      <Text c="dimmed" size="sm" mt={6} mb="lg">
        {t('forgot.text')}
      </Text>
      <Stack gap="md">
        {ask.error && (
          <Alert color="red" variant="light" role="alert">
            {messageOf(ask.error, t)}
          </Alert>
        )}
        <TextInput
          label={t('field.email')}
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <TextInput
          label={t('field.organisation_slug')}
          description={t('forgot.organisation_hint')}
          value={organisation}
          onChange={(event) => setOrganisation(event.currentTarget.value)}
        />
        <Button type="submit" size="md" fullWidth loading={ask.isPending}>
          {t('forgot.action')}
        </Button>
        {back}
      </Stack>
    </form>
  );
}
