/** How a SAML provider is reached: read from its metadata, or typed. It knows nothing of who comes in through it. */
import { Button, Checkbox, FileButton, Group, Text, Textarea, TextInput } from '@mantine/core';
import { IconFileUpload, IconWorldDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type SamlProvider } from '../../api/client';
import { fieldErrorsOf } from '../../api/problem';
import { capital } from '../../shared/format';
import { messageOf } from '../../shared/toast';
import type { FieldsProps } from './fields';

/** What metadata says replaces what was typed of it; what is decided here stays. */
export const samlPart = (read: SamlProvider) => ({
  entity_id: read.entity_id,
  sign_in_url: read.sign_in_url,
  logout_url: read.logout_url ?? '',
  logout_answer_url: read.logout_answer_url ?? '',
  certificates: read.certificates.map((certificate) => certificate.trim()).join('\n'),
});

export function SamlFields({ draft, set, errors }: FieldsProps) {
  const { t } = useTranslation();
  const read = useMutation({
    mutationFn: (given: { url: string } | { document: string }) => api.providers.readMetadata(given),
    onSuccess: (found) => set(samlPart(found)),
  });
  const wrong = Object.values(fieldErrorsOf(read.error))[0];
  const failed = read.error && (wrong ? capital(wrong) : messageOf(read.error, t));
  const plain = { autoComplete: 'off', spellCheck: false } as const;
  return (
    <>
      <TextInput
        label={t('sso.saml.metadata_url')}
        description={t('sso.saml.metadata_url_hint')}
        type="url"
        {...plain}
        value={draft.metadata_url}
        error={errors['saml.metadata_url']}
        onChange={(event) => set({ metadata_url: event.currentTarget.value })}
      />
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconWorldDownload size={17} aria-hidden />}
          disabled={draft.metadata_url.trim() === ''}
          loading={read.isPending}
          onClick={() => read.mutate({ url: draft.metadata_url.trim() })}
        >
          {t('sso.saml.read_url')}
        </Button>
        <FileButton
          accept=".xml,text/xml,application/xml,application/samlmetadata+xml"
          onChange={async (file) => file && read.mutate({ document: await file.text() })}
        >
          {(props) => (
            <Button variant="default" leftSection={<IconFileUpload size={17} aria-hidden />} {...props}>
              {t('sso.saml.read_file')}
            </Button>
          )}
        </FileButton>
      </Group>
      <Text size="sm" role="status" {...(failed ? { c: 'red' } : { c: 'dimmed' })}>
        {failed ?? t(read.isSuccess ? 'sso.saml.read_done' : 'sso.saml.read_or_type')}
      </Text>
      {(['entity_id', 'sign_in_url', 'logout_url'] as const).map((field) => (
        <TextInput
          key={field}
          label={t(`sso.saml.${field}`)}
          description={t(`sso.saml.${field}_hint`)}
          {...plain}
          value={draft[field]}
          error={errors[`saml.${field}`] ?? (field === 'entity_id' ? errors['saml'] : undefined)}
          onChange={(event) => set({ [field]: event.currentTarget.value })}
        />
      ))}
      <Textarea
        label={t('sso.saml.certificates')}
        description={t('sso.saml.certificates_hint')}
        autosize
        minRows={3}
        maxRows={10}
        {...plain}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
        value={draft.certificates}
        error={errors['saml.certificates']}
        onChange={(event) => set({ certificates: event.currentTarget.value })}
      />
      {(['encrypted_only', 'takes_unasked'] as const).map((field) => (
        <Checkbox
          key={field}
          label={t(`sso.saml.${field}`)}
          description={t(`sso.saml.${field}_hint`)}
          checked={draft[field]}
          onChange={(event) => set({ [field]: event.currentTarget.checked })}
        />
      ))}
    </>
  );
}
