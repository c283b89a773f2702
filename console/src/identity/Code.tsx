/** Fields for what somebody proves who they are with: a code of an app, or a recovery code instead. */
import { Anchor, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export type CodeKind = 'code' | 'recovery_code';

interface Props {
  kind: CodeKind;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

export function CodeInput({ kind, value, error, onChange }: Props) {
  const { t } = useTranslation();
  const ofApp = kind === 'code';
  return (
    <TextInput
      key={kind}
      label={t(`field.${kind}`)}
      description={t(`field.${kind}_hint`)}
      // Phones offer what an app or a message just brought.
      autoComplete={ofApp ? 'one-time-code' : 'off'}
      inputMode={ofApp ? 'numeric' : 'text'}
      spellCheck={false}
      required
      withAsterisk={false}
      data-autofocus
      autoFocus
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

export function OtherKind({ kind, onChange }: { kind: CodeKind; onChange: (kind: CodeKind) => void }) {
  const { t } = useTranslation();
  const other = kind === 'code' ? 'recovery_code' : 'code';
  return (
    <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onChange(other)}>
      {t(`steps.use_${other}`)}
    </Anchor>
  );
}
