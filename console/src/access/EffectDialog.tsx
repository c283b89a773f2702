/**
 * What a change of rights does, shown before it is carried out: who gains and who loses what. What lets somebody hear
 * more, or takes something from many, is confirmed by typing. It knows nothing of what is changed.
 */
import { Alert, Button, Group, Modal, Progress, Stack, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconMinus, IconPlus } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Effect,
  type EffectChange,
  type EffectParty,
  isNothing,
  type Weighing,
  whenWeighed,
} from '../api/weighing';
import { capital, number } from '../shared/format';
import { useLocale } from '../shared/useLocale';
import classes from './EffectDialog.module.css';

const askAgainMs = 1000;
/** So many names are told before the others are a number. */
const namesShown = 3;
const partiesShown = 8;

interface Asked {
  key: number;
  weighing: Weighing;
  over: () => void;
}
let nextKey = 1;

/** The place where whatever is weighed is shown, one after the other. */
export function EffectDialogs() {
  const [asked, setAsked] = useState<Asked[]>([]);
  useEffect(() => {
    const open = new Set<() => void>();
    const takeBack = whenWeighed(
      (weighing) =>
        new Promise<void>((resolve) => {
          const key = nextKey++;
          const over = () => {
            open.delete(over);
            setAsked((list) => list.filter((one) => one.key !== key));
            resolve();
          };
          open.add(over);
          setAsked((list) => [...list, { key, weighing, over }]);
        }),
    );
    return () => {
      takeBack();
      // Nobody is there any more who could want it.
      for (const over of open) over();
    };
  }, []);
  const [first] = asked;
  return first && <EffectDialog key={first.key} weighing={first.weighing} over={first.over} />;
}

function EffectDialog({ weighing, over }: { weighing: Weighing; over: () => void }) {
  const { t } = useTranslation();
  const [effect, setEffect] = useState(weighing.effect);
  const [changed, setChanged] = useState(false);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const { confirmation, counting } = effect;
  const { act, ask } = weighing;
  const field = useRef<HTMLInputElement>(null);
  // The button that was pressed for the effect before sleeps now.
  useEffect(() => {
    if (changed) field.current?.focus();
  }, [changed, confirmation?.token]);
  const meet = (now: Effect | null) => {
    setBusy(false);
    if (now === null) return over();
    if (now.confirmation?.token !== confirmation?.token) {
      setChanged(true);
      setTyped('');
    }
    setEffect(now);
  };
  useEffect(() => {
    if (effect.counting === null || busy) return;
    let away = false;
    const timer = setTimeout(async () => {
      const now = await ask();
      if (!away) meet(now);
    }, askAgainMs);
    return () => {
      away = true;
      clearTimeout(timer);
    };
    // One question after each answer.
  }, [effect, busy]);
  const ready = counting === null && (confirmation === null || normal(typed) === normal(confirmation.phrase));
  return (
    <Modal
      opened
      onClose={() => busy || over()}
      returnFocus={false}
      closeOnClickOutside={false}
      size={600}
      zIndex={300}
      title={t('effect.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!act || !ready || busy) return;
          setBusy(true);
          void act(confirmation?.token).then(meet);
        }}
      >
        <Stack gap="md">
          {changed && (
            <Alert
              variant="light"
              color="amber"
              role="alert"
              icon={<IconAlertTriangle size={18} aria-hidden />}
            >
              {t('effect.changed')}
            </Alert>
          )}
          <Sum effect={effect} />
          <Parties parties={effect.parties} />
          {act && confirmation && (
            <div className={classes.confirm}>
              <ul className={classes.reasons}>
                {confirmation.reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
              <TextInput
                label={t('effect.type', { phrase: confirmation.phrase })}
                autoComplete="off"
                spellCheck={false}
                ref={field}
                data-autofocus
                value={typed}
                onChange={(event) => setTyped(event.currentTarget.value)}
              />
            </div>
          )}
        </Stack>
        <Group justify="flex-end" gap="xs" mt="lg">
          <Button
            variant={act ? 'default' : 'filled'}
            disabled={busy}
            onClick={over}
            data-autofocus={confirmation && act ? undefined : true}
          >
            {t(act ? 'action.cancel' : 'action.close')}
          </Button>
          {act && (
            <Button type="submit" loading={busy} disabled={!ready}>
              {t('effect.act')}
            </Button>
          )}
        </Group>
      </form>
    </Modal>
  );
}

const normal = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();

function Sum({ effect }: { effect: Effect }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { counting, gaining, losing } = effect;
  type Sums = 'gaining' | 'losing' | 'programs_gaining' | 'programs_losing';
  const how = (of: Sums, count: number) =>
    count > 0 ? [t(`effect.${of}`, { count, n: number(count, locale) })] : [];
  const sum = isNothing(effect)
    ? [t('effect.nobody')]
    : [
        ...how('gaining', gaining),
        ...how('programs_gaining', effect.programs_gaining),
        ...how('losing', losing),
        ...how('programs_losing', effect.programs_losing),
      ];
  const progress =
    counting &&
    t('effect.progress', { done: number(counting.done, locale), total: number(counting.total, locale) });
  return (
    <div>
      <Text size="sm" fw={600} role="status">
        {sum.join(' ') || t('effect.nobody')}
        {counting && ` ${t('effect.counting')}`}
      </Text>
      {counting && (
        <>
          <Progress
            mt={8}
            value={counting.total > 0 ? Math.min(100, (100 * counting.done) / counting.total) : 0}
            aria-label={progress ?? ''}
          />
          <Text size="sm" c="dimmed" mt={4}>
            {progress}
          </Text>
        </>
      )}
    </div>
  );
}

function Parties({ parties }: { parties: EffectParty[] }) {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const shown = all ? parties : parties.slice(0, partiesShown);
  const more = parties.length - shown.length;
  return (
    <>
      {shown.length > 0 && (
        <ul className={classes.parties}>
          {shown.map((party) => (
            <li key={party.users[0]?.email ?? party.programs[0]?.id ?? ''}>
              <Party party={party} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && (
        <Button variant="subtle" size="compact-sm" onClick={() => setAll(true)}>
          {t('effect.more', { count: more })}
        </Button>
      )}
    </>
  );
}

function Party({ party }: { party: EffectParty }) {
  const { t } = useTranslation();
  const told = useTold();
  const columns = (list: EffectParty['columns_shown']) =>
    list.length > 0
      ? [
          t('effect.columns', {
            list: list
              .map(({ column, meaning }) => t(`access_groups.column.${column}`, { defaultValue: meaning }))
              .join(', '),
          }),
        ]
      : [];
  const gains = [
    ...party.changes.filter(({ gains }) => gains).map((change) => told(change, change.conversations_gained)),
    ...columns(party.columns_shown),
  ];
  const loses = [
    ...party.changes.filter(({ loses }) => loses).map((change) => told(change, change.conversations_lost)),
    ...columns(party.columns_hidden),
  ];
  return (
    <>
      <Names party={party} />
      <Lines good title={t('effect.gains')} lines={gains} />
      <Lines title={t('effect.loses')} lines={loses} />
    </>
  );
}

function Names({ party: { users, users_total: total, programs } }: { party: EffectParty }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const people = users.slice(0, namesShown).map(({ name }) => name);
  const others = total - people.length;
  const told = [...people, ...programs.map(({ name }) => t('effect.program', { name }))].join(', ');
  if (others <= 0) return <p className={classes.names}>{told}</p>;
  const rest = total - users.length;
  return (
    <details>
      <summary className={classes.names}>
        {told} {t('effect.others', { count: others, n: number(others, locale) })}
      </summary>
      <ul className={classes.people}>
        {users.map(({ id, name, email }) => (
          <li key={id}>
            {name} <span>{email}</span>
          </li>
        ))}
        {rest > 0 && <li>{t('effect.others', { count: rest, n: number(rest, locale) })}</li>}
      </ul>
    </details>
  );
}

/** What is more or less of a permission, in conversations where it is about them. */
function useTold() {
  const { t } = useTranslation();
  const locale = useLocale();
  return (change: EffectChange, range: EffectChange['conversations_gained']): string => {
    const what = capital(change.meaning);
    if (range === null) return what;
    const { least, most } = range;
    if (most === 0) return t('effect.later', { what });
    if (least !== most)
      return t('effect.range', { what, least: number(least, locale), most: number(most, locale) });
    return t('effect.conversations', { what, count: most, n: number(most, locale) });
  };
}

function Lines({ title, lines, good = false }: { title: string; lines: string[]; good?: boolean }) {
  if (lines.length === 0) return null;
  const Sign = good ? IconPlus : IconMinus;
  return (
    <div className={classes.lines} data-good={good || undefined}>
      <p>
        <Sign size={14} stroke={2.4} aria-hidden />
        {title}
      </p>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
