/**
 * Sign-in with email and password, or with a passkey alone.
 * It knows nothing of what lies behind the door, and keeps no password.
 */
import { Alert, Anchor, Button, Divider, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Me, type NextStep } from '../api/client';
import { type PasskeyAnswer, showPasskey } from '../api/passkey';
import { codeOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { Door } from './Door';
import { ForgotPassword } from './ForgotPassword';
import { ProviderChoices, useWays } from './ProviderChoices';
import { useEnter } from './session';
import { SignInProblem } from './SignInProblem';
import { isStep, SignInSteps } from './SignInSteps';
import { usePasskeys, usePasskeyWhileTyping } from './usePasskeys';

interface Search {
  next?: string;
  /** Why somebody whom a provider sent isn't in. */
  problem?: string;
  /** Somebody whom a provider sent has something else to do. */
  continue?: string;
}

/** Only a path of our own: anything else would let a link send people elsewhere. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/conversations';
}

export function SignInPage() {
  const { t } = useTranslation();
  const { next, problem, continue: continues } = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const enter = useEnter();
  const about = useQuery({ queryKey: ['about'], queryFn: api.about });
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [organisation, setOrganisation] = useState('');
  const [asksOrganisation, setAsksOrganisation] = useState(false);
  const [step, setStep] = useState<NextStep | null>(null);
  const ways = useWays();
  // The address forgets the problem once it is told.
  const [anew, setAnew] = useState(false);
  if (problem === 'too_long_ago' && !anew) setAnew(true);
  const [forgot, setForgot] = useState(false);
  const comeIn = (me: Me) => {
    enter(me);
    void navigate({ href: safeNext(next), replace: true });
  };
  const entered = (answer: Me | NextStep) => {
    setPassword('');
    if (isStep(answer)) setStep(answer);
    else comeIn(answer);
  };
  const signIn = useMutation({
    mutationFn: () => api.session.signIn(email.trim(), password, organisation.trim() || undefined),
    onSuccess: entered,
  });
  const passkeys = usePasskeys();
  const byPasskey = useMutation({
    mutationFn: async (chosen: PasskeyAnswer | null) => {
      if (chosen !== null) return api.session.signInWithPasskey(chosen);
      whileTyping.callOff();
      return api.session.signInWithPasskey(await showPasskey(await api.session.askPasskey()));
    },
    onSuccess: entered,
    onError: () => whileTyping.again(),
  });
  const takePasskey = (chosen: PasskeyAnswer | null) => {
    signIn.reset();
    byPasskey.mutate(chosen);
  };
  const whileTyping = usePasskeyWhileTyping(passkeys && step === null && !forgot, takePasskey);
  const goOn = useMutation({
    mutationFn: api.session.goOn,
    onSuccess: (entered) => (isStep(entered) ? setStep(entered) : comeIn(entered)),
    onSettled: () => void navigate({ to: '/sign-in', search: next ? { next } : {}, replace: true }),
  });
  const { mutate: proceed, isIdle } = goOn;
  useEffect(() => {
    if (continues && isIdle) proceed();
  }, [continues, isIdle, proceed]);
  useEffect(() => {
    if (!step && !forgot) document.title = `${t('sign_in.title')} · Soundkeep`;
  }, [t, step, forgot]);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    byPasskey.reset();
    // What was found just now is shown first; whoever wants the password presses once more.
    if (await ways.ask(email)) return;
    signIn.mutate();
  };

  if (step)
    return (
      <Door>
        <SignInSteps first={step} onEnter={comeIn} onAgain={() => setStep(null)} />
      </Door>
    );
  if (forgot)
    return (
      <Door>
        <ForgotPassword email={email} onBack={() => setForgot(false)} />
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
      <SignInProblem code={problem} />
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          {goOn.error && (
            <Alert color="red" variant="light" role="alert">
              {codeOf(goOn.error) === 'not_signed_in' ? t('steps.over.text') : messageOf(goOn.error, t)}
            </Alert>
          )}
          {byPasskey.error && (
            <Alert color="red" variant="light" role="alert">
              {codeOf(byPasskey.error) === 'not_signed_in'
                ? t('passkeys.refused')
                : messageOf(byPasskey.error, t)}
            </Alert>
          )}
          {signIn.error && (
            <Alert color="red" variant="light" role="alert">
              {codeOf(signIn.error) === 'not_signed_in' ? t('sign_in.refused') : messageOf(signIn.error, t)}
            </Alert>
          )}
          <div>
            <TextInput
              label={t('field.email')}
              type="email"
              autoComplete={passkeys ? 'username webauthn' : 'username'}
              required
              withAsterisk={false}
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
              onBlur={() => void ways.ask(email)}
            />
            <ProviderChoices ways={ways.of(email)} email={email} returnTo={safeNext(next)} anew={anew} />
          </div>
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
          <Button
            type="submit"
            size="md"
            variant={ways.of(email).length > 0 ? 'default' : 'filled'}
            loading={signIn.isPending}
            fullWidth
          >
            {t('sign_in.action')}
          </Button>
          {passkeys && (
            <>
              <Divider label={t('sign_in.or')} />
              <Button
                variant="default"
                size="md"
                fullWidth
                leftSection={<IconKey size={18} aria-hidden />}
                loading={byPasskey.isPending}
                onClick={() => takePasskey(null)}
              >
                {t('passkeys.sign_in')}
              </Button>
            </>
          )}
          {about.data?.sends_mail && (
            <Anchor component="button" type="button" size="sm" ta="left" onClick={() => setForgot(true)}>
              {t('forgot.open')}
            </Anchor>
          )}
          <Text size="xs" c="dimmed">
            {about.data?.demo ? t('sign_in.demo_hint') : t('sign_in.no_password')}
          </Text>
        </Stack>
      </form>
    </Door>
  );
}
