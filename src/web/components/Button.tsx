import './Button.css'
import { Button as ClickButton } from '@clickhouse/click-ui/Button'
import type { ButtonHTMLAttributes, Ref } from 'react'
import { Icon, Spinner, type IconName } from './Icon.tsx'

const types = { primary: 'primary', secondary: 'secondary', quiet: 'empty', danger: 'danger' } as const

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: keyof typeof types
  icon?: IconName
  /** Shows that it works and takes no second click, but keeps the focus. */
  busy?: boolean
  ref?: Ref<HTMLButtonElement>
}

export function Button({
  variant = 'secondary',
  icon,
  busy = false,
  type = 'button',
  onClick,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <ClickButton
      {...rest}
      type={types[variant]}
      htmlType={type}
      className={`fh-button fh-button_${variant} ${className ?? ''}`}
      aria-busy={busy || undefined}
      aria-disabled={busy || rest.disabled === true ? true : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {busy ? <Spinner /> : icon && <Icon name={icon} />}
      {children}
    </ClickButton>
  )
}

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  icon: IconName
  /** Said aloud, and shown on hover. */
  label: string
  ref?: Ref<HTMLButtonElement>
}

export function IconButton({ icon, label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`fh-icon-button ${className ?? ''}`}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}
