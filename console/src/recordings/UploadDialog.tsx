/**
 * Puts recordings in: choose or drop files, say what is known of them, watch them go.
 * It knows nothing of formats: the server says what it can't read.
 */
import {
  Alert,
  Anchor,
  Button,
  Collapse,
  FileButton,
  Group,
  Modal,
  Progress,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconCopyCheck, IconFileMusic, IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Uploaded } from '../api/types';
import { upload, type UploadMetadata } from '../api/upload';
import { codeOf } from '../api/problem';
import { directions } from '../conversations/filters';
import { bytes } from '../shared/format';
import { messageOf } from '../shared/toast';
import { useLocale } from '../shared/useLocale';
import classes from './UploadDialog.module.css';

interface Item {
  file: File;
  fraction: number;
  result: Uploaded | null;
  error: unknown;
}
const accepted = 'audio/*,.wav,.mp3,.ogg,.opus,.flac';
const mostTags = 20;

interface Fields {
  started: string;
  direction: string | null;
  from: string;
  to: string;
  contact: string;
  agent: string;
  tags: string[];
  externalId: string;
}
const empty: Fields = {
  started: '',
  direction: null,
  from: '',
  to: '',
  contact: '',
  agent: '',
  tags: [],
  externalId: '',
};

/** Only what was filled in; what is left out the server reads from the file or doesn't know. */
export function metadataOf(fields: Fields): UploadMetadata {
  const metadata: UploadMetadata = {};
  if (fields.started) metadata.started_at = new Date(fields.started).toISOString();
  if (fields.direction) metadata.direction = fields.direction;
  if (fields.from.trim()) metadata.from_number = fields.from.trim();
  if (fields.to.trim()) metadata.to_number = fields.to.trim();
  if (fields.contact.trim()) metadata.contact = fields.contact.trim();
  if (fields.agent.trim()) metadata.agent = fields.agent.trim();
  if (fields.tags.length > 0) metadata.tags = fields.tags;
  if (fields.externalId.trim()) metadata.external_id = fields.externalId.trim();
  return metadata;
}

export function UploadDialog({ opened, close }: { opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={close}
      size={620}
      title={t('upload.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <UploadForm close={close} />
    </Modal>
  );
}

function UploadForm({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [items, setItems] = useState<Item[]>([]);
  const [fields, setFields] = useState(empty);
  const [sending, setSending] = useState(false);
  const stop = useRef(new AbortController());
  const add = (files: File[]) =>
    setItems((list) => [...list, ...files.map((file) => ({ file, fraction: 0, result: null, error: null }))]);
  const patch = (file: File, change: Partial<Item>) =>
    setItems((list) => list.map((item) => (item.file === file ? { ...item, ...change } : item)));
  const waiting = items.filter((item) => !item.result);
  const finished = items.length > 0 && waiting.length === 0;

  const send = async () => {
    setSending(true);
    stop.current = new AbortController();
    const metadata = metadataOf(fields);
    // One after the other: a slow line is shared by nobody, and a stop loses one file only.
    for (const { file } of waiting) {
      if (stop.current.signal.aborted) break;
      patch(file, { error: null, fraction: 0 });
      try {
        const result = await upload(
          file,
          metadata,
          (fraction) => patch(file, { fraction }),
          stop.current.signal,
        );
        patch(file, { result, fraction: 1 });
      } catch (error) {
        patch(file, { error, fraction: 0 });
      }
    }
    setSending(false);
    void client.invalidateQueries({ queryKey: ['conversations'] });
  };

  return (
    <Stack gap="md">
      {!finished && <Drop add={add} disabled={sending} />}
      {items.length > 0 && (
        <ul className={classes.items}>
          {items.map((item) => (
            <Row
              key={`${item.file.name}-${item.file.size}-${item.file.lastModified}`}
              item={item}
              sending={sending}
              remove={() => setItems((list) => list.filter((other) => other !== item))}
            />
          ))}
        </ul>
      )}
      {waiting.length > 0 && (
        <MetadataFields fields={fields} setFields={setFields} many={waiting.length > 1} />
      )}
      <Group justify="flex-end" gap="xs">
        {sending ? (
          <Button variant="default" onClick={() => stop.current.abort()}>
            {t('upload.stop')}
          </Button>
        ) : (
          <Button variant={finished ? 'filled' : 'default'} onClick={close}>
            {t(finished ? 'action.done' : waiting.length < items.length ? 'action.close' : 'action.cancel')}
          </Button>
        )}
        {!finished && (
          <Button disabled={waiting.length === 0} loading={sending} onClick={() => void send()}>
            {waiting.length > 0 ? t('upload.send', { count: waiting.length }) : t('upload.action')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Drop({ add, disabled }: { add: (files: File[]) => void; disabled: boolean }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!disabled) add([...event.dataTransfer.files]);
  };
  return (
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileMusic size={30} stroke={1.3} aria-hidden />
      <Text size="sm">{t('upload.drop')}</Text>
      <FileButton multiple accept={accepted} onChange={add} disabled={disabled}>
        {(props) => (
          <Button
            {...props}
            variant="default"
            disabled={disabled}
            leftSection={<IconUpload size={16} aria-hidden />}
          >
            {t('upload.choose')}
          </Button>
        )}
      </FileButton>
      <Text size="xs" c="dimmed">
        {t('upload.formats')}
      </Text>
    </div>
  );
}

function Row({ item, sending, remove }: { item: Item; sending: boolean; remove: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { file, result, error, fraction } = item;
  return (
    <li className={classes.item}>
      <div className={classes.itemHead}>
        {result && !result.duplicate && <IconCircleCheck size={19} className={classes.good} aria-hidden />}
        {result?.duplicate && <IconCopyCheck size={19} className={classes.warn} aria-hidden />}
        {error !== null && <IconCircleX size={19} className={classes.bad} aria-hidden />}
        <span className={classes.name}>{file.name}</span>
        <Text span size="sm" c="dimmed" className="tabular">
          {bytes(file.size, locale)}
        </Text>
        {!result && !sending && (
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={t('upload.remove', { name: file.name })}
            onClick={remove}
          >
            {t('action.remove')}
          </Button>
        )}
      </div>
      {sending && !result && error === null && (
        <Progress value={fraction * 100} size="sm" aria-label={t('upload.progress', { name: file.name })} />
      )}
      {error !== null && (
        <Text size="sm" c="var(--keep-bad)" role="alert">
          {messageOf(error, t)}{' '}
          {codeOf(error) === 'unreadable_audio' && (
            <Anchor component={Link} to="/quarantine" size="sm">
              {t('upload.quarantined')}
            </Anchor>
          )}
        </Text>
      )}
      {result && (
        <Text size="sm" role="status">
          {t(result.duplicate ? 'upload.duplicate' : 'upload.arrived')}{' '}
          <Anchor component={Link} to={`/conversations/${result.conversation_id}`} size="sm">
            {t('upload.open')}
          </Anchor>
        </Text>
      )}
    </li>
  );
}

interface MetadataProps {
  fields: Fields;
  setFields: (fields: Fields) => void;
  many: boolean;
}

function MetadataFields({ fields, setFields, many }: MetadataProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(true);
  const text = (name: 'from' | 'to' | 'contact' | 'agent' | 'externalId', label: string) => (
    <TextInput
      label={t(label)}
      value={fields[name]}
      onChange={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
    />
  );
  return (
    <div>
      <Anchor
        component="button"
        type="button"
        size="sm"
        aria-expanded={shown}
        onClick={() => setShown(!shown)}
      >
        {t('upload.metadata')}
      </Anchor>
      <Collapse expanded={shown}>
        {many && (
          <Alert variant="light" mt="xs">
            {t('upload.metadata_many')}
          </Alert>
        )}
        <div className={classes.fields}>
          <TextInput
            label={t('upload.started')}
            type="datetime-local"
            step={1}
            value={fields.started}
            onChange={(event) => setFields({ ...fields, started: event.currentTarget.value })}
          />
          <Select
            label={t('column.direction')}
            clearable
            data={directions.map((value) => ({ value, label: t(`direction.${value}`) }))}
            value={fields.direction}
            onChange={(direction) => setFields({ ...fields, direction })}
          />
          {text('from', 'upload.from')}
          {text('to', 'upload.to')}
          {text('agent', 'upload.agent')}
          {text('contact', 'column.contact')}
          {text('externalId', 'upload.external_id')}
          <TagsInput
            label={t('column.tags')}
            maxTags={mostTags}
            acceptValueOnBlur
            value={fields.tags}
            onChange={(tags) => setFields({ ...fields, tags })}
          />
        </div>
      </Collapse>
    </div>
  );
}
