/**
 * The bar that comes when something is changed: the difference in words, Update and Discard, and what somebody else
 * changed meanwhile. It knows nothing of single settings.
 */
import { Alert, Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SettingChange } from '../api/client';
import classes from './SettingsPage.module.css';

interface SaveBarProps {
  changes: SettingChange[];
  /** What somebody else changed since the settings were read. */
  theirs: SettingChange[] | null;
  /** Why it can't be saved as it is. */
  trouble: string | null;
  ready: boolean;
  busy: boolean;
  update: () => void;
  discard: () => void;
  adopt: () => void;
}

export function SaveBar({ changes, theirs, trouble, ready, busy, update, discard, adopt }: SaveBarProps) {
  const { t } = useTranslation();
  return (
    <section className={classes.bar} aria-label={t('settings.bar')}>
      {theirs && (
        <Alert color="amber" title={t('settings.conflict.title')} role="alert" mb="sm">
          <Differences changes={theirs} />
          <Text size="sm" mt={6}>
            {t('settings.conflict.text')}
          </Text>
          <Button size="compact-sm" variant="default" mt="xs" onClick={adopt}>
            {t('settings.conflict.action')}
          </Button>
        </Alert>
      )}
      <div className={classes.barRow}>
        <div className={classes.difference} role="status">
          {trouble && (
            <Text size="sm" c="red" className={classes.trouble}>
              {trouble}
            </Text>
          )}
          {!trouble && !theirs && <Differences changes={changes} />}
        </div>
        <Group gap="xs" wrap="nowrap">
          <Button variant="default" onClick={discard}>
            {t('settings.discard')}
          </Button>
          <Button onClick={update} loading={busy} disabled={!ready}>
            {t('settings.update')}
          </Button>
        </Group>
      </div>
    </section>
  );
}

export function Differences({ changes }: { changes: SettingChange[] }) {
  return (
    <ul className={classes.differences}>
      {changes.map((change) => (
        <li key={`${change.channel ?? ''}/${change.key}`}>{change.sentence}</li>
      ))}
    </ul>
  );
}
