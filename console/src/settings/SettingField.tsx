/**
 * One setting as a form shows it, by the kind of its value: what it does, where its value comes from, what channels
 * differ. It knows no setting by name.
 */
import {
  Badge,
  Button,
  Checkbox,
  NumberInput,
  PasswordInput,
  Select,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Setting, SettingValue } from '../api/client';
import { ListInput } from '../shared/ListInput';
import { own } from '../shared/zone';
import classes from './SettingsPage.module.css';
import { addressOf, decided, same, shown, type Wish, type Wishes } from './wishes';

interface FieldProps {
  setting: Setting;
  wishes: Wishes;
  /** What the server said of what is wished, by address. */
  errors: Record<string, string>;
  wish: (setting: Setting, channel: string | undefined, wish: Wish | undefined) => void;
}

export function SettingField({ setting, wishes, errors, wish }: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const value = shown(setting, wishes);
  const isDefault =
    wishes[setting.key] === null ||
    // The value of a secret is told to nobody; that there is one is.
    (setting.kind === 'secret' && value === null
      ? setting.origin === 'default'
      : same(value, setting.default));
  const changed = wishes[setting.key] !== undefined;
  return (
    <div
      className={classes.field}
      data-changed={changed || undefined}
      role="group"
      aria-labelledby={`${id}-title`}
    >
      <div className={classes.words}>
        <div className={classes.title}>
          <Text id={`${id}-title`} fw={560} size="sm" component="h3">
            {setting.title}
          </Text>
          <Badge size="sm" variant="light" color={isDefault ? 'gray' : 'keep'} tt="none">
            {isDefault ? t('settings.origin.default') : t('settings.origin.organisation')}
          </Badge>
        </div>
        <Text size="sm" c="dimmed" id={`${id}-text`}>
          {setting.sentence}
        </Text>
        {setting.warning && !isDefault && (
          <Text size="sm" className={classes.warning}>
            <IconAlertTriangle size={16} stroke={1.7} aria-hidden />
            <span>{setting.warning}</span>
          </Text>
        )}
      </div>
      <div className={classes.input}>
        <SettingInput
          setting={setting}
          label={setting.title}
          describedBy={`${id}-text`}
          value={value}
          error={errors[setting.key]}
          // An empty field leaves a secret as it is.
          onChange={(next) =>
            wish(setting, undefined, setting.kind === 'secret' && next === '' ? undefined : next)
          }
        />
        {!isDefault && (
          <Button
            variant="subtle"
            size="compact-sm"
            aria-label={t('settings.reset_named', { name: setting.title })}
            onClick={() => wish(setting, undefined, null)}
          >
            {t('settings.reset')}
          </Button>
        )}
      </div>
      {setting.channels.length > 0 && (
        <ul className={classes.channels} aria-label={t('settings.channels', { name: setting.title })}>
          {setting.channels.map(({ channel }) => (
            <ChannelRow
              key={channel}
              channel={channel}
              setting={setting}
              wishes={wishes}
              errors={errors}
              wish={wish}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

function ChannelRow({ channel, setting, wishes, errors, wish }: FieldProps & { channel: string }) {
  const { t } = useTranslation();
  const wished = wishes[addressOf(setting, channel)];
  const here = wished === undefined ? decided(setting, channel).here : wished !== null;
  const value = here ? shown(setting, wishes, channel) : shown(setting, wishes);
  const name = t(`channel.${channel}`);
  return (
    <li className={classes.channel} data-changed={wished !== undefined || undefined}>
      <Text size="sm" className={classes.channelName}>
        {name}
      </Text>
      <Checkbox
        size="sm"
        label={t('settings.own_value')}
        aria-label={t('settings.own_value_of', { name, setting: setting.title })}
        checked={here}
        onChange={(event) => wish(setting, channel, event.currentTarget.checked ? value : null)}
      />
      <div className={classes.channelInput}>
        <SettingInput
          setting={setting}
          label={t('settings.of_channel', { name, setting: setting.title })}
          value={value}
          error={errors[addressOf(setting, channel)]}
          disabled={!here}
          onChange={(next) => wish(setting, channel, next)}
        />
        <Badge size="sm" variant="light" color={here ? 'keep' : 'gray'} tt="none">
          {here ? t('settings.origin.channel') : t('settings.origin.inherited')}
        </Badge>
      </div>
    </li>
  );
}

interface InputProps {
  setting: Setting;
  label: string;
  describedBy?: string;
  value: SettingValue | null;
  error?: string | undefined;
  disabled?: boolean;
  onChange: (value: SettingValue) => void;
}

function SettingInput({ setting, label, describedBy, value, error, disabled, onChange }: InputProps) {
  const { t } = useTranslation();
  const about = { 'aria-label': label, 'aria-describedby': describedBy, disabled, error };
  switch (setting.kind) {
    case 'flag':
      return (
        <Switch
          {...about}
          size="md"
          checked={value === true}
          label={t(value === true ? 'settings.on' : 'settings.off')}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...about}
          w={190}
          allowDecimal={false}
          min={setting.from}
          max={setting.to}
          clampBehavior="none"
          // A port is a number that counts nothing.
          {...(setting.unit === 'port' ? {} : { suffix: ` ${t(`settings.unit.${setting.unit}`)}` })}
          description={t('settings.bounds', { from: setting.from, to: setting.to })}
          inputWrapperOrder={['input', 'description', 'error']}
          value={typeof value === 'number' || typeof value === 'string' ? value : ''}
          onChange={(next) => onChange(next)}
        />
      );
    case 'choice':
      return (
        <Select
          {...about}
          w="100%"
          data={(setting.choices ?? []).map((one) => ({ value: one.value, label: one.title }))}
          value={String(value)}
          allowDeselect={false}
          onChange={(next) => next !== null && onChange(next)}
        />
      );
    case 'text':
      return (
        <TextInput
          {...about}
          w="100%"
          spellCheck={false}
          autoComplete="off"
          placeholder={setting.example ?? ''}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'secret':
      return (
        <PasswordInput
          {...about}
          w="100%"
          autoComplete="new-password"
          placeholder={t(setting.origin === 'default' ? 'settings.no_secret' : 'settings.kept_secret')}
          value={typeof value === 'string' ? value : ''}
          visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'time_zone':
      return <ZoneInput {...about} value={String(value)} onChange={onChange} />;
    case 'origins':
    case 'networks':
    case 'domains':
      return (
        <ListInput
          {...about}
          w="100%"
          example={examples[setting.kind]}
          value={Array.isArray(value) ? value : []}
          onChange={onChange}
        />
      );
  }
}

type PartProps<T> = Omit<InputProps, 'setting' | 'label' | 'describedBy' | 'value'> & {
  value: T;
  'aria-label': string;
  'aria-describedby': string | undefined;
};

function ZoneInput({ value, onChange, ...about }: PartProps<string>) {
  const { t } = useTranslation();
  const zones = useMemo(
    () => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), ...(value === own ? [] : [value])])],
    [value],
  );
  return (
    <Select
      {...about}
      w={250}
      searchable
      limit={60}
      nothingFoundMessage={t('filter.nothing')}
      data={[
        { value: own, label: t('settings.own_zone') },
        ...zones.map((zone) => ({ value: zone, label: zone })),
      ]}
      value={value}
      allowDeselect={false}
      onChange={(next) => next !== null && onChange(next)}
    />
  );
}

const examples = {
  origins: 'https://crm.example.org',
  networks: '192.0.2.0/24',
  domains: 'example.org',
} as const;
