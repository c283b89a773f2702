/** What dialogs about keys and tokens share: when one ends, and its text, shown once. */
import { Button, Checkbox, Group, NumberInput, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { KeyEnd } from '../api/client';
import { ago, exactTime } from '../shared/format';
import { Once } from '../shared/Once';
import { useLocale } from '../shared/useLocale';
import { HowToUse } from './HowToUse';
import classes from './settings.module.css';

export const expiryDaysAtFirst = 90;

export const endOf = (days: number | string, never: boolean): KeyEnd =>
  never ? { never_expires: true } : { expires_in_days: Number(days), never_expires: false };

interface EndCellProps {
  at: string | null;
  /** Whether that is soon, as the server says. */
  soon: boolean;
  now: Date;
}

/** When a key or token ends, as lists show it. */
export function EndCell({ at, soon, now }: EndCellProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  if (at === null) return t('keys_page.no_end');
  return (
    <>
      <time className={classes.end} dateTime={at} title={exactTime(at, locale)}>
        {ago(at, locale, now)}
      </time>
      {soon && <span className={classes.soon}>{t('keys_page.soon')}</span>}
    </>
  );
}

interface EndFieldsProps {
  days: number | string;
  never: boolean;
  error: string | undefined;
  setDays: (days: number | string) => void;
  setNever: (never: boolean) => void;
}

export function EndFields({ days, never, error, setDays, setNever }: EndFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <NumberInput
        label={t('keys_page.days')}
        min={1}
        max={365}
        allowDecimal={false}
        disabled={never}
        value={days}
        error={error}
        onChange={setDays}
      />
      <Checkbox
        label={t('keys_page.never_ends')}
        checked={never}
        onChange={(event) => setNever(event.currentTarget.checked)}
      />
    </>
  );
}

interface KeyTextProps {
  secret: string;
  close: () => void;
  title?: string;
  /** The key that programs come in with: how to is told below. */
  id?: string;
}

export function KeyText({ id, secret, close, title }: KeyTextProps) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Once title={title ?? t('keys_page.made.title')} text={t('keys_page.made.text')} secret={secret} />
      {id !== undefined && <HowToUse id={id} />}
      <Group justify="flex-end">
        <Button onClick={close}>{t('action.done')}</Button>
      </Group>
    </Stack>
  );
}
