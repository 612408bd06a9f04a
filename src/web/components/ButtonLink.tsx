import './ButtonLink.css'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Icon, type IconName } from './Icon.tsx'

interface ButtonLinkProps {
  href: string
  icon?: IconName
  variant?: 'secondary' | 'quiet'
  /** The address is a file to keep, not a page. */
  download?: boolean
  /** The server answers the address itself. */
  outside?: boolean
  onClick?: () => void
  children: ReactNode
}

/** What looks like a button and leads somewhere: it can be opened in another tab, and its address copied. */
export function ButtonLink({ href, icon, variant = 'secondary', ...rest }: ButtonLinkProps) {
  const { download = false, outside = false, onClick, children } = rest
  const props = { href, className: `fh-button-link fh-button-link_${variant}`, onClick }
  const content = (
    <>
      {icon && <Icon name={icon} />}
      {children}
    </>
  )
  return download || outside ? (
    <a {...props} download={download || undefined}>
      {content}
    </a>
  ) : (
    <Link {...props}>{content}</Link>
  )
}
