/**
 * Redeems a link: set-up of a new vault, an invitation, a new password, or a way into the demo.
 * The token comes in the fragment, which no server and no log sees; it is taken out of the address at once.
 */
import { Alert, Button, Loader, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { ErrorState } from '../shared/states';
import { messageOf } from '../shared/toast';
import { Door } from './Door';
import { useEnter } from './session';

export const passwordCharactersMin = 12;

/** The token of `/welcome#TOKEN`. */
export function tokenOf(hash: string): string {
  return decodeURIComponent(hash.replace(/^#/, ''));
}

export function WelcomePage() {
  const { t } = useTranslation();
  const [token] = useState(() => tokenOf(window.location.hash));
  useEffect(() => {
    document.title = `${t('welcome.title')} · Soundkeep`;
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [t]);
  const link = useQuery({
    queryKey: ['link', token],
    queryFn: () => api.links.inspect(token),
    enabled: token !== '',
    retry: false,
    staleTime: Infinity,
  });

  if (token === '' || (link.error && codeOf(link.error) === 'not_found'))
    return (
      <Door>
        <Title order={1}>{t('welcome.dead.title')}</Title>
        <Text c="dimmed" size="sm" mt={6} mb="lg">
          {t('welcome.dead.text')}
        </Text>
        <Button component={Link} to="/sign-in" variant="default">
          {t('sign_in.action')}
        </Button>
      </Door>
    );
  if (link.error)
    return (
      <Door>
        <ErrorState error={link.error} retry={() => void link.refetch()} />
      </Door>
    );
  if (!link.data)
    return (
      <Door>
        <Loader aria-label={t('state.loading')} />
      </Door>
    );
  return (
    <Door>
      {link.data.purpose === 'demo' ? (
        <DemoEntry token={token} />
      ) : (
        <AccountForm
          token={token}
          purpose={link.data.purpose}
          email={link.data.email ?? ''}
          invitedName={link.data.name ?? ''}
          organisation={link.data.organisation}
        />
      )}
    </Door>
  );
}

function useRedeem() {
  const navigate = useNavigate();
  const enter = useEnter();
  return useMutation({
    mutationFn: api.links.redeem,
    onSuccess: (me) => {
      enter(me);
      void navigate({ to: '/conversations', replace: true });
    },
  });
}

function DemoEntry({ token }: { token: string }) {
  const { t } = useTranslation();
  const redeem = useRedeem();
  return (
    <Stack gap="md">
      <div>
        <Title order={1}>{t('welcome.demo.title')}</Title>
        <Text c="dimmed" size="sm" mt={6}>
          {t('welcome.demo.text')}
        </Text>
      </div>
      {redeem.error && (
        <Alert color="red" role="alert">
          {messageOf(redeem.error, t)}
        </Alert>
      )}
      <Button size="md" autoFocus loading={redeem.isPending} onClick={() => redeem.mutate({ token })}>
        {t('welcome.demo.action')}
      </Button>
    </Stack>
  );
}

interface AccountFormProps {
  token: string;
  purpose: 'setup' | 'invitation' | 'password';
  email: string;
  invitedName: string;
  organisation: string;
}

function AccountForm({ token, purpose, email: invited, invitedName, organisation }: AccountFormProps) {
  const { t } = useTranslation();
  const redeem = useRedeem();
  const [organisationName, setOrganisationName] = useState('');
  const [name, setName] = useState(invitedName);
  const [email, setEmail] = useState(invited);
  const [password, setPassword] = useState('');
  const refused = fieldErrorsOf(redeem.error);
  const setup = purpose === 'setup';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    redeem.mutate({
      token,
      password,
      ...(purpose === 'password' ? {} : { name: name.trim() }),
      ...(setup ? { email: email.trim(), organisation_name: organisationName.trim() } : {}),
    });
  };
  return (
    <form onSubmit={submit}>
      <Title order={1}>{t(`welcome.${purpose}.title`, { organisation })}</Title>
      <Text c="dimmed" size="sm" mt={6} mb="lg">
        {t(`welcome.${purpose}.text`)}
      </Text>
      <Stack gap="md">
        {redeem.error && Object.keys(refused).length === 0 && (
          <Alert color="red" role="alert">
            {messageOf(redeem.error, t)}
          </Alert>
        )}
        {setup && (
          <TextInput
            label={t('field.organisation_name')}
            required
            withAsterisk={false}
            value={organisationName}
            error={refused['organisation_name']}
            onChange={(event) => setOrganisationName(event.currentTarget.value)}
          />
        )}
        {purpose !== 'password' && (
          <TextInput
            label={t('field.your_name')}
            autoComplete="name"
            required
            withAsterisk={false}
            value={name}
            error={refused['name']}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        )}
        {(setup || invited) && (
          <TextInput
            label={t('field.email')}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            readOnly={!setup}
            value={email}
            error={refused['email']}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label={t('field.new_password')}
          description={t('field.password_rule', { count: passwordCharactersMin })}
          autoComplete="new-password"
          required
          minLength={passwordCharactersMin}
          withAsterisk={false}
          value={password}
          error={refused['password']}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
        />
        <Button type="submit" size="md" loading={redeem.isPending}>
          {t(`welcome.${purpose}.action`)}
        </Button>
      </Stack>
    </form>
  );
}
