import './Feedback.css'
import type { ReactNode } from 'react'
import { Icon, Spinner, type IconName } from './Icon.tsx'

export type Tone = 'neutral' | 'info' | 'ok' | 'warning' | 'error'

export const toneIcons: Record<Tone, IconName> = {
  neutral: 'info',
  info: 'info',
  ok: 'check',
  warning: 'warning',
  error: 'error',
}

interface BadgeProps {
  tone?: Tone
  /** A sign besides the colour; `busy` turns. */
  icon?: IconName | 'busy'
  children: ReactNode
  title?: string
}

export function Badge({ tone = 'neutral', icon, children, title }: BadgeProps) {
  return (
    <span className={`fh-badge fh-tone_${tone}`} title={title}>
      {icon === 'busy' ? <Spinner /> : icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  )
}
