/**
 * How a program uses its key in this organisation: with the key itself, a signed secret, or an access token.
 * It knows no key's text: placeholders stand for it.
 */
import { Stack, Text, Title } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../identity/session';
import { Copy } from '../shared/Copy';
import classes from './HowToUse.module.css';

export type Way = 'key' | 'signed' | 'oauth';

/** The ways that an organisation takes: where keys are enough, the other two are too. */
export const waysTaken = (asked: Way): Way[] => (asked === 'key' ? ['key', 'signed', 'oauth'] : [asked]);

/** What is typed, by way. */
export function commands(way: Way, origin: string, id: string): string {
  const list = `${origin}/api/v1/conversations`;
  switch (way) {
    case 'key':
      return `curl --header "Authorization: Bearer KEY" \\\n  ${list}`;
    case 'signed':
      return [
        `secret=$(soundkeep api-secret --id ${id} \\\n  --audience ${origin} --key-file key.txt)`,
        `curl --header "Authorization: Bearer $secret" \\\n  ${list}`,
      ].join('\n');
    case 'oauth':
      return [
        `curl --user ${id}:KEY --data grant_type=client_credentials \\\n  ${origin}/oauth2/token`,
        `curl --header "Authorization: Bearer ACCESS_TOKEN" \\\n  ${list}`,
      ].join('\n');
  }
}

export function HowToUse({ id }: { id?: string }) {
  const { t } = useTranslation();
  const asked = useMe().organisation.api_authentication;
  // Once on the page, and once more in a dialog above it.
  const title = useId();
  return (
    <section className={classes.card} aria-labelledby={title}>
      <Title order={2} id={title}>
        {t('keys_page.how.title')}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(`keys_page.how.asked.${asked}`)}
      </Text>
      <Stack gap="md">
        {waysTaken(asked).map((way) => (
          <Example key={way} way={way} id={id ?? 'KEY_ID'} />
        ))}
      </Stack>
    </section>
  );
}

function Example({ way, id }: { way: Way; id: string }) {
  const { t } = useTranslation();
  const text = commands(way, window.location.origin, id);
  return (
    <div>
      <div className={classes.head}>
        <div>
          <Title order={3}>{t(`keys_page.how.${way}.title`)}</Title>
          <Text size="sm" c="dimmed">
            {t(`keys_page.how.${way}.text`)}
          </Text>
        </div>
        <Copy value={text} label={t('keys_page.how.copy', { what: t(`keys_page.how.${way}.title`) })} />
      </div>
      {/* Wide lines are scrolled, with the keyboard too. */}
      <pre
        className={classes.commands}
        tabIndex={0}
        role="region"
        aria-label={t(`keys_page.how.${way}.title`)}
      >
        {text}
      </pre>
    </div>
  );
}
