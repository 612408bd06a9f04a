import './Popover.css'
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { Icon, type IconName } from './Icon.tsx'

/** To be spread on the button that opens it. */
interface PopoverTrigger {
  popoverTarget: string
  'aria-expanded': boolean
  'aria-haspopup': 'dialog' | 'menu'
}

interface PopoverProps {
  label: string
  trigger: (props: PopoverTrigger) => ReactNode
  /** Only in the page while it is open. */
  children: (close: () => void) => ReactNode
  align?: 'start' | 'end'
  role?: 'dialog' | 'menu'
  className?: string
  onKeyDown?: (event: KeyboardEvent<HTMLDivElement>) => void
  onClose?: () => void
}

const focusable = 'input, select, textarea, button, [role^=menuitem], [tabindex]'

/** The browser's own popover: above everything, closed by Escape or a click elsewhere, beside its button by CSS. */
export function Popover(props: PopoverProps) {
  const { label, trigger, children, align = 'start', role = 'dialog', className, onKeyDown, onClose } = props
  const id = useId()
  const panel = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const hadFocus = useRef(false)
  return (
    <>
      {trigger({ popoverTarget: id, 'aria-expanded': open, 'aria-haspopup': role })}
      <div
        ref={panel}
        id={id}
        popover="auto"
        role={role}
        aria-label={label}
        className={`fh-popover fh-popover_${align} ${className ?? ''}`}
        onKeyDown={onKeyDown}
        onBeforeToggle={(event) => {
          if (event.target !== panel.current) return
          hadFocus.current = panel.current.contains(document.activeElement)
          if (event.newState !== 'open') return
          // At once, so that the browser finds what takes the focus: a key pressed in the same instant goes there.
          flushSync(() => setOpen(true))
          panel.current.querySelector(focusable)?.toggleAttribute('autofocus', true)
        }}
        onToggle={(event) => {
          if (event.target !== panel.current || event.newState !== 'closed') return
          // Afterwards: the browser gives the focus back only from what is still in the page.
          setOpen(false)
          if (hadFocus.current) backToTrigger(panel.current)
          onClose?.()
        }}
      >
        {open && children(() => document.getElementById(id)?.hidePopover())}
      </div>
    </>
  )
}

/** The browser itself gives the focus back only from a popover that is in no other. */
function backToTrigger(panel: HTMLElement) {
  const at = document.activeElement
  if (at !== null && at !== document.body && !panel.contains(at)) return
  document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(panel.id)}"]`)?.focus()
}

interface MenuItem {
  label: string
  icon?: IconName
  danger?: boolean
  disabled?: boolean
  onSelect: () => void
}

interface MenuProps {
  label: string
  trigger: (props: PopoverTrigger) => ReactNode
  items: readonly MenuItem[]
  align?: 'start' | 'end'
}

export function Menu({ label, trigger, items, align }: MenuProps) {
  return (
    <Popover
      label={label}
      trigger={trigger}
      role="menu"
      className="fh-menu"
      {...(align && { align })}
      onKeyDown={moveFocus}
    >
      {(close) =>
        items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            disabled={item.disabled}
            className={item.danger ? 'fh-menu-item fh-menu-item_danger' : 'fh-menu-item'}
            onClick={() => {
              close()
              item.onSelect()
            }}
          >
            {item.icon && <Icon name={item.icon} />}
            {item.label}
          </button>
        ))
      }
    </Popover>
  )
}

function moveFocus(event: KeyboardEvent<HTMLDivElement>) {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
  if (event.key === 'Tab') event.currentTarget.hidePopover()
  if (to === undefined) return
  event.preventDefault()
  items.at(to % items.length)?.focus()
}
