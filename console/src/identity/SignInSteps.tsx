/**
 * What is still to be done between a first proof and being in: a second factor to show or to set up, recovery codes to
 * keep, another password. It keeps no secret, and knows nothing of where somebody goes afterwards.
 */
import { Alert, Anchor, Button, Checkbox, Stack, Text, Title } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Me, type NextStep, type StepAnswer } from '../api/client';
import { makePasskey, showPasskey } from '../api/passkey';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { CodeInput, OtherWays, type Way, waysOf } from './Code';
import { EnrolmentSteps } from './Enrolment';
import { NewPasswordInput } from './NewPasswordInput';
import { RecoveryCodes } from './RecoveryCodes';
import { SendCode } from './SendCode';
import { deviceName, usePasskeys } from './usePasskeys';

/** Somebody is in, or has something to do first. */
export const isStep = (entered: Me | NextStep): entered is NextStep => 'sign_in' in entered;

interface Props {
  first: NextStep;
  onEnter: (me: Me) => void;
  /** The sign-in has ended, by time or by too many wrong answers. */
  onAgain: () => void;
}

export function SignInSteps({ first, onEnter, onAgain }: Props) {
  const { t } = useTranslation();
  const passkeys = usePasskeys();
  const [step, setStep] = useState(first);
  const [chosen, setChosen] = useState<Way | null>(null);
  const [typed, setTyped] = useState('');
  const [kept, setKept] = useState(false);
  const [sent, setSent] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const go = useMutation({
    mutationFn: async (answer: StepAnswer | 'passkey' | 'new_passkey') => {
      if (typeof answer === 'object') return api.session.step(step.sign_in, answer);
      const question = await api.session.askPasskeyInStep(step.sign_in);
      if (answer === 'passkey')
        return api.session.step(step.sign_in, { passkey: await showPasskey(question) });
      const name = deviceName() || t('passkeys.one');
      return api.session.step(step.sign_in, { new_passkey: { ...(await makePasskey(question)), name } });
    },
    onSuccess: (entered) => {
      if (!isStep(entered)) return onEnter(entered);
      setTyped('');
      setStep(entered);
    },
  });
  useEffect(() => {
    document.title = `${t(`steps.${step.step}.title`)} · Soundkeep`;
    if (step.step === 'recovery_codes') heading.current?.focus();
  }, [t, step.step]);
  const sentBy = step.step === 'second_factor' ? step.code_sent_by : null;
  const waits = sentBy !== null;
  const ways = waysOf(step.second_factors, passkeys, waits);
  const only = step.step === 'way_back' ? 'recovery_code' : 'code';
  const way = step.step === 'second_factor' ? (chosen ?? ways[0] ?? 'code') : only;
  const byPasskey = step.step === 'second_factor' && way === 'passkey';
  const wrong = fieldErrorsOf(go.error);
  const unplaced = Object.keys(wrong).filter((field) => field !== 'passkey').length === 0;
  const bySentCode = waits && way === 'code';
  const text = bySentCode ? `sent_code.text.${sentBy}` : `steps.${step.step}.text`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (step.step === 'recovery_codes') go.mutate({ kept: true });
    else if (step.step === 'new_password') go.mutate({ new_password: typed });
    else if (byPasskey) go.mutate('passkey');
    else if (way === 'recovery_code') go.mutate({ recovery_code: typed });
    else go.mutate({ code: typed });
  };
  if (codeOf(go.error) === 'not_signed_in')
    return (
      <Stack gap="md">
        <Title order={1}>{t('steps.over.title')}</Title>
        <Text c="dimmed" size="sm">
          {t('steps.over.text')}
        </Text>
        <Button autoFocus onClick={onAgain}>
          {t('steps.over.action')}
        </Button>
      </Stack>
    );
  return (
    <form onSubmit={submit}>
      <Title order={1} ref={heading} tabIndex={-1}>
        {t(`steps.${step.step}.title`)}
      </Title>
      <Text c="dimmed" size="sm" mt={6} mb="lg">
        {t(byPasskey ? 'steps.second_factor.passkey' : text)}
      </Text>
      <Stack gap="md">
        {go.error && unplaced && (
          <Alert color="red" variant="light" role="alert">
            {wrong['passkey'] ?? messageOf(go.error, t)}
          </Alert>
        )}
        {step.enrolment && <EnrolmentSteps enrolment={step.enrolment} />}
        {bySentCode && (
          <SendCode send={() => api.session.sendCode(step.sign_in)} onSent={() => setSent(true)} />
        )}
        {(step.step === 'enrolment' || step.step === 'second_factor' || step.step === 'way_back') &&
          way !== 'passkey' &&
          (!bySentCode || sent) && (
            <CodeInput
              kind={way}
              sentBy={bySentCode ? sentBy : null}
              value={typed}
              error={wrong[way]}
              onChange={(value) => {
                go.reset();
                setTyped(value);
              }}
            />
          )}
        {step.step === 'recovery_codes' && (
          <>
            <RecoveryCodes codes={step.recovery_codes} />
            <Checkbox
              label={t('recovery.kept')}
              checked={kept}
              onChange={(event) => setKept(event.currentTarget.checked)}
            />
          </>
        )}
        {step.step === 'new_password' && (
          <NewPasswordInput
            value={typed}
            min={step.password_characters_min}
            error={wrong['new_password']}
            onChange={setTyped}
          />
        )}
        {(!bySentCode || sent) && (
          <Button
            type="submit"
            size="md"
            fullWidth
            autoFocus={byPasskey}
            leftSection={byPasskey && <IconKey size={18} aria-hidden />}
            loading={go.isPending}
            disabled={step.step === 'recovery_codes' && !kept}
          >
            {t(byPasskey ? 'passkeys.show' : 'steps.action')}
          </Button>
        )}
        {step.step === 'enrolment' && passkeys && (
          <Button
            variant="default"
            size="md"
            fullWidth
            leftSection={<IconKey size={18} aria-hidden />}
            disabled={go.isPending}
            onClick={() => go.mutate('new_passkey')}
          >
            {t('steps.enrolment.passkey')}
          </Button>
        )}
        {step.step === 'second_factor' && (
          <OtherWays
            ways={ways}
            way={way}
            onChange={(other) => {
              go.reset();
              setTyped('');
              setChosen(other);
            }}
          />
        )}
        <Anchor component="button" type="button" size="sm" onClick={onAgain}>
          {t('steps.again')}
        </Anchor>
      </Stack>
    </form>
  );
}
