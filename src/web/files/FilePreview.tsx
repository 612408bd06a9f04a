import { usePreview } from '../api/index.ts'
import { Button, Card, DataGrid, ErrorNotice, IconButton, Notice, Skeleton } from '../components/index.ts'
import { formatNoun } from '../format.ts'

interface FilePreviewProps {
  path: string
  onClose: () => void
}

const asked = 100

/** The first records of a file, as it is understood without any help. */
export function FilePreview({ path, onClose }: FilePreviewProps) {
  const preview = usePreview({ source: { kind: 'file', path }, records: asked })
  const { data } = preview
  const isAll = data?.file?.isWhole === true && data.rows.length < asked
  const name = path.slice(path.lastIndexOf('/') + 1)
  return (
    <Card
      title={`Preview of ${name}`}
      actions={<IconButton icon="close" label="Close the preview" onClick={onClose} />}
    >
      <div className="fh-stack">
        {preview.isPending && <Skeleton label="The beginning of the file is being read." lines={6} />}
        {preview.error && (
          <ErrorNotice
            error={preview.error}
            actions={<Button onClick={() => void preview.refetch()}>Try again</Button>}
          />
        )}
        {data?.file?.warnings.map((warning) => (
          <Notice key={warning} tone="warning" title={`${warning.replaceAll('`', '“')}.`} />
        ))}
        {data && (
          <>
            <p className="fh-muted">
              {isAll ? 'All' : 'The first'} {formatNoun(data.rows.length, 'record')},{' '}
              {formatNoun(data.columns.length, 'column')}
              {data.file && `; types from ${formatNoun(data.file.sampled, 'record')}`}.
            </p>
            <DataGrid
              label={`Records of ${name}`}
              columns={data.columns}
              rows={data.rows}
              unfit={data.unfit}
            />
          </>
        )}
      </div>
    </Card>
  )
}
