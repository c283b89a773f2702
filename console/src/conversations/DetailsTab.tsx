/** Everything technical about a conversation and its recording. It changes nothing. */
import { Code } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConversationDetail } from '../api/client';
import { Copy } from '../shared/Copy';
import { bytes, exactTime, number, spokenDuration } from '../shared/format';
import { useLocale } from '../shared/useLocale';
import classes from './Facts.module.css';

const formats: Record<string, string> = {
  wav: 'WAV',
  rf64: 'RF64',
  ogg: 'Ogg',
  mp3: 'MP3',
  flac: 'FLAC',
  opus: 'Opus',
  alaw: 'G.711 A-law',
  mulaw: 'G.711 µ-law',
  pcm_u8: 'PCM 8 bit',
  pcm_s16: 'PCM 16 bit',
  pcm_s24: 'PCM 24 bit',
  pcm_s32: 'PCM 32 bit',
  pcm_f32: 'PCM 32 bit float',
  pcm_f64: 'PCM 64 bit float',
};

/** `WAV, G.711 A-law`; one word where container and codec are the same. */
export function formatOf(container: string | null, codec: string | null): string {
  const names = [container, codec].filter((name) => name !== null).map((name) => formats[name] ?? name);
  return [...new Set(names)].join(', ');
}

export function DetailsTab({ conversation }: { conversation: ConversationDetail }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { recording } = conversation;
  const rows: [string, ReactNode][] = [
    ['details.started', conversation.started_at && exactTime(conversation.started_at, locale)],
    ['details.received', conversation.received_at && exactTime(conversation.received_at, locale)],
    ['details.source', conversation.source && t(`source.${conversation.source}`)],
    ['details.external_id', conversation.external_id && <Code>{conversation.external_id}</Code>],
    ['details.id', <Copied key="id" value={conversation.id} label={t('details.copy_id')} />],
  ];
  if (recording)
    rows.push(
      ['details.format', formatOf(recording.container, recording.codec)],
      [
        'details.sound',
        [
          recording.sample_rate_hz && `${number(recording.sample_rate_hz / 1000, locale)} kHz`,
          recording.channels && t('details.channels', { count: recording.channels }),
        ]
          .filter(Boolean)
          .join(', '),
      ],
      [
        'details.duration',
        typeof recording.duration_ms === 'number' && spokenDuration(recording.duration_ms, locale),
      ],
      ['details.size', bytes(recording.bytes, locale)],
      ['details.version', number(recording.version, locale)],
      ['details.sha256', <Copied key="sha" value={recording.sha256} label={t('details.copy_sha256')} />],
    );
  return (
    <dl className={classes.facts}>
      {rows
        .filter(([, value]) => Boolean(value))
        .map(([text, value]) => (
          <div key={text} className={classes.fact} data-wide>
            <dt>{t(text)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Copied({ value, label }: { value: string; label: string }) {
  return (
    <>
      <Code className={classes.value}>{value}</Code>
      <Copy value={value} label={label} />
    </>
  );
}
