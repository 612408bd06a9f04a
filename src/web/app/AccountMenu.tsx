import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Session } from '../../shared/index.ts'
import { logOut } from '../api/index.ts'
import { wayWords } from '../access/access-words.ts'
import { Icon, Menu, toast } from '../components/index.ts'
import { bodyOf } from '../words.ts'
import { PasswordDialog } from './PasswordDialog.tsx'

/** Who is logged in, and what they can do about it. */
export function AccountMenu({ session: { user, role, way } }: { session: Session }) {
  const [, navigate] = useLocation()
  const [isChanging, setChanging] = useState(false)
  const leave = () =>
    void logOut().catch((error: unknown) => {
      const { message } = bodyOf(error instanceof Error ? error : new Error(String(error)))
      toast(`You are still logged in. ${message}`, 'error')
    })
  const password = { label: 'Change password', icon: 'lock', onSelect: () => setChanging(true) } as const
  return (
    <>
      <Menu
        label="Account"
        trigger={(props) => (
          <button
            type="button"
            className="fh-account"
            title={`${user}, ${role}, by ${wayWords[way]}`}
            {...props}
          >
            <Icon name="user" />
            <span className="fh-account-words">
              <span className="fh-hidden">Account: </span>
              <bdi className="fh-ellipsis">{user}</bdi>
              <span className="fh-account-role" aria-hidden="true">
                {role}
              </span>
              <span className="fh-hidden">
                {role}, by {wayWords[way]}
              </span>
            </span>
          </button>
        )}
        items={[
          { label: 'API tokens', icon: 'key', onSelect: () => navigate('/access?show=tokens') },
          ...(way === 'password' ? [password] : []),
          { label: 'Log out', icon: 'leave', onSelect: leave },
        ]}
      />
      {isChanging && <PasswordDialog user={user} onClose={() => setChanging(false)} />}
    </>
  )
}
