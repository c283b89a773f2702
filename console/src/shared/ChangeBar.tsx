/**
 * The bar under a draft: what differs from what is saved, in words, with Discard, Preview and Save; or what somebody
 * else saved meanwhile, and the choice between the two. It knows nothing of what is drafted.
 */
import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './ChangeBar.module.css';

interface Press {
  run: () => void;
  busy: boolean;
}

interface ChangeBarProps {
  /** What differs from what is saved; nothing when nothing does. */
  told: ReactNode | null;
  /** Why it isn't saved, a sentence each; nothing where there is no trouble. */
  troubles: (string | null | false)[];
  /** Whether it can be saved as it is, when something differs. */
  ready: boolean;
  discard: () => void;
  /** What the change will do, before it is saved. */
  look?: Press;
  save: Press;
  /** What somebody else saved since this draft began. */
  conflict: { title: string; told: ReactNode; action: string; keep: () => void; discard: () => void } | null;
}

export function ChangeBar({ told, troubles, ready, discard, look, save, conflict }: ChangeBarProps) {
  const { t } = useTranslation();
  if (conflict) {
    return (
      <section className={classes.bar} aria-label={t('role.changes')} data-stays>
        <div className={classes.told} role="alert">
          <Text size="sm" fw={600}>
            {conflict.title}
          </Text>
          {conflict.told}
        </div>
        <Group gap="xs">
          <Button variant="default" onClick={conflict.discard}>
            {t('role.take_theirs')}
          </Button>
          <Button onClick={conflict.keep}>{conflict.action}</Button>
        </Group>
      </section>
    );
  }
  const changed = told !== null;
  return (
    <section className={classes.bar} aria-label={t('role.changes')} data-stays={changed || undefined}>
      <div className={classes.told} role="status">
        {told ?? (
          <Text size="sm" c="dimmed">
            {t('role.unchanged')}
          </Text>
        )}
        {troubles.map(
          (trouble) =>
            trouble && (
              <Text key={trouble} size="sm" className={classes.trouble} role="alert">
                {trouble}
              </Text>
            ),
        )}
      </div>
      <Group gap="xs" wrap="nowrap">
        <Button variant="default" disabled={!changed} onClick={discard}>
          {t('role.discard')}
        </Button>
        {look && (
          <Button variant="default" loading={look.busy} disabled={!changed || !ready} onClick={look.run}>
            {t('effect.look')}
          </Button>
        )}
        <Button loading={save.busy} disabled={!changed || !ready} onClick={save.run}>
          {t('role.save')}
        </Button>
      </Group>
    </section>
  );
}

/** Differences, a sentence each. */
export function Differences({ sentences }: { sentences: string[] }) {
  return (
    <ul className={classes.differences}>
      {sentences.map((sentence, at) => (
        <li key={`${at} ${sentence}`}>{sentence}</li>
      ))}
    </ul>
  );
}
