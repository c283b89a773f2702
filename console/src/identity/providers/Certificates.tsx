/** The certificates between a SAML provider and us: until when theirs are good, ours to copy, and how it is changed. */
import { Alert, Anchor, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, type IdentityProvider, type ProviderCertificate } from '../../api/client';
import { Copy } from '../../shared/Copy';
import { saveText } from '../../shared/saveText';
import { useToast } from '../../shared/toast';
import { useLocale } from '../../shared/useLocale';
import classes from './providers.module.css';

interface CertificatesProps {
  provider: IdentityProvider;
  /** Something typed isn't saved, and would be lost. */
  changed: boolean;
  settle: (provider: IdentityProvider) => void;
}

export function Certificates({ provider, changed, settle }: CertificatesProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const renew = useMutation({
    mutationFn: async () => {
      await api.providers.renewKey(provider.id);
      return api.providers.get(provider.id);
    },
    onSuccess: (now) => {
      settle(now);
      toast.done(t(now.own_certificates.length > 1 ? 'sso.saml.published' : 'sso.saml.used'));
    },
    onError: toast.failed,
  });
  const step = provider.own_certificates.length > 1 ? 'use' : 'publish';
  return (
    <>
      {provider.certificates.some((certificate) => certificate.ends_soon) && (
        <Alert
          color="yellow"
          variant="light"
          mb="sm"
          icon={<IconAlertTriangle size={18} aria-hidden />}
          title={t('sso.saml.ends_soon')}
        >
          {t(provider.saml?.metadata_url ? 'sso.saml.ends_soon_followed' : 'sso.saml.ends_soon_text')}
        </Alert>
      )}
      <List title={t('sso.saml.theirs')} certificates={provider.certificates} />
      <List title={t('sso.saml.ours')} certificates={provider.own_certificates} file={provider.slug} />
      <Text size="sm" c="dimmed" mt="sm">
        {t(`sso.saml.${step}_text`)}
      </Text>
      <Group gap="md" mt="sm">
        <Button variant="default" disabled={changed} loading={renew.isPending} onClick={() => renew.mutate()}>
          {t(`sso.saml.${step}`)}
        </Button>
        {provider.addresses.metadata && (
          <Anchor href={provider.addresses.metadata} download={`soundkeep-${provider.slug}.xml`} size="sm">
            {t('sso.saml.download')}
          </Anchor>
        )}
      </Group>
    </>
  );
}

interface ListProps {
  title: string;
  certificates: ProviderCertificate[];
  /** What files of them are called after; some providers want ours as one. */
  file?: string;
}

function List({ title, certificates, file }: ListProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const day = (time: string) => new Date(time).toLocaleDateString(locale, { dateStyle: 'medium' });
  return (
    <>
      <Text size="sm" fw={600} mt="sm">
        {title}
      </Text>
      <ul className={classes.certificates}>
        {certificates.map((certificate, place) => (
          <li key={certificate.fingerprint}>
            <Text size="sm">
              {certificate.subject} – {t('sso.saml.until', { day: day(certificate.not_after) })}
            </Text>
            <code>{certificate.fingerprint}</code>
            {file !== undefined && (
              <Group gap="xs" mt={4}>
                <Copy value={certificate.pem} label={t('sso.saml.copy_pem')} withText />
                <Button
                  variant="default"
                  leftSection={<IconDownload size={16} aria-hidden />}
                  onClick={() =>
                    saveText(
                      certificate.pem,
                      `soundkeep-${file}${place === 0 ? '' : '-next'}.pem`,
                      'application/x-pem-file',
                    )
                  }
                >
                  {t('sso.saml.save_pem')}
                </Button>
              </Group>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
