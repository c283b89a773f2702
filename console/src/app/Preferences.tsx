/** Language, time zone and colour scheme, chosen by the person and kept in this browser. */
import { SegmentedControl, Select, Switch, useMantineColorScheme } from '@mantine/core';
import { IconWorld } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type Language, languages, setLanguage } from '../i18n';
import { useMe } from '../identity/session';
import { chooseOwnZone, choseOwnZone, own } from '../shared/zone';

export function LanguagePicker() {
  const { t, i18n } = useTranslation();
  return (
    <Select
      aria-label={t('preferences.language')}
      data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
      value={i18n.language}
      onChange={(value) => value && setLanguage(value as Language)}
      allowDeselect={false}
      leftSection={<IconWorld size={16} aria-hidden />}
      w={142}
      comboboxProps={{ withinPortal: false }}
    />
  );
}

/** Only where the organisation has decided on a zone. */
export function ZonePicker() {
  const { t } = useTranslation();
  const zone = useMe().organisation.time_zone;
  if (zone === own) return null;
  return (
    <Switch
      size="xs"
      label={t('preferences.zone', { zone })}
      checked={!choseOwnZone()}
      onChange={(event) => {
        chooseOwnZone(!event.currentTarget.checked);
        // Every time on every page is written anew.
        window.location.reload();
      }}
    />
  );
}

export function SchemePicker() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      fullWidth
      size="xs"
      aria-label={t('preferences.scheme')}
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={(['light', 'dark', 'auto'] as const).map((value) => ({
        value,
        label: t(`preferences.${value}`),
      }))}
    />
  );
}
