import { lazy, Suspense } from 'react'
import { Link, Route, Switch } from 'wouter'
import { EmptyState, Skeleton, Toasts } from '../components/index.ts'
import { TransferPage } from '../transfer/index.ts'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { Shell } from './Shell.tsx'
import { useTitle } from './title.ts'

const RunsPage = lazy(() => import('../runs/RunsPage.tsx'))
const RunPage = lazy(() => import('../runs/RunPage.tsx'))
const ConnectionsPage = lazy(() => import('../connections/ConnectionsPage.tsx'))
const FilesPage = lazy(() => import('../files/FilesPage.tsx'))

export const App = () => (
  <>
    <Shell>
      <ErrorBoundary>
        <Suspense fallback={<Skeleton label="The page is loading." lines={4} />}>
          <Switch>
            <Route path="/" component={TransferPage} />
            <Route path="/transfer" component={TransferPage} />
            <Route path="/runs" component={RunsPage} />
            <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
            <Route path="/connections" component={ConnectionsPage} />
            <Route path="/files" component={FilesPage} />
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </ErrorBoundary>
    </Shell>
    <Toasts />
  </>
)

function NotFound() {
  useTitle('Not found')
  return (
    <EmptyState title="There is no such page" actions={<Link href="/">Go to Transfer</Link>}>
      The address may have been mistyped.
    </EmptyState>
  )
}
