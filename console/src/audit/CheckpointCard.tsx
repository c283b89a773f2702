/** The last signed checkpoint of the ledger: what an auditor compares. It verifies nothing itself. */
import { Skeleton, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client';
import { codeOf } from '../api/problem';
import { Copy } from '../shared/Copy';
import { ago, number } from '../shared/format';
import { useLocale } from '../shared/useLocale';
import classes from './CheckpointCard.module.css';

export function CheckpointCard() {
  const { t } = useTranslation();
  const locale = useLocale();
  const checkpoint = useQuery({
    queryKey: ['ledger', 'checkpoint'],
    queryFn: api.ledger.checkpoint,
    refetchInterval: 30_000,
  });
  if (checkpoint.error)
    return codeOf(checkpoint.error) === 'denied' ? null : (
      <Text size="sm" c="dimmed">
        {t('checkpoint.none')}
      </Text>
    );
  if (!checkpoint.data) return <Skeleton height={92} radius="lg" />;
  const { size, root_hash, public_key, at, signed_note } = checkpoint.data;
  return (
    <section className={classes.card} aria-label={t('checkpoint.title')}>
      <div className={classes.seal}>
        <IconShieldCheck size={26} stroke={1.5} aria-hidden />
        <div>
          <b>{t('checkpoint.events', { count: size, shown: number(size, locale) })}</b>
          <span>{t('checkpoint.signed', { when: ago(at, locale, new Date()) })}</span>
        </div>
      </div>
      <dl className={classes.values}>
        {(
          [
            ['checkpoint.root', root_hash],
            ['checkpoint.key', public_key],
          ] as const
        ).map(([text, value]) => (
          <div key={text}>
            <dt>{t(text)}</dt>
            <dd>
              <code>{value}</code>
              <Copy value={value} label={t('checkpoint.copy', { what: t(text) })} />
            </dd>
          </div>
        ))}
      </dl>
      <div className={classes.note}>
        <Copy value={signed_note} label={t('checkpoint.copy_note')} withText />
      </div>
    </section>
  );
}
