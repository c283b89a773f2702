/**
 * Redeems a link: set-up of a new vault, an invitation, a new password, or a way into the demo.
 * The token comes in the fragment, which no server and no log sees; it is taken out of the address at once.
 */
import { Alert, Anchor, Button, Loader, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Me, type NextStep, type RedeemLink } from '../api/client';
import { makePasskey } from '../api/passkey';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { ErrorState } from '../shared/states';
import { messageOf } from '../shared/toast';
import { Door } from './Door';
import { NewPasswordInput } from './NewPasswordInput';
import { useEnter } from './session';
import { isStep, SignInSteps } from './SignInSteps';
import { deviceName, usePasskeys } from './usePasskeys';

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
  const [step, setStep] = useState<NextStep | null>(null);
  const navigate = useNavigate();
  const comeIn = useComeIn();
  if (step)
    return (
      <Door>
        <SignInSteps
          first={step}
          onEnter={comeIn}
          onAgain={() => void navigate({ to: '/sign-in', replace: true })}
        />
      </Door>
    );

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
        <DemoEntry token={token} onStep={setStep} />
      ) : (
        <AccountForm
          token={token}
          purpose={link.data.purpose}
          email={link.data.email ?? ''}
          invitedName={link.data.name ?? ''}
          organisation={link.data.organisation}
          passwordMin={link.data.password_characters_min}
          onStep={setStep}
        />
      )}
    </Door>
  );
}

function useComeIn() {
  const navigate = useNavigate();
  const enter = useEnter();
  return (me: Me) => {
    enter(me);
    void navigate({ to: '/conversations', replace: true });
  };
}

type OnStep = (step: NextStep) => void;

function useRedeem(onStep: OnStep) {
  const { t } = useTranslation();
  const comeIn = useComeIn();
  return useMutation({
    mutationFn: async ({ byPasskey, ...said }: RedeemLink & { byPasskey?: boolean }) => {
      if (!byPasskey) return api.links.redeem(said);
      const answer = await makePasskey(await api.links.askPasskey(said.token));
      return api.links.redeem({ ...said, passkey: { ...answer, name: deviceName() || t('passkeys.one') } });
    },
    onSuccess: (entered) => (isStep(entered) ? onStep(entered) : comeIn(entered)),
  });
}

function DemoEntry({ token, onStep }: { token: string; onStep: OnStep }) {
  const { t } = useTranslation();
  const redeem = useRedeem(onStep);
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
  passwordMin: number;
  onStep: OnStep;
}

function AccountForm(props: AccountFormProps) {
  const { token, purpose, email: invited, invitedName, organisation, passwordMin, onStep } = props;
  const { t } = useTranslation();
  const redeem = useRedeem(onStep);
  const [organisationName, setOrganisationName] = useState('');
  const [name, setName] = useState(invitedName);
  const [email, setEmail] = useState(invited);
  const [password, setPassword] = useState('');
  const refused = fieldErrorsOf(redeem.error);
  const setup = purpose === 'setup';
  const passkeys = usePasskeys() && purpose === 'invitation';
  const [wantsPasskey, setWantsPasskey] = useState(false);
  const byPasskey = passkeys && wantsPasskey;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    redeem.mutate({
      token,
      ...(byPasskey ? { byPasskey } : { password }),
      ...(purpose === 'password' ? {} : { name: name.trim() }),
      ...(setup ? { email: email.trim(), organisation_name: organisationName.trim() } : {}),
    });
  };
  return (
    <form onSubmit={submit}>
      <Title order={1}>{t(`welcome.${purpose}.title`, { organisation })}</Title>
      <Text c="dimmed" size="sm" mt={6} mb="lg">
        {t(byPasskey ? 'welcome.invitation.passkey_text' : `welcome.${purpose}.text`)}
      </Text>
      <Stack gap="md">
        {redeem.error && Object.keys(refused).filter((field) => field !== 'passkey').length === 0 && (
          <Alert color="red" role="alert">
            {refused['passkey'] ?? messageOf(redeem.error, t)}
            {codeOf(redeem.error) === 'conflict' && (
              // Some come in another way, through their organisation's provider.
              <Anchor component={Link} to="/sign-in" size="sm" display="block" mt="xs">
                {t('welcome.to_sign_in')}
              </Anchor>
            )}
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
        {!byPasskey && (
          <NewPasswordInput
            value={password}
            min={passwordMin}
            error={refused['password']}
            onChange={setPassword}
          />
        )}
        <Button
          type="submit"
          size="md"
          leftSection={byPasskey && <IconKey size={18} aria-hidden />}
          loading={redeem.isPending}
        >
          {t(byPasskey ? 'welcome.invitation.passkey_action' : `welcome.${purpose}.action`)}
        </Button>
        {passkeys && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            ta="left"
            onClick={() => {
              redeem.reset();
              setWantsPasskey(!wantsPasskey);
            }}
          >
            {t(byPasskey ? 'welcome.invitation.use_password' : 'welcome.invitation.use_passkey')}
          </Anchor>
        )}
      </Stack>
    </form>
  );
}
