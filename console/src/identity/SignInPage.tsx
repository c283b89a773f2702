/**
 * Sign-in with email and password.
 * It knows nothing of what lies behind the door, and keeps no password.
 */
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Me, type NextStep } from '../api/client';
import { codeOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { Door } from './Door';
import { useEnter } from './session';
import { isStep, SignInSteps } from './SignInSteps';

/** Only a path of our own: anything else would let a link send people elsewhere. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/conversations';
}

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const navigate = useNavigate();
  const enter = useEnter();
  const about = useQuery({ queryKey: ['about'], queryFn: api.about });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [organisation, setOrganisation] = useState('');
  const [asksOrganisation, setAsksOrganisation] = useState(false);
  const [step, setStep] = useState<NextStep | null>(null);
  const comeIn = (me: Me) => {
    enter(me);
    void navigate({ href: safeNext(next), replace: true });
  };
  const signIn = useMutation({
    mutationFn: () => api.session.signIn(email.trim(), password, organisation.trim() || undefined),
    onSuccess: (entered) => {
      setPassword('');
      if (isStep(entered)) setStep(entered);
      else comeIn(entered);
    },
  });
  useEffect(() => {
    if (!step) document.title = `${t('sign_in.title')} · Soundkeep`;
  }, [t, step]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };

  if (step)
    return (
      <Door>
        <SignInSteps first={step} onEnter={comeIn} onAgain={() => setStep(null)} />
      </Door>
    );
  return (
    <Door>
      <Title order={1} size="h1">
        {t('sign_in.title')}
      </Title>
      <Text c="dimmed" size="sm" mt={4} mb="lg">
        {t('sign_in.subtitle')}
      </Text>
      {about.data?.needs_setup && (
        <Alert mb="md" title={t('sign_in.needs_setup.title')}>
          {t('sign_in.needs_setup.text')}
        </Alert>
      )}
      <form onSubmit={submit}>
        <Stack gap="md">
          {signIn.error && (
            <Alert color="red" variant="light" role="alert">
              {codeOf(signIn.error) === 'not_signed_in' ? t('sign_in.refused') : messageOf(signIn.error, t)}
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
          <PasswordInput
            label={t('field.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
          />
          {asksOrganisation ? (
            <TextInput
              label={t('field.organisation_slug')}
              description={t('field.organisation_slug_hint')}
              value={organisation}
              onChange={(event) => setOrganisation(event.currentTarget.value)}
            />
          ) : (
            <Anchor
              component="button"
              type="button"
              size="sm"
              ta="left"
              onClick={() => setAsksOrganisation(true)}
            >
              {t('sign_in.other_organisation')}
            </Anchor>
          )}
          <Button type="submit" size="md" loading={signIn.isPending} fullWidth>
            {t('sign_in.action')}
          </Button>
          <Text size="xs" c="dimmed">
            {about.data?.demo ? t('sign_in.demo_hint') : t('sign_in.no_password')}
          </Text>
        </Stack>
      </form>
    </Door>
  );
}
