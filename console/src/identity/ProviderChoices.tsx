/**
 * The providers through which people of a domain sign in, before the password. Which there are follows from the domain
 * alone; it is asked for when the address is typed whole, never on the way.
 */
import { Alert, Button, Divider, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type WayIn } from '../api/client';
import { messageOf } from '../shared/toast';

const domainOf = (email: string) =>
  /^[^@\s]+@([^@\s]+\.[^@\s]+)$/.exec(email.trim())?.[1]?.toLowerCase() ?? '';

/** Asks once for each domain which ways there are; `ask` says whether some were found just now. */
export function useWays() {
  const [known, setKnown] = useState<Record<string, WayIn[]>>({});
  const asked = useRef(new Map<string, Promise<WayIn[]>>());
  const ask = async (email: string): Promise<boolean> => {
    const domain = domainOf(email);
    if (domain === '' || known[domain]) return false;
    // Without an answer the password is what remains, and signing in with it tells the trouble.
    const answer = asked.current.get(domain) ?? api.session.ways(email.trim()).catch(() => []);
    asked.current.set(domain, answer);
    const ways = await answer;
    setKnown((all) => ({ ...all, [domain]: ways }));
    return ways.length > 0;
  };
  return { ask, of: (email: string) => known[domainOf(email)] ?? [] };
}

interface ProviderChoicesProps {
  ways: WayIn[];
  email: string;
  returnTo: string;
  /** They were sent back, because they signed in there too long ago. */
  anew: boolean;
}

export function ProviderChoices({ ways, email, returnTo, anew }: ProviderChoicesProps) {
  const { t } = useTranslation();
  const go = useMutation({
    mutationFn: (provider: string) => api.session.through(provider, email.trim(), returnTo, anew),
    onSuccess: (address) => window.location.assign(address),
  });
  const several = new Set(ways.map(({ organisation }) => organisation)).size > 1;
  return (
    <div role="status">
      {ways.length > 0 && (
        <Stack gap="sm" mt="md">
          <Text size="sm">{t('sso.ways_found')}</Text>
          {go.error && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(go.error, t)}
            </Alert>
          )}
          {ways.map((way) => (
            <Button
              key={way.provider}
              size="md"
              fullWidth
              loading={(go.isPending || go.isSuccess) && go.variables === way.provider}
              onClick={() => go.mutate(way.provider)}
            >
              {several
                ? t('sso.continue_of', { name: way.name, organisation: way.organisation })
                : t('sso.continue', { name: way.name })}
            </Button>
          ))}
          <Divider label={t('sso.or_password')} />
        </Stack>
      )}
    </div>
  );
}
