import { useId, useState } from 'react'
import type { SniffedFile } from '../../../shared/index.ts'
import { Badge, Button, Icon, Notice, Skeleton, Spinner, Ticked } from '../../components/index.ts'
import { formatBytes, formatPercent } from '../../format.ts'
import { useTransfer } from '../state.tsx'
import { isOfSource, Trouble } from '../trouble/index.ts'
import { DialectForm } from './DialectForm.tsx'
import { useFound } from './dialect-parts.tsx'
import { layoutLine, wayText } from './dialect-words.ts'
import { baseName, folderOf } from './file-name.ts'
import { UploadLine } from './UploadLine.tsx'

/** The file in a line, what was found out about it and why, and the way to correct that. */
export function ChosenFile({ onOther }: { onOther: () => void }) {
  const { draft, preview, uploading } = useTransfer()
  const { upload } = uploading
  const { path, dialect, encoding } = draft.source.file
  const id = useId()
  const [isChanging, setChanging] = useState(false)
  const file = preview.data?.file ?? undefined
  const found = useFound(preview.isPlaceholderData ? undefined : file, dialect, encoding)
  const error = preview.error && isOfSource(preview.error, draft.source) ? preview.error : undefined
  const size = useLast(upload?.total ?? (preview.isPlaceholderData ? undefined : file?.bytes))
  const leave = () => {
    uploading.cancel()
    onOther()
  }
  return (
    <div className="fh-ends-chosen">
      <div className="fh-ends-line">
        <Icon name="file" />
        <span className="fh-ellipsis" title={path}>
          <bdi className="fh-muted">{!upload && folderOf(path) !== '' && `${folderOf(path)}/`}</bdi>
          <strong>
            <bdi>{upload?.name ?? baseName(path)}</bdi>
          </strong>
        </span>
        <span className="fh-muted fh-ends-fixed">{size !== undefined && formatBytes(size)}</span>
        <FileState isLooking={preview.isFetching} isGood={file !== undefined && !error && !upload} />
        <span className="fh-ends-acts">
          <Button
            variant="quiet"
            aria-expanded={isChanging}
            aria-controls={id}
            onClick={() => setChanging(!isChanging)}
          >
            {isChanging ? 'Done' : 'Change'}
          </Button>
          <Button variant="quiet" onClick={leave}>
            Another file
          </Button>
        </span>
      </div>
      {upload && <UploadLine upload={upload} retry={uploading.retry} cancel={leave} />}
      {file && !error && <Findings file={file} />}
      {!file && preview.isFetching && <Skeleton label="The beginning of the file is being read." lines={2} />}
      {error && <Trouble key={error.message} inSource error={error} onRetry={() => void preview.refetch()} />}
      <div id={id} hidden={!isChanging}>
        {isChanging && <DialectForm sniffed={file} found={found} />}
      </div>
    </div>
  )
}

/** The size before stays while the next is not known: a file that has arrived has that which was sent. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value)
  if (value !== undefined && value !== last) setLast(value)
  return value ?? last
}

function FileState({ isLooking, isGood }: { isLooking: boolean; isGood: boolean }) {
  if (isLooking) return <Spinner />
  return isGood ? <Icon name="check" label="Read well" /> : null
}

const confidenceText = ({ confidence }: SniffedFile) => `Confidence: ${formatPercent(confidence)}`

function Findings({ file }: { file: SniffedFile }) {
  const [first, ...others] = file.reasons
  const isUnsure = file.confidence < 0.5
  const isNative = file.reading.by === 'clickhouse'
  const way = wayText(file.reading)
  const more = [...others, confidenceText(file), ...(isNative ? [way] : [])]
  return (
    <>
      <p className="fh-ends-layout">
        {layoutLine(file)}{' '}
        {isUnsure && (
          <Badge tone="warning" icon="warning" title="Several layouts fit: please check the preview.">
            not sure
          </Badge>
        )}
      </p>
      {first !== undefined && (
        <details className="fh-ends-more">
          <summary title="Why it is read like this">
            <Ticked text={first} />
          </summary>
          <ul>
            {more.map((reason) => (
              <li key={reason}>
                <Ticked text={reason} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {!isNative && (
        <p className="fh-muted fh-ends-way">
          <Ticked text={way} />
        </p>
      )}
      <Warnings warnings={file.warnings} />
    </>
  )
}

/** In one box: several would push what is to be chosen out of sight. */
function Warnings({ warnings: [first, ...others] }: Pick<SniffedFile, 'warnings'>) {
  if (first === undefined) return null
  if (others.length === 0) return <Notice tone="warning" title={<Ticked text={first} />} />
  return (
    <Notice tone="warning" title="Please check:">
      <ul className="fh-ends-warnings">
        {[first, ...others].map((warning) => (
          <li key={warning}>
            <Ticked text={warning} />
          </li>
        ))}
      </ul>
    </Notice>
  )
}
