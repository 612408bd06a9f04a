import './Shell.css'
import { useEffect, useRef, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { Role } from '../../shared/index.ts'
import { useLiveCount, useLiveStatus, useSession } from '../api/index.ts'
import { Icon, IconButton, Notice, type IconName } from '../components/index.ts'
import { formatNoun } from '../format.ts'
import { AccountMenu } from './AccountMenu.tsx'
import { useTheme, type ThemeChoice } from './theme.ts'

interface Place {
  href: string
  label: string
  icon: IconName
}

const runs: Place = { href: '/runs', label: 'Runs', icon: 'runs' }
const others: readonly Place[] = [
  { href: '/connections', label: 'Connections', icon: 'connection' },
  { href: '/files', label: 'Files', icon: 'folder' },
]
const placesOf: Record<Role, readonly Place[]> = {
  viewer: [runs, ...others],
  operator: [{ href: '/', label: 'Transfer', icon: 'swap' }, runs, ...others],
  admin: [
    { href: '/', label: 'Transfer', icon: 'swap' },
    runs,
    ...others,
    { href: '/access', label: 'Access', icon: 'lock' },
  ],
}

const isAt = (path: string, href: string) =>
  href === '/' ? path === '/' || path.startsWith('/transfer') : path.startsWith(href)

export function Shell({ children }: { children: ReactNode }) {
  const [path] = useLocation()
  const session = useSession()
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  useEffect(() => {
    // As after a real navigation, a screen reader goes on from the new page's beginning.
    if (!isFirst.current) main.current?.focus({ preventScroll: true })
    isFirst.current = false
  }, [path])
  return (
    <div className="fh-shell">
      <a className="fh-skip" href="#main" onClick={() => main.current?.focus()}>
        Skip to the content
      </a>
      <header className="fh-side">
        <Link href="/" className="fh-brand">
          <img src="/icon.svg" alt="" width="24" height="24" />
          Flathouse
        </Link>
        <nav className="fh-nav" aria-label="Main">
          {placesOf[session?.role ?? 'viewer'].map((place) => (
            <Link
              key={place.href}
              href={place.href}
              className="fh-nav-item"
              aria-current={isAt(path, place.href) ? 'page' : undefined}
            >
              <Icon name={place.icon} />
              {place.label}
              {place.href === '/runs' && <LiveCount />}
            </Link>
          ))}
        </nav>
        <div className="fh-side-end">
          {session && <AccountMenu session={session} />}
          <ThemeButton />
        </div>
      </header>
      <main ref={main} id="main" tabIndex={-1} className="fh-main">
        <LiveBanner />
        {children}
      </main>
    </div>
  )
}

function LiveCount() {
  const count = useLiveCount()
  if (count === 0) return null
  return (
    <span className="fh-live-count">
      <span aria-hidden="true">{count}</span>
      <span className="fh-hidden">({formatNoun(count, 'run')} going on)</span>
    </span>
  )
}

function LiveBanner() {
  const status = useLiveStatus()
  if (status === 'polling')
    return <Notice tone="warning" title="Live updates are blocked; checking every 2 s instead." />
  if (status !== 'lost') return null
  return (
    <Notice tone="error" title="Flathouse does not answer; trying again.">
      Check that it is still running where it was started. What is on this page stays.
    </Notice>
  )
}

const themes: Record<ThemeChoice, { icon: IconName; label: string; next: ThemeChoice }> = {
  system: { icon: 'screen', label: 'Theme: as the system', next: 'light' },
  light: { icon: 'sun', label: 'Theme: light', next: 'dark' },
  dark: { icon: 'moon', label: 'Theme: dark', next: 'system' },
}

function ThemeButton() {
  const [theme, choose] = useTheme()
  const { icon, label, next } = themes[theme]
  return <IconButton className="fh-theme" icon={icon} label={label} onClick={() => choose(next)} />
}
