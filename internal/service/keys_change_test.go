package service_test

import (
	"testing"

	"latchkey/internal/console"
)

// TestAnotherKeyTakesOver gives an installation a new key beside its old one:
// what was made with the old one holds, and what is new needs the new one.
func TestAnotherKeyTakesOver(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx, before := t.Context(), s.Service
		_, text := s.make("before")
		user, seed := s.generator("ann@example.com")
		recovery, err := s.RegenerateRecoveryCodes(ctx, origin.As(user))
		s.must(err)
		seal, since := s.Seal("csrf", "session"), len(s.events())

		for range 2 {
			after, err := s.open(key(2), key(1))
			s.must(err)
			s.Service = after
		}
		changed := s.events()[since:]
		if len(changed) != 1 || changed[0].Action != console.KeyChanged || changed[0].ActorKind != console.PrincipalSystem ||
			len(changed[0].Changes) != 1 || changed[0].Changes[0].Old == changed[0].Changes[0].New {
			t.Errorf("two starts with the new key are recorded as %+v", changed)
		}
		fresh, newText := s.make("after")
		for what, text := range map[string]string{"an old token": text, "a new token": newText} {
			for range 2 { // the second time from memory
				if worth, err := s.Verify(ctx, text, nowhere); err != nil || !worth.Active {
					t.Errorf("%s is worth %+v, %v", what, worth, err)
				}
			}
			if _, _, err := s.FindBySecret(ctx, s.as(console.RoleOwner), text); err != nil {
				t.Errorf("%s is not found by its secret: %v", what, err)
			}
			if worth, err := s.Verify(ctx, text[:len(text)-1]+flip(text[len(text)-1:]), nowhere); err != nil || worth.Active {
				t.Errorf("%s with another letter is worth %+v, %v", what, worth, err)
			}
		}
		if !s.Sealed(seal, "csrf", "session") || s.Seal("csrf", "session") == seal {
			t.Error("an old seal is refused, or made anew")
		}
		s.clock.forward(codePeriod)
		s.must(s.complete(s.held(user), s.code(seed)))
		s.must(s.complete(s.held(user), recovery[0].Reveal()))
		s.refused("a recovery code again", s.complete(s.held(user), recovery[0].Reveal()), console.CodeInvalid)

		report, err := s.VerifyAudit(ctx, s.as(console.RoleOwner), "", nil)
		if err != nil || report.Why != "" {
			t.Errorf("the log of both keys is %+v, %v", report, err)
		}
		report, err = before.VerifyAudit(ctx, s.as(console.RoleOwner), "", nil)
		if err != nil || report.Broken == 0 {
			t.Errorf("to the old key alone the log is %+v, %v", report, err)
		}
		if worth, err := before.Verify(ctx, newText, nowhere); err != nil || worth.Active {
			t.Errorf("to the old key alone a new token is worth %+v, %v", worth, err)
		}
		s.clock.forward(day)
		_, secret, err := s.RotateToken(ctx, s.as(console.RoleOwner), "", fresh.GUID, console.Rotation{ID: console.NewGUID()})
		s.must(err)
		if worth, err := s.Verify(ctx, secret.Reveal(), nowhere); err != nil || !worth.Active {
			t.Errorf("after a rotation the token is worth %+v, %v", worth, err)
		}
		for name, keys := range map[string][][]byte{"the new key alone": {key(2)}, "the old key alone": {key(1)}, "a third key with the old one": {key(3), key(1)}} {
			if opened, err := s.open(keys[0], keys[1:]...); err == nil || opened != nil {
				t.Errorf("%s is accepted", name)
			}
		}
		_, err = s.open(key(2), key(1)[:31])
		if err == nil {
			t.Error("a broken old key is accepted")
		}
		back, err := s.open(key(1), key(2), key(1))
		s.must(err)
		if worth, err := back.Verify(ctx, newText, nowhere); err != nil || !worth.Active && worth.Reason != console.ReasonUnknown {
			t.Errorf("with the keys the other way round a token is worth %+v, %v", worth, err)
		}
	})
}
