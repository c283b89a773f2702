/**
 * What is still to be done between a first proof and being in: a code, an app to set up, recovery codes to keep, another
 * password. It keeps no secret, and knows nothing of where somebody goes afterwards.
 */
import { Alert, Anchor, Button, Checkbox, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Me, type NextStep, type StepAnswer } from '../api/client';
import { codeOf, fieldErrorsOf } from '../api/problem';
import { messageOf } from '../shared/toast';
import { CodeInput, type CodeKind, OtherKind } from './Code';
import { EnrolmentSteps } from './Enrolment';
import { NewPasswordInput } from './NewPasswordInput';
import { RecoveryCodes } from './RecoveryCodes';

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
  const [step, setStep] = useState(first);
  const [kind, setKind] = useState<CodeKind>('code');
  const [typed, setTyped] = useState('');
  const [kept, setKept] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const go = useMutation({
    mutationFn: (answer: StepAnswer) => api.session.step(step.sign_in, answer),
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
  const wrong = fieldErrorsOf(go.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (step.step === 'recovery_codes') go.mutate({ kept: true });
    else if (step.step === 'new_password') go.mutate({ new_password: typed });
    else if (kind === 'recovery_code') go.mutate({ recovery_code: typed });
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
        {t(`steps.${step.step}.text`)}
      </Text>
      <Stack gap="md">
        {go.error && Object.keys(wrong).length === 0 && (
          <Alert color="red" variant="light" role="alert">
            {messageOf(go.error, t)}
          </Alert>
        )}
        {step.enrolment && <EnrolmentSteps enrolment={step.enrolment} />}
        {(step.step === 'enrolment' || step.step === 'second_factor') && (
          <CodeInput
            kind={kind}
            value={typed}
            error={wrong[kind]}
            onChange={(value) => {
              go.reset();
              setTyped(value);
            }}
          />
        )}
        {step.step === 'second_factor' && (
          <OtherKind
            kind={kind}
            onChange={(other) => {
              go.reset();
              setTyped('');
              setKind(other);
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
        <Button
          type="submit"
          size="md"
          fullWidth
          loading={go.isPending}
          disabled={step.step === 'recovery_codes' && !kept}
        >
          {t('steps.action')}
        </Button>
        <Anchor component="button" type="button" size="sm" onClick={onAgain}>
          {t('steps.again')}
        </Anchor>
      </Stack>
    </form>
  );
}
