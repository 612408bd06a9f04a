import type { ReactNode } from 'react'
import type { SniffedFile } from '../../../shared/index.ts'
import { announce, Button, IconButton, Menu, Spinner } from '../../components/index.ts'
import { formatBytes, formatNoun } from '../../format.ts'
import { useTransfer } from '../state.tsx'
import { Trouble } from '../trouble/index.ts'
import type { WholeFile as Reading } from '../use-whole-file.ts'
import type { Check } from './use-check.ts'
import type { Look } from './use-look.ts'

/** How much of the file is known, and the ways to know all of it before anything moves. */
export function WholeFile({ look, check }: { look: Look; check: Check }) {
  const { wholeFile } = useTransfer()
  const { file } = look.preview
  if (!file || look.goal.kind === 'file') return null
  const { error, read } = wholeFile
  return (
    <>
      <div className="fh-row fh-whole">
        <span className="fh-muted" role="status">
          {knownText(file, look, wholeFile.isReading)}
        </span>
        <ReadButton whole={wholeFile} />
        <LimitMenu whole={wholeFile} />
        <span className="fh-spacer" />
        <CheckButton check={check} />
      </div>
      {error && <Trouble key={error.message} error={error} onRetry={read} />}
    </>
  )
}

function knownText({ isWhole, sampled, bytes }: SniffedFile, { goal }: Look, isReading: boolean): ReactNode {
  const records = `${isWhole ? 'all' : 'the first'} ${formatNoun(sampled, 'record')}`
  const known = goal.kind === 'new' ? `Types from ${records}` : `Seen: ${records}`
  return isReading ? <Busy text={`${known}; reading all ${formatBytes(bytes)} …`} /> : `${known}.`
}

const Busy = ({ text }: { text: string }) => (
  <span className="fh-row">
    <Spinner /> {text}
  </span>
)

function ReadButton({ whole: { data, isReading, read, stop } }: { whole: Reading }) {
  if (isReading) return <Button onClick={stop}>Stop reading</Button>
  return (
    <Button
      variant={data ? 'quiet' : 'secondary'}
      title="Finds types, layouts and notes from all records; nothing moves."
      onClick={read}
    >
      {data ? 'Read again' : 'Read whole file'}
    </Button>
  )
}

const limits = [0, 10e6, 100e6, 1e9, 10e9]

/** A choice of the browser, not of the transfer. */
function LimitMenu({ whole: { limit, setLimit } }: { whole: Reading }) {
  const label = 'When a whole file is read by itself'
  return (
    <Menu
      label={label}
      trigger={(trigger) => <IconButton {...trigger} icon="more" label={label} />}
      items={limits.map((bytes) => {
        const text = bytes === 0 ? 'Never by itself' : `By itself up to ${formatBytes(bytes)}`
        return {
          label: text,
          ...(bytes === limit && { icon: 'check' as const }),
          onSelect: () => {
            setLimit(bytes)
            announce(`${text}.`)
          },
        }
      })}
    />
  )
}

function CheckButton({ check }: { check: Check }) {
  const { missing } = useTransfer()
  if (check.isChecking)
    return (
      <>
        <span className="fh-muted" role="status">
          <Busy text="Checking every record; nothing moves." />
        </span>
        <Button onClick={check.stop}>Stop checking</Button>
      </>
    )
  return (
    <Button
      icon="check"
      disabled={check.start === undefined}
      title={check.start ? 'How many records would be rejected, and why; nothing moves.' : missing}
      onClick={check.start}
    >
      {check.data ? 'Check again' : 'Check file'}
    </Button>
  )
}
