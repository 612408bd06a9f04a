import './login.css'
import type { LoginWays, Problem } from '../../shared/index.ts'
import { ApiError, apiUrl, useLoginWays } from '../api/index.ts'
import { useTitle } from '../app/title.ts'
import { Button, ButtonLink, CodeBlock, ErrorNotice, Notice, Skeleton } from '../components/index.ts'
import { keepDestination } from './destination.ts'
import { PasswordForm } from './PasswordForm.tsx'

interface LoginPageProps {
  why: 'new' | 'ended' | 'left'
  /** Why a one-time link did not let in. */
  link: Problem | null
}

export default function LoginPage({ why, link }: LoginPageProps) {
  useTitle('Log in')
  const ways = useLoginWays()
  return (
    <div className="fh-login">
      <p className="fh-login-brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        Flathouse
      </p>
      <section className="fh-login-box" aria-labelledby="fh-login-title">
        <h1 id="fh-login-title">Log in</h1>
        <WhyHere why={why} link={link} provider={ways.data?.oidc ?? null} />
        {ways.isPending && <Skeleton label="The ways to log in are loading." />}
        {ways.error && (
          <ErrorNotice
            error={ways.error}
            actions={<Button onClick={() => void ways.refetch()}>Try again</Button>}
          />
        )}
        {ways.data && <Ways ways={ways.data} isLinkRefused={link !== null} />}
      </section>
    </div>
  )
}

function WhyHere({ why, link, provider }: LoginPageProps & { provider: string | null }) {
  // The identity provider's way ends here when it fails.
  const refused = new URLSearchParams(location.search).get('error')
  if (link && link.code !== 'LOGIN_FAILED') return <ErrorNotice error={new ApiError(link)} />
  if (link) return <Notice tone="error" title="This link has been used, or is older than ten minutes." />
  if (refused !== null) return <Refused code={refused} provider={provider ?? 'The identity provider'} />
  if (why === 'ended')
    return (
      <Notice tone="info" title="Your session has ended.">
        Log in to go on where you were.
      </Notice>
    )
  return why === 'left' ? <Notice tone="ok" title="You are logged out." /> : null
}

const Refused = ({ code, provider }: { code: string; provider: string }) =>
  code === 'LOGIN_FAILED' ? (
    <Notice tone="error" title={`${provider} did not let you in, or gives you no role in Flathouse.`}>
      Ask an administrator of this Flathouse for a role, then try again.
    </Notice>
  ) : (
    <Notice tone="error" title={`The login through ${provider} did not work.`} technical={code}>
      Try again; if it stays like this, tell who runs this Flathouse.
    </Notice>
  )

interface WaysProps {
  ways: LoginWays
  isLinkRefused: boolean
}

function Ways({ ways: { password, oidc, link }, isLinkRefused }: WaysProps) {
  const isOnly = !password && oidc === null
  return (
    <>
      {password && <PasswordForm />}
      {password && oidc !== null && <p className="fh-login-or">or</p>}
      {oidc !== null && (
        <ButtonLink
          href={apiUrl('/session/oidc', { to: '/login' })}
          icon="key"
          outside
          onClick={keepDestination}
        >
          <span>
            Log in with <bdi>{oidc}</bdi>
          </span>
        </ButtonLink>
      )}
      {link && isOnly && <LinkHelp isRefused={isLinkRefused} />}
      {link && !isOnly && (
        <details className="fh-login-more" open={isLinkRefused}>
          <summary>Log in by a one-time link</summary>
          <LinkHelp isRefused={isLinkRefused} />
        </details>
      )}
      {!link && isOnly && (
        <Notice tone="warning" title="Nobody can log in yet: there is no user.">
          Who runs this Flathouse makes the first one with <code>flathouse users add NAME --role admin</code>.
        </Notice>
      )}
    </>
  )
}

const LinkHelp = ({ isRefused }: { isRefused: boolean }) => (
  <div className="fh-login-link">
    <p>
      {!isRefused && 'Open the link that Flathouse printed when it started. '}
      On the machine where {isRefused ? 'Flathouse' : 'it'} runs, this command prints a new one:
    </p>
    <CodeBlock label="command" language="shell" code="flathouse login" />
    <p className="fh-muted">
      A link works once, within ten minutes. In a checkout of the source the command is{' '}
      <code>./bin/flathouse login</code>.
    </p>
  </div>
)
