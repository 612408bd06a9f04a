import './ends.css'
import { useState } from 'react'
import { Button, Card, Notice, Segmented } from '../../components/index.ts'
import { labelOf } from '../../connections/index.ts'
import type { Draft } from '../draft.ts'
import { useTransfer } from '../state.tsx'
import { withTargetKind } from './choose.ts'
import { endKinds } from './SourceCard.tsx'
import { TargetFile } from './TargetFile.tsx'
import { TargetTable } from './TargetTable.tsx'

/** Where the data goes. */
export function TargetCard() {
  const { draft, change } = useTransfer()
  const [folded, setFolded] = useState(false)
  const { kind } = draft.target
  const text = targetText(draft)
  return (
    <Card
      title="Target"
      summary={<bdi>{text}</bdi>}
      folded={folded && text !== ''}
      onFold={text === '' ? undefined : setFolded}
      actions={
        <Segmented
          label="Kind of target"
          labelHidden
          value={kind}
          options={endKinds}
          onChange={(next) => {
            setFolded(false)
            change((before) => withTargetKind(before, next))
          }}
        />
      }
    >
      {kind === 'file' ? <TargetFile /> : draft.source.kind === 'table' ? <NoTable /> : <TargetTable />}
    </Card>
  )
}

function targetText({ target: { kind, file, table } }: Draft): string {
  if (kind === 'file') return file.path
  if (table.table === '') return ''
  const name = table.database === '' ? table.table : `${table.database}.${table.table}`
  return `${name} on ${labelOf(table.server)}`
}

function NoTable() {
  const { change } = useTransfer()
  return (
    <Notice
      tone="info"
      title="A table goes into a file."
      actions={
        <Button onClick={() => change((before) => withTargetKind(before, 'file'))}>Write a flat file</Button>
      }
    >
      Rows of one ClickHouse do not go straight into a table of another yet.
    </Notice>
  )
}
