import { useEffect, useState } from 'react'
import { Button, ErrorNotice, ProgressBar } from '../../components/index.ts'
import { ApiError } from '../../api/index.ts'
import { formatByteRate, formatBytes, formatDuration } from '../../format.ts'
import type { Upload } from '../use-upload.ts'

interface UploadLineProps {
  upload: Upload
  retry: () => void
  cancel: () => void
}

const quietMs = 4000

/** How far an upload is; what is wrong with it, and the way on. */
export function UploadLine({ upload, retry, cancel }: UploadLineProps) {
  const { name, sent, total, problem } = upload
  const isStill = useStill(sent) && sent < total
  if (problem) {
    return (
      <ErrorNotice
        error={new ApiError(problem)}
        actions={
          <>
            <Button onClick={retry}>Try again</Button>
            <Button variant="quiet" onClick={cancel}>
              Cancel the upload
            </Button>
          </>
        }
      />
    )
  }
  return (
    <div className="fh-ends-upload">
      <ProgressBar label={`Upload of ${name}`} value={total === 0 ? null : sent / total} />
      <div className="fh-row">
        <span className="fh-muted">{isStill ? stillText(upload) : progressText(upload)}</span>
        <span className="fh-spacer" />
        <Button variant="quiet" icon="stop" onClick={cancel}>
          Cancel the upload
        </Button>
      </div>
    </div>
  )
}

function progressText({ sent, total, bytesPerSecond }: Upload): string {
  if (sent === 0) return `Uploading ${formatBytes(total)}`
  const left = bytesPerSecond > 0 ? ` · ${formatDuration((1000 * (total - sent)) / bytesPerSecond)} left` : ''
  return `${formatBytes(sent)} of ${formatBytes(total)} · ${formatByteRate(bytesPerSecond)}${left}`
}

const stillText = ({ sent, total }: Upload): string =>
  `Waiting for the connection; it goes on at ${formatBytes(sent)} of ${formatBytes(total)}.`

/** Whether a number has not changed for a while. */
function useStill(value: number): boolean {
  const [still, setStill] = useState<number>()
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), quietMs)
    return () => clearTimeout(timer)
  }, [value])
  return still === value
}
