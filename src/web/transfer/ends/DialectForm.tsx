import type { Dialect, DialectChoice, SniffedFile } from '../../../shared/index.ts'
import { Button, NumberField, Select, TokensField } from '../../components/index.ts'
import { useTransfer } from '../state.tsx'
import { withPart, withSourceFile } from './choose.ts'
import { DelimiterField } from './DelimiterField.tsx'
import { delimiterText, encodingText, escapeText, headerText, quoteText } from './dialect-words.ts'

interface PartProps {
  choice: DialectChoice
  /** As it is read now; undefined while that is not known. */
  now: Dialect | undefined
  set: <K extends keyof DialectChoice>(part: K, value: DialectChoice[K]) => void
}

/** How the source's text is laid out. What is not set here is found out; each change is previewed at once. */
export function DialectForm({ sniffed }: { sniffed: SniffedFile | undefined }) {
  const { draft, change } = useTransfer()
  const { dialect: choice, encoding } = draft.source.file
  const parts: PartProps = {
    choice,
    now: sniffed?.dialect,
    set: (part, value) =>
      change((before) =>
        withSourceFile(before, { dialect: withPart(before.source.file.dialect, part, value) }),
      ),
  }
  const isSet = Object.keys(choice).length > 0 || encoding !== 'utf-8'
  return (
    <div role="group" aria-label="Layout of the file" className="fh-ends-form">
      <DelimiterField
        value={choice.delimiter}
        automatic={detected(choice.delimiter, sniffed && delimiterText(sniffed.dialect.delimiter)).label}
        onChange={(delimiter) => parts.set('delimiter', delimiter)}
      />
      <MarkFields {...parts} />
      <HeaderFields {...parts} />
      <Select
        label="Encoding"
        value={encoding}
        options={[
          { value: 'utf-8', label: 'UTF-8, checked' },
          { value: 'binary', label: 'Binary: bytes as they are' },
        ]}
        hint={sniffed && `Detected: ${encodingText(sniffed.encoding)}`}
        onChange={(next) => change((before) => withSourceFile(before, { encoding: next }))}
      />
      <NullField {...parts} />
      <p className="fh-muted fh-ends-wide">
        Compression: {sniffed?.compression ?? 'not known yet'}, by the ending of the name.
      </p>
      <Button
        className="fh-ends-wide"
        icon="refresh"
        disabled={!isSet}
        onClick={() => change((before) => withSourceFile(before, { dialect: {}, encoding: 'utf-8' }))}
      >
        Detect again
      </Button>
    </div>
  )
}

/** The choice that leaves a part to be found out, with what was found. */
const detected = (chosen: unknown, found: string | undefined) => ({
  value: 'auto' as const,
  label: chosen === undefined && found !== undefined ? `Detected: ${found}` : 'Detect',
})

function MarkFields({ choice, now, set }: PartProps) {
  const { quote, escape } = choice
  return (
    <>
      <Select
        label="Quote"
        value={quote === undefined ? 'auto' : (quote ?? 'none')}
        options={[
          detected(quote, now && quoteText(now.quote)),
          { value: '"', label: '"' },
          { value: "'", label: "'" },
          { value: 'none', label: 'none' },
        ]}
        onChange={(next) => set('quote', next === 'auto' ? undefined : next === 'none' ? null : next)}
      />
      <Select
        label="Escape"
        value={escape === undefined ? 'auto' : (escape ?? 'none')}
        options={[
          detected(escape, now && escapeText(now.escape)),
          { value: 'double', label: escapeText('double') },
          { value: 'backslash', label: escapeText('backslash') },
          { value: 'none', label: 'none' },
        ]}
        onChange={(next) => set('escape', next === 'auto' ? undefined : next === 'none' ? null : next)}
      />
    </>
  )
}

function HeaderFields({ choice: { header, skipLines }, now, set }: PartProps) {
  return (
    <>
      <Select
        label="Header"
        value={header === undefined ? 'auto' : header ? 'yes' : 'no'}
        options={[
          detected(header, now && headerText(now.header)),
          { value: 'yes', label: headerText(true) },
          { value: 'no', label: headerText(false) },
        ]}
        onChange={(next) => set('header', next === 'auto' ? undefined : next === 'yes')}
      />
      <NumberField
        label="Lines to skip"
        value={skipLines ?? null}
        placeholder={now ? `Detected: ${now.skipLines}` : 'Detect'}
        onChange={(next) => set('skipLines', next ?? undefined)}
      />
    </>
  )
}

const usualNulls = ['', '\\N', 'NULL', 'NA', 'n/a']

function NullField({ choice: { nullTokens }, now, set }: PartProps) {
  const values = nullTokens ?? now?.nullTokens ?? []
  const offered = usualNulls.filter((text) => !values.includes(text))
  return (
    <div className="fh-ends-wide fh-ends-nulls">
      <TokensField
        mono
        label="Texts that mean NULL"
        values={values}
        hint={
          nullTokens === undefined && now
            ? 'Detected. Type one and press Enter to add it.'
            : 'Enter adds one.'
        }
        onChange={(next) => set('nullTokens', next)}
      />
      <div className="fh-row" role="group" aria-label="Often NULL">
        {offered.map((text) => (
          <Button key={text} variant="quiet" icon="plus" onClick={() => set('nullTokens', [...values, text])}>
            {text === '' ? 'empty text' : text}
          </Button>
        ))}
        {nullTokens !== undefined && (
          <Button variant="quiet" icon="refresh" onClick={() => set('nullTokens', undefined)}>
            Detect
          </Button>
        )}
      </div>
    </div>
  )
}
