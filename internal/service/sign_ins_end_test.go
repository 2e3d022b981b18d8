package service_test

import (
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// TestEndedSignInsStartNothing checks a sign-in, has an end come to all sign-ins
// of that person, and goes on with it.
func TestEndedSignInsStartNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, owner := t.Context(), s.as(console.RoleOwner)
		for name, end := range map[string]func(user console.User) error{
			"another password": func(user console.User) error {
				session := s.ownSession(origin.As(user))
				return s.ChangePassword(ctx, origin.As(user), session, session, phrase, "other "+phrase)
			},
			"a link for a new password": func(user console.User) error {
				_, _, err := s.CreateUserLink(ctx, owner, user.GUID)
				return err
			},
			"a reset of the second factors": func(user console.User) error {
				s.passkey(origin.As(user))
				_, err := s.ResetFactors(ctx, owner, user.GUID)
				return err
			},
			"disabled and enabled again": func(user console.User) error {
				if _, err := s.DisableUser(ctx, owner, user.GUID, console.Departure{}); err != nil {
					return err
				}
				_, err := s.EnableUser(ctx, owner, user.GUID)
				return err
			},
			"another role": func(user console.User) error { return s.become(owner, user.GUID, console.RoleAuditor) },
			"removed": func(user console.User) error {
				if _, err := s.DisableUser(ctx, owner, user.GUID, console.Departure{}); err != nil {
					return err
				}
				_, err := s.DeleteUser(ctx, owner, user.GUID)
				return err
			},
		} {
			user := s.account(s.fresher("person") + "@example.com")
			checked, err := s.SignIn(ctx, origin, user.Email, phrase, false)
			s.must(err)
			s.must(end(user))
			hash := s.fresher("session")
			_, err = s.StartSession(ctx, console.Session{Hash: hash, User: checked})
			s.refused(name+", then a session", err, console.CodeUnauthenticated)
			s.refused(name+", then a wait for the second factor", s.HoldSignIn(ctx, checked, hash), console.CodeUnauthenticated)
			s.alive(name, hash, false)
		}
		user := s.account("joins@example.com")
		_, code, err := s.CreateUserLink(ctx, owner, user.GUID)
		s.must(err)
		joined, err := s.AcceptInvitation(ctx, origin, code, "Joan", "other "+phrase)
		s.must(err)
		s.alive("whoever used the link", s.session(joined, "d"), true)
	})
}

// TestSessionsDoNotOutliveTheirEnd starts sessions and ends them all at once.
func TestSessionsDoNotOutliveTheirEnd(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		user := s.account("busy@example.com")
		for range 8 {
			checked, _, err := s.store.FindSignIn(t.Context(), user.Email)
			s.must(err)
			hashes := []string{"", s.fresher("session"), s.fresher("session"), s.fresher("session")}
			together(len(hashes), func(i int) error {
				if i == 0 {
					s.must(s.store.Tx(t.Context(), func(tx *store.Store) error { return tx.EndSignIns(t.Context(), user.GUID, "") }))
					return nil
				}
				_, err := s.StartSession(t.Context(), console.Session{Hash: hashes[i], User: checked, ProvedAt: opening})
				return err
			})
			for _, hash := range hashes[1:] {
				s.alive("a session of a sign-in from before", hash, false)
			}
		}
	})
}

// TestOwnChangesDoNotWaitForEachOther has an owner get another password and
// another name at once. Both read the owner's row before they change it, and a
// third who reads it, too, holds them there until both have.
func TestOwnChangesDoNotWaitForEachOther(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, user := t.Context(), s.as(console.RoleOwner)
		s.must(s.store.UpdatePassword(ctx, user.GUID, cheapHash()))
		name, session, errs := "Another name", s.ownSession(user), make(chan error, 2)
		s.must(s.store.Tx(ctx, func(tx *store.Store) error {
			_, err := tx.KeepUser(ctx, user.GUID)
			go func() { errs <- s.ChangePassword(ctx, user, session, session, phrase, "other "+phrase) }()
			go func() {
				_, err := s.UpdateUser(ctx, user, user.GUID, 1, console.UserPatch{Name: &name})
				errs <- err
			}()
			if strings.HasPrefix(s.url, "postgres") {
				db := s.rawDatabase()
				defer db.Close()
				s.untilWaiting(db, 2)
			}
			return err
		}))
		for range 2 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}
