/** A field for a password that is chosen now, with the rule for it. It judges nothing: the server does. */
import { PasswordInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props {
  value: string;
  min: number;
  error: string | undefined;
  onChange: (value: string) => void;
}

export function NewPasswordInput({ value, min, error, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <PasswordInput
      label={t('field.new_password')}
      description={t('field.password_rule', { count: min })}
      autoComplete="new-password"
      required
      minLength={min}
      withAsterisk={false}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': t('field.show_password') }}
    />
  );
}
