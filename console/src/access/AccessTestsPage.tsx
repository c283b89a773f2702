/**
 * The access tests: their text, what each line was found to be, and a file of them in and out.
 * Nothing is saved over what somebody else saved, and what can't be kept is told beside its line.
 */
import { Anchor, Button, FileButton, Text } from '@mantine/core';
import { IconCheck, IconDownload, IconPlayerPlay, IconUpload, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type AccessTestResult, type AccessTestRun, type AccessTests } from '../api/client';
import { codeOf } from '../api/problem';
import { useMay } from '../identity/session';
import { ChangeBar, Differences } from '../shared/ChangeBar';
import { Page, Panel } from '../shared/Page';
import { ErrorState, LoadingRows } from '../shared/states';
import { messageOf, useToast } from '../shared/toast';
import { Unsaved } from '../shared/Unsaved';
import { lineDifference, type Mark, marks, rangeOfLine, type Refused, refusedLines } from './accessTests';
import classes from './AccessTestsPage.module.css';

const queryKey = ['access-tests'];
const fileName = 'access-tests.txt';
/** So many lines at least are there to write in. */
const linesMin = 12;
const examples = [
  'role Analyst never plays',
  'group HR is heard only by members of HR-Leads and role Admin',
  'ada@example.org can download nothing',
  'role Agent sees only own',
  'nobody but role Admin deletes',
  'members of Sales and supervisors of Sales never see group HR',
  'role "Quality control" never has users.manage',
];

export function AccessTestsPage() {
  const { t } = useTranslation();
  const tests = useQuery({
    queryKey,
    queryFn: api.accessTests.get,
    // Read anew for each visit: what is edited is what holds.
    staleTime: 0,
    gcTime: 0,
  });
  if (!tests.data)
    return (
      <Page wide title={t('access_tests.title')} subtitle={t('access_tests.subtitle')}>
        {tests.error ? (
          <ErrorState error={tests.error} retry={() => void tests.refetch()} />
        ) : (
          <LoadingRows rows={8} />
        )}
      </Page>
    );
  return <Editor tests={tests.data} />;
}

function Editor({ tests }: { tests: AccessTests }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const sentences = useSentences();
  const mayChange = useMay()('access_groups.manage');
  const area = useRef<HTMLTextAreaElement>(null);
  // What is on the page stays what it is when somebody else saves: that is told when this one is saved.
  const [saved, setSaved] = useState(tests);
  const [text, setText] = useState(tests.text);
  const [theirs, setTheirs] = useState<AccessTests | null>(null);
  const changed = text !== saved.text;
  const run = useMutation({
    mutationFn: async (of: string) => ({ of, found: await api.accessTests.run(of) }),
    onError: toast.failed,
  });
  const settle = (now: AccessTests) => {
    setSaved(now);
    setTheirs(null);
    client.setQueryData(queryKey, now);
  };
  const save = useMutation({
    mutationFn: () => api.accessTests.replace(saved.version, text),
    onSuccess: (now) => {
      toast.done(t('access_tests.saved'));
      settle(now);
      setText(now.text);
      run.mutate(now.text);
    },
    onError: async (error) => {
      if (codeOf(error) === 'precondition_failed') setTheirs(await api.accessTests.get());
    },
  });
  const write = (next: string) => {
    setText(next);
    if (save.error && !theirs) save.reset();
  };
  const refused = refusedLines(save.error);
  const isOfThis = run.data?.of === text;
  const shown = marks(isOfThis ? (run.data?.found.items ?? []) : [], refused);
  const show = (line: number) => {
    area.current?.focus();
    area.current?.setSelectionRange(...rangeOfLine(text, line));
  };
  const trouble =
    save.error && refused.length === 0 && codeOf(save.error) !== 'precondition_failed'
      ? messageOf(save.error, t)
      : null;
  return (
    <Page
      wide
      title={t('access_tests.title')}
      subtitle={t('access_tests.subtitle')}
      actions={<Files text={text} mayChange={mayChange} write={write} />}
    >
      <Unsaved changed={changed} />
      <div className={classes.columns}>
        <div>
          <Lines text={text} marks={shown} area={area} write={mayChange ? write : null} />
          <Help />
        </div>
        <Panel
          title={t('access_tests.results')}
          actions={
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlayerPlay size={15} aria-hidden />}
              loading={run.isPending}
              disabled={!text.trim()}
              onClick={() => run.mutate(text)}
            >
              {t(changed ? 'access_tests.run_draft' : 'access_tests.run')}
            </Button>
          }
        >
          {refused.length > 0 && <RefusedLines refused={refused} show={show} />}
          {run.data && isOfThis ? (
            <Results run={run.data.found} show={show} />
          ) : (
            refused.length === 0 && (
              <Text size="sm" c="dimmed">
                {t(run.data ? 'access_tests.out_of_date' : 'access_tests.not_run')}
              </Text>
            )
          )}
        </Panel>
      </div>
      {mayChange && (
        <ChangeBar
          told={changed ? <Differences sentences={sentences(lineDifference(saved.text, text))} /> : null}
          troubles={[trouble, refused.length > 0 && t('access_tests.refused', { count: refused.length })]}
          ready={refused.length === 0}
          discard={() => write(saved.text)}
          save={{ run: () => save.mutate(), busy: save.isPending }}
          conflict={
            theirs && {
              title: t('access_tests.conflict'),
              told: <Differences sentences={sentences(lineDifference(saved.text, theirs.text))} />,
              action: t('access_tests.keep_mine'),
              keep: () => {
                settle(theirs);
                save.reset();
              },
              discard: () => {
                settle(theirs);
                setText(theirs.text);
                save.reset();
              },
            }
          }
        />
      )}
    </Page>
  );
}

interface FilesProps {
  text: string;
  mayChange: boolean;
  write: (text: string) => void;
}

function Files({ text, mayChange, write }: FilesProps) {
  const { t } = useTranslation();
  const toast = useToast();
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      {mayChange && (
        <FileButton
          accept="text/plain,.txt"
          onChange={(file) => {
            file?.text().then((read) => write(read.replaceAll('\r\n', '\n')), toast.failed);
          }}
        >
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconUpload size={17} aria-hidden />}>
              {t('access_tests.import')}
            </Button>
          )}
        </FileButton>
      )}
      <Button variant="default" leftSection={<IconDownload size={17} aria-hidden />} onClick={download}>
        {t('access_tests.export')}
      </Button>
    </>
  );
}

interface LinesProps {
  text: string;
  marks: Map<number, Mark>;
  area: React.RefObject<HTMLTextAreaElement | null>;
  write: ((text: string) => void) | null;
}

function Lines({ text, marks: shown, area, write }: LinesProps) {
  const { t } = useTranslation();
  const count = Math.max(text.split('\n').length, linesMin);
  return (
    <div className={classes.editor}>
      <ol className={classes.gutter} aria-hidden>
        {Array.from({ length: count }, (_, at) => at + 1).map((line) => (
          <li key={line} data-mark={shown.get(line)}>
            {shown.has(line) && (shown.get(line) === 'holds' ? <IconCheck size={14} /> : <IconX size={14} />)}
            {line}
          </li>
        ))}
      </ol>
      <textarea
        ref={area}
        className={classes.text}
        aria-label={t('access_tests.text')}
        rows={count}
        wrap="off"
        spellCheck={false}
        readOnly={!write}
        placeholder={write ? examples.slice(0, 3).join('\n') : ''}
        value={text}
        onChange={(event) => write?.(event.currentTarget.value)}
      />
    </div>
  );
}

function Help() {
  const { t } = useTranslation();
  return (
    <details className={classes.help}>
      <summary>{t('access_tests.help.title')}</summary>
      <p>{t('access_tests.help.text')}</p>
      <ul>
        {examples.map((example) => (
          <li key={example}>
            <code>{example}</code>
          </li>
        ))}
      </ul>
      <p>{t('access_tests.help.more')}</p>
    </details>
  );
}

function LineLink({ line, show }: { line: number; show: (line: number) => void }) {
  const { t } = useTranslation();
  return (
    <Anchor component="button" type="button" size="sm" onClick={() => show(line)}>
      {t('access_tests.line', { line })}
    </Anchor>
  );
}

function RefusedLines({ refused, show }: { refused: Refused[]; show: (line: number) => void }) {
  return (
    <ul className={classes.results}>
      {refused.map(({ line, sentence }) => (
        <li key={`${line} ${sentence}`} className={classes.result}>
          <LineLink line={line} show={show} />
          <Text size="sm" className={classes.bad}>
            {sentence}
          </Text>
        </li>
      ))}
    </ul>
  );
}

function Results({ run, show }: { run: AccessTestRun; show: (line: number) => void }) {
  const { t } = useTranslation();
  const broken = run.items.filter((item) => item.outcome !== 'holds').length;
  const all = run.items.length;
  return (
    <>
      <Text size="sm" fw={600} role="status">
        {broken === 0
          ? t('access_tests.all_hold', { count: all })
          : t('access_tests.some_broken', { broken, all })}
      </Text>
      <ul className={classes.results}>
        {run.items.map((item) => (
          <Result key={item.line} item={item} show={show} />
        ))}
      </ul>
    </>
  );
}

function Result({ item, show }: { item: AccessTestResult; show: (line: number) => void }) {
  const { t } = useTranslation();
  const holds = item.outcome === 'holds';
  const more = item.witnesses_count - item.witnesses.length;
  return (
    <li>
      <div className={classes.result}>
        <LineLink line={item.line} show={show} />
        <div>
          <Text size="sm" fw={600} className={holds ? classes.good : classes.bad}>
            {t(`access_tests.outcome.${item.outcome}`)}
          </Text>
          {item.text && <div className={classes.assertion}>{item.text}</div>}
          {!holds && <Text size="sm">{item.sentence}</Text>}
          {item.witnesses.length > 0 && (
            <ul className={classes.witnesses}>
              {item.witnesses.map((witness) => (
                <li key={witness.id}>
                  {witness.sentence}{' '}
                  {witness.kind === 'user' && (
                    <Anchor component={Link} to={`/users/${witness.id}`} inherit underline="always">
                      {witness.email}
                    </Anchor>
                  )}
                </li>
              ))}
              {more > 0 && <li>{t('access_tests.more', { count: more })}</li>}
            </ul>
          )}
        </div>
      </div>
    </li>
  );
}

/** A difference in words. */
function useSentences() {
  const { t } = useTranslation();
  return ({ added, removed }: { added: string[]; removed: string[] }) =>
    added.length + removed.length === 0
      ? [t('access_tests.told.order')]
      : [
          ...added.map((line) => t('access_tests.told.added', { line })),
          ...removed.map((line) => t('access_tests.told.removed', { line })),
        ];
}
