import { Link, useSearchParams } from 'wouter'
import { useMay, useRuns, type RunFilter } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, EmptyState, ErrorNotice, Select, Skeleton } from '../components/index.ts'
import { addressOf, choiceOf, directionOptions, statusOptions, type RunChoice } from './filter.ts'
import { RunTable } from './RunTable.tsx'

export default function RunsPage() {
  useTitle('Runs')
  const [address, setAddress] = useSearchParams()
  const choice = choiceOf(address)
  const choose = (part: Partial<RunChoice>) =>
    setAddress(addressOf({ ...choice, ...part }), { replace: true })
  const runs = useRuns(filterOf(choice))
  const shown = runs.data?.pages.flatMap((page) => page.runs) ?? []
  return (
    <>
      <div className="fh-row">
        <h1>Runs</h1>
        <span className="fh-spacer" />
        <Select
          label="Direction"
          labelHidden
          value={choice.direction}
          options={directionOptions}
          onChange={(direction) => choose({ direction })}
        />
        <Select
          label="Status"
          labelHidden
          value={choice.status}
          options={statusOptions}
          onChange={(status) => choose({ status })}
        />
      </div>
      {runs.error && (
        <ErrorNotice
          error={runs.error}
          actions={<Button onClick={() => void runs.refetch()}>Try again</Button>}
        />
      )}
      {runs.isPending && <Skeleton label="The runs are loading." lines={6} />}
      {shown.length > 0 && <RunTable runs={shown} />}
      {runs.data && shown.length === 0 && (
        <NoRuns
          isFiltered={addressOf(choice).size > 0}
          onAll={() => choose({ direction: 'all', status: 'all' })}
        />
      )}
      {runs.hasNextPage && (
        <Button busy={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
          Show older runs
        </Button>
      )}
    </>
  )
}

const filterOf = ({ direction, status }: RunChoice): RunFilter => ({
  ...(direction !== 'all' && { direction }),
  ...(status !== 'all' && { status }),
})

function NoRuns({ isFiltered, onAll }: { isFiltered: boolean; onAll: () => void }) {
  const mayRun = useMay('operator')
  if (isFiltered)
    return (
      <EmptyState
        title="No run fits these choices"
        actions={<Button onClick={onAll}>Show all runs</Button>}
      />
    )
  return (
    <EmptyState title="Nothing has run yet" actions={mayRun && <Link href="/">Start a transfer</Link>}>
      Every transfer that was started is listed here, with its report.
    </EmptyState>
  )
}
