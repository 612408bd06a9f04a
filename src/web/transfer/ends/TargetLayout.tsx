import { Select, TextField } from '../../components/index.ts'
import type { FileDraft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { withPart, withTargetFile } from './choose.ts'
import { DelimiterField } from './DelimiterField.tsx'
import { delimiterText, headerText, quoteText } from './dialect-words.ts'
import { formatOf } from './file-name.ts'

const delimiters = { csv: ',', tsv: '\t', psv: '|' } as const

/** How the text of the file that is written is laid out. */
export function TargetLayout() {
  const { draft, change } = useTransfer()
  const { path, dialect } = draft.target.file
  const set = <K extends keyof FileDraft['dialect']>(part: K, value: FileDraft['dialect'][K]) =>
    change((before) => withTargetFile(before, { dialect: withPart(before.target.file.dialect, part, value) }))
  const usual = delimiters[formatOf(path)]
  const isTabs = (dialect.delimiter ?? usual) === '\t'
  const nullText = dialect.nullTokens?.[0] ?? '\\N'
  return (
    <details className="fh-ends-more">
      <summary>Layout: {layoutText(dialect, usual)}</summary>
      <div className="fh-ends-form" role="group" aria-label="Layout of the file">
        <DelimiterField
          value={dialect.delimiter}
          automatic={`By the name: ${delimiterText(usual)}`}
          onChange={(delimiter) => set('delimiter', delimiter)}
        />
        <Select
          label="Quote"
          value={dialect.quote === undefined ? 'auto' : (dialect.quote ?? 'none')}
          options={[
            { value: 'auto', label: `By the delimiter: ${quoteText(isTabs ? null : '"')}` },
            { value: '"', label: '"' },
            { value: 'none', label: isTabs ? 'none' : 'none (only between tabs)', disabled: !isTabs },
          ]}
          onChange={(next) => set('quote', next === 'auto' ? undefined : next === 'none' ? null : next)}
        />
        <Select
          label="Header"
          value={dialect.header === false ? 'no' : 'yes'}
          options={[
            { value: 'yes', label: headerText(true) },
            { value: 'no', label: headerText(false) },
          ]}
          onChange={(next) => set('header', next === 'no' ? false : undefined)}
        />
        <Select
          label="Line end"
          value={dialect.lineTerminator === '\r\n' ? 'crlf' : 'lf'}
          options={[
            { value: 'lf', label: 'LF' },
            { value: 'crlf', label: 'CRLF (Windows)' },
          ]}
          onChange={(next) => set('lineTerminator', next === 'crlf' ? '\r\n' : undefined)}
        />
        <TextField
          label="NULL is written as"
          mono
          value={nullText}
          placeholder="an empty field"
          onChange={(text) => set('nullTokens', text === '\\N' ? undefined : [text])}
        />
      </div>
    </details>
  )
}

function layoutText({ delimiter, header, lineTerminator }: FileDraft['dialect'], usual: string): string {
  return [
    `delimiter ${delimiterText(delimiter ?? usual)}`,
    header === false ? 'no header' : 'header',
    ...(lineTerminator === '\r\n' ? ['CRLF'] : []),
  ].join(' · ')
}
