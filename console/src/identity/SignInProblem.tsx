/**
 * Why somebody whom a provider sent isn't in, or why somebody isn't in any more, told once: the address forgets it. Who is in already, and only wanted to
 * prove it anew, finds the way back.
 */
import { Alert, Anchor, Stack } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from './session';

const problems = new Set([
  'lost',
  'address',
  'domain',
  'unknown',
  'elsewhere',
  'switched_off',
  'provider_off',
  'again',
  'somebody_else',
  'not_anew',
  'declined',
  'unreachable',
  'network',
  'rules',
  'too_many',
  'groups',
  'too_long_ago',
  'no_provider',
  'trouble',
  'transient',
  'provider_refused',
  'wrong_request',
  'expired',
  'not_yet_valid',
  'sign_out',
]);

export function SignInProblem({ code }: { code: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const [told, setTold] = useState(code);
  useEffect(() => {
    if (code === undefined) return;
    setTold(code);
    void navigate({ to: '/sign-in', search: next ? { next } : {}, replace: true });
  }, [code, next, navigate]);
  if (told === undefined) return null;
  if (told === 'idle')
    return (
      <Alert color="keep" variant="light" role="status" mb="md">
        {t('idle.ended')}
      </Alert>
    );
  const word = problems.has(told) ? told : 'other';
  return (
    <Alert color="red" variant="light" role="alert" mb="md">
      <Stack gap="xs">
        {t(`sso.problem.${word}`)}
        <WayBack />
      </Stack>
    </Alert>
  );
}

function WayBack() {
  const { t } = useTranslation();
  const session = useSession();
  if (!session.data) return null;
  return (
    <Anchor component={Link} to="/conversations" size="sm">
      {t('sso.back_inside')}
    </Anchor>
  );
}
