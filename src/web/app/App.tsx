import { lazy, Suspense, useEffect, type ReactNode } from 'react'
import { Link, Redirect, Route, Switch, useLocation } from 'wouter'
import {
  ApiError,
  queryClient,
  startEvents,
  stopEvents,
  useLogin,
  useMay,
  type LoginState,
} from '../api/index.ts'
import { EmptyState, ErrorNotice, Skeleton, Toasts } from '../components/index.ts'
import { destination, loginAddress } from '../login/destination.ts'
import { TransferPage } from '../transfer/index.ts'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { LookOnly } from './LookOnly.tsx'
import { Shell } from './Shell.tsx'
import { useTitle } from './title.ts'

const AccessPage = lazy(() => import('../access/AccessPage.tsx'))
const ConnectionsPage = lazy(() => import('../connections/ConnectionsPage.tsx'))
const FilesPage = lazy(() => import('../files/FilesPage.tsx'))
const LoginPage = lazy(() => import('../login/LoginPage.tsx'))
const RunPage = lazy(() => import('../runs/RunPage.tsx'))
const RunsPage = lazy(() => import('../runs/RunsPage.tsx'))

/** Nothing of the house is shown, or even asked for, before it is known who looks. */
export function App() {
  const login = useLogin()
  return (
    <>
      {login.status === 'in' ? <House key={login.session.user} /> : <Door login={login} />}
      <Toasts />
    </>
  )
}

function House() {
  const [path] = useLocation()
  const mayRun = useMay('operator')
  useEffect(() => {
    startEvents()
    return () => {
      stopEvents()
      queryClient.clear()
    }
  }, [])
  if (path === '/login') return <Redirect to={destination()} replace />
  const home = mayRun ? TransferPage : LookOnly
  return (
    <Shell>
      <Page>
        <Switch>
          <Route path="/" component={home} />
          <Route path="/transfer" component={home} />
          <Route path="/runs" component={RunsPage} />
          <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={id} />}</Route>
          <Route path="/connections" component={ConnectionsPage} />
          <Route path="/files" component={FilesPage} />
          <Route path="/access" component={AccessPage} />
          <Route component={NotFound} />
        </Switch>
      </Page>
    </Shell>
  )
}

function Door({ login }: { login: Exclude<LoginState, { status: 'in' }> }) {
  const [path] = useLocation()
  if (login.status === 'out' && path !== '/login') return <Redirect to={loginAddress()} replace />
  return (
    <main className="fh-main">
      {login.status === 'asking' && <Skeleton label="Flathouse is loading." lines={4} />}
      {login.status === 'lost' && <ErrorNotice error={new ApiError(login.problem)} />}
      {login.status === 'out' && (
        <Page>
          <LoginPage why={login.why} link={login.link} />
        </Page>
      )}
    </main>
  )
}

const Page = ({ children }: { children: ReactNode }) => (
  <ErrorBoundary>
    <Suspense fallback={<Skeleton label="The page is loading." lines={4} />}>{children}</Suspense>
  </ErrorBoundary>
)

function NotFound() {
  useTitle('Not found')
  return (
    <EmptyState title="There is no such page" actions={<Link href="/">Go to Transfer</Link>}>
      The address may have been mistyped.
    </EmptyState>
  )
}
