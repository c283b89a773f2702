/** What somebody proves who they are with: a code of an app or that was sent, a passkey, or a recovery code instead. */
import { Anchor, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FactorKind, SentBy } from '../api/client';

/** What is typed. */
export type CodeKind = 'code' | 'recovery_code';
/** What is shown. */
export type Way = CodeKind | 'passkey';

/** What somebody with these second factors, or with none and a code that is sent, can show here, what is easiest first. */
export function waysOf(kinds: readonly FactorKind[], passkeysHere: boolean, isSent = false): Way[] {
  const ways: Way[] = [];
  if (kinds.includes('passkey') && passkeysHere) ways.push('passkey');
  if (kinds.includes('app') || isSent) ways.push('code');
  return [...ways, 'recovery_code'];
}

interface Props {
  kind: CodeKind;
  value: string;
  error: string | undefined;
  /** How the code came, when it is of no app. */
  sentBy?: SentBy | null;
  onChange: (value: string) => void;
}

export function CodeInput({ kind, value, error, sentBy, onChange }: Props) {
  const { t } = useTranslation();
  const ofApp = kind === 'code';
  return (
    <TextInput
      key={kind}
      label={t(`field.${kind}`)}
      description={t(sentBy ? `sent_code.hint.${sentBy}` : `field.${kind}_hint`)}
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

interface OtherWaysProps {
  ways: readonly Way[];
  way: Way;
  onChange: (way: Way) => void;
}

/** What could be shown instead. */
export function OtherWays({ ways, way, onChange }: OtherWaysProps) {
  const { t } = useTranslation();
  return ways
    .filter((other) => other !== way)
    .map((other) => (
      <Anchor
        key={other}
        component="button"
        type="button"
        size="sm"
        ta="left"
        onClick={() => onChange(other)}
      >
        {t(`steps.use_${other}`)}
      </Anchor>
    ));
}
